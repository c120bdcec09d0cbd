"""Settle it: how many more samples tell two runs apart, drawn from both in one click; or fresh ones that confirm."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backend.errors import AppError
from pages.shared import cache, launch_pickers, messages, visitors
from pages.shared.pickers import Comparison
from pages.shared.texts import counted, inline

MOST = 4096
FRESH = 256


def show_settle(chosen: Comparison, problems: Sequence[str] | None, label: str = "Settle it") -> None:
    """Draw a button that opens what would settle these problems, or all that are undetermined with None."""
    if not chosen.pair or (problems is not None and not problems):
        return
    with st.popover(label, icon=":material/balance:", key="settle", on_change="rerun") as box:
        if box.open:
            _ask(*chosen.pair, chosen.names, problems)


def _ask(base: str, rlvr: str, names: dict[str, str], problems: Sequence[str] | None) -> None:
    st.markdown(f"**{inline(names[base], 80)}** and **{inline(names[rlvr], 80)}**")
    engines = launch_pickers.pick_engines("settle_engine")
    try:
        found = cache.settling(base, rlvr, problems, most=MOST, dry_run=True)
    except AppError as error:
        messages.show_error(error)
        return
    refused = visitors.refused("settle")
    if refused:
        st.caption(inline(refused))
    _show_discovery(base, rlvr, found, engines, disabled=refused is not None)
    _show_confirmation(base, rlvr, _confirmed(problems, found), engines, disabled=refused is not None)


def _confirmed(problems: Sequence[str] | None, found: dict[str, Any]) -> list[str]:
    return list(problems) if problems is not None else [*found["samples"], *found["not_within_reach"]]


def _show_discovery(base: str, rlvr: str, found: dict[str, Any], engines: list[str], *, disabled: bool) -> None:
    """Offer the samples that would settle what is undetermined; they join the two runs."""
    st.markdown(f"**Settle what is open.** {settling_in_words(found)}")
    if not found["samples"]:
        return
    each = sum(found["samples"].values())
    st.button(
        f"Draw {counted(each, 'sample')} from each model", type="primary", key="settle_draw", disabled=disabled,
        on_click=_draw, args=(base, rlvr, list(found["samples"]), engines, None),
    )  # fmt: skip
    st.caption(
        "They join the two runs. Their number is fixed beforehand and drawn whole, whatever comes first: a run that "
        "stopped at its first success would overstate its rate."
    )


def settling_in_words(found: dict[str, Any]) -> str:
    """How many samples would settle how many problems, and what is out of reach."""
    within, beyond = found["samples"], found["not_within_reach"]
    said = []
    if within:
        each = sum(within.values())
        of = f"{counted(len(within), 'problem')}" if len(within) > 1 else "It"
        said.append(f"{of} would likely be settled by {counted(each, 'more sample')} of each model.")
    if beyond:
        what = counted(len(beyond), "problem") if len(within) + len(beyond) > 1 else "It"
        said.append(f"{what} would need more than {found['most']:,}.")
    return " ".join(said) or "Nothing here is undetermined."


def _show_confirmation(base: str, rlvr: str, problems: list[str], engines: list[str], *, disabled: bool) -> None:
    """Offer fresh samples that test what these showed; they stand in runs of their own."""
    if not problems:
        return
    st.markdown("**Confirm what was seen.**")
    fresh = st.number_input("Fresh samples of each problem", 1, 100_000, value=FRESH, key="settle_fresh", step=64)
    total = fresh * len(problems)
    st.button(
        f"Draw {counted(total, 'fresh sample')} from each model", key="settle_confirm", disabled=disabled,
        on_click=_draw, args=(base, rlvr, problems, engines, fresh),
    )  # fmt: skip
    st.caption(
        "They stand in runs of their own, named “… · confirmation”, and never join those that raised the claim: what "
        "was found by looking is tested on what was not looked at."
    )


def _draw(base: str, rlvr: str, problems: list[str], engines: list[str], confirm: int | None) -> None:
    try:
        begun = cache.change(
            "settle", base=base, rlvr=rlvr, problems=problems, most=MOST, confirm=confirm, engines=engines
        )["jobs"]
    except AppError as error:
        messages.say_next(str(error), bad=True)
        return
    st.session_state["settle"] = False
    if not begun:
        messages.say_next("Nothing is left to settle here: the samples that have come since tell it.")
        return
    each = " and ".join(f"job {job['job']} into {job['run']}" for job in begun)
    messages.say_next(f"Being drawn: {each}; the Launch page shows how far they are.")
