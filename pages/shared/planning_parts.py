"""The planner: how many problems and samples a wanted difference needs, and what the present ones can show."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from backend.errors import BadInput
from pages.shared import cache, messages, views
from pages.shared.how import show_how
from pages.shared.texts import counted, inline

BASES = {
    "estimated": "the spread of these runs, estimated without bias",
    "fitted": "the spread of these runs; its sampling part from beta-binomial fits, since some problem has fewer than "
    "2k samples",
    "prior": "the spread of these runs; its sampling part for Beta(½, ½) problems, since the counts tell too little",
    "assumed": "two independent models",
}


def show_plan_heading() -> None:
    """Draw the section's heading."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Planner", anchor=False, width="content")
        show_how("planner")


def show_plan(base: str, run: str, level: float, q: float, asked: Mapping[str, Any]) -> None:
    """Draw what is needed, as a sentence and a table, and what the present samples can show; or why it is not known."""
    try:
        found = cache.plan(base, run, level=level, q=q, **asked)
    except BadInput as error:
        messages.show_nothing(inline(error.message), inline(error.hint))
        return
    rows, present = found["rows"], found["present"]
    best = next(row for row in rows if row["cheapest"])
    least = "nothing, since no problem differs"
    if present["least_detectable"] is not None:
        least = f"{100 * present['least_detectable']:.1f} points"
    size = f"{100 * found['difference']:g}"
    wanted = f"{size} point{'' if size == '1' else 's'} in pass@{found['k']:,}"
    n = f"{present['n_min']:,}" + ("" if present["n_min"] == present["n_max"] else f" to {present['n_max']:,}")
    st.markdown(
        f"**{wanted} {'needs' if size == '1' else 'need'} {counted(best['problems'], 'problem')} at n = {best['n']:,}; "
        f"the present {counted(present['problems'], 'problem')} at n = {n} can show {least}**"
    )
    st.caption(
        f"{100 * found['level']:g} % interval above 0 with {100 * found['power']:g} % power · from "
        f"{BASES[found['basis']]}"
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_table(rows, present["problems"])
    with right:
        for sentence in sentences(found):
            st.markdown(inline(sentence, 600))


def _show_table(rows: list[dict[str, Any]], problems: int) -> None:
    frame = pd.DataFrame(rows)
    shown = pd.DataFrame(
        {
            "n": frame["n"],
            "Problems needed": frame["problems"],
            "Samples in all": frame["samples"],
            "Fewest": ["✓" if best else "" for best in frame["cheapest"]],
            f"{problems:,} can show": 100 * frame["least_detectable"].astype(float),
        }
    )
    share = {shown.columns[-1]: st.column_config.NumberColumn(format="%.1f points")}
    st.dataframe(shown, hide_index=True, column_config={**views.localized(shown), **share}, key="plan_table")
    st.caption(
        f"n: samples a problem of each run · in all: of both · {problems:,} can show: the difference that these "
        f"{counted(problems, 'problem')} would show"
    )


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What single problems need: to exclude a success rate, and to settle a verdict."""
    excludes, undetermined = found["excludes"], found["undetermined"]
    said = [
        f"To show that a success rate lies below {_rate(excludes['epsilon'])} takes {excludes['samples']:,} samples "
        f"without a success; at all {found['present']['problems']:,} problems at once {excludes['samples_for_all']:,}."
    ]
    if not undetermined["problems"]:
        return [*said, "No problem is undetermined."]
    settled, never = undetermined["settled"], undetermined["not_by_a_million"]
    steps = [f"{row['problems']:,} by {row['more_samples']:,} more" for row in settled if row["problems"]]
    listed = ", ".join(steps) or f"none by {settled[-1]['more_samples']:,} more"
    alike = f"; {never:,} not even by a million, since both runs do alike there" if never else ""
    return [
        *said,
        f"Of {counted(undetermined['problems'], 'undetermined problem')} would likely be settled: {listed} samples of "
        f"each run{alike}.",
    ]


def _rate(epsilon: float) -> str:
    return f"1/{round(1 / epsilon):,}" if abs(1 / epsilon - round(1 / epsilon)) < 1e-9 else f"{100 * epsilon:g} %"
