"""The pieces of the claims page: a claim with its verdict, sentences, intervals and the way to what shows it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from backend.comparison.claim_words import between
from backend.exports.material import Asked
from backend.figures import claim_figure
from backend.statistics.bootstrap import SEED
from pages.shared import views
from pages.shared.how import show_how
from pages.shared.sharing import Also, Offer
from pages.shared.texts import inline

MARKS = {"supported": "✓", "contradicted": "✗", "cannot be told": "?", "not applicable": "–"}
BADGES: dict[str, tuple[str, Any]] = {
    "supported": (":material/check:", "green"),
    "contradicted": (":material/close:", "red"),
    "cannot be told": (":material/question_mark:", "gray"),
    "not applicable": (":material/remove:", "gray"),
}
CLAIM_HOW = {
    "small_k": "claims-base-and-rlvr-at-one-k",
    "large_k": "claims-base-and-rlvr-at-one-k",
    "within": "claims-what-rlvr-solves-beyond-base",
    "training": "claims-coverage-over-training",
    "algorithms": "claims-algorithms",
    "distillation": "claims-distillation",
    "likelihood": "claims-likelihood-of-paths",
}
SCALES = {"nats a token": 1.0}
"""By what effects are multiplied, where it is not 100."""
LETTERS, MOST_EFFECTS = 900, 2


WAYS = {
    "curves": "Curves",
    "boundary": "Solved sets",
    "problem": "Least likely paths",
    "library": "Import samples",
}


def offer(found: Mapping[str, Any], base: str, others: tuple[str, ...], asked: Mapping[str, Any]) -> Offer:
    """What can be exported of the claims: their table, and a figure of each that has an effect."""
    told = {name: value for name, value in asked.items() if name not in ("m", "level", "q", "seed")}
    wanted = Asked(**{name: asked[name] for name in ("m", "level", "q", "seed")})
    drawn = tuple(
        f"claim-{number}"
        for number, claim in enumerate(found["claims"], start=1)
        if any(row["effect"] is not None for row in claim["rows"])
    )
    runs = (base, *others)
    return Offer(page="claims", runs=runs, asked=wanted, more=told,
                 also=(Also(figures=drawn, runs=runs, asked=wanted),))  # fmt: skip


def show_verdicts(found: Mapping[str, Any]) -> None:
    """Draw the seven verdicts at a glance, and the settings under which they hold."""
    lines = [
        f"| {number} | {claim['statement']} | {_verdict(claim)} | {_effects(claim)} |"
        for number, claim in enumerate(found["claims"], start=1)
    ]
    effect = f"Effect, {100 * found['level']:g} % interval"
    st.markdown("\n".join([f"| | Claim | Verdict | {effect} |", "|--:|:--|:--|:--|", *lines]))
    st.caption(settings_in_words(found))


def _verdict(claim: Mapping[str, Any]) -> str:
    """The verdict with its mark; over several runs that differ, how many support the claim."""
    found = [row["verdict"] for row in claim["rows"]]
    said = f"{MARKS[claim['verdict']]} {claim['verdict']}".replace(" ", "\u00a0")
    return said if len(set(found)) < 2 else f"{said} (✓ {found.count('supported'):,} of {len(found):,})"


def _effects(claim: Mapping[str, Any]) -> str:
    """The effects of a claim's rows in a line: each with its interval, of more than two the ends."""
    known = [row for row in claim["rows"] if row["effect"] is not None]
    if not known:
        return "–"
    said = "; ".join(_effect(row) for row in known)
    if len(known) > MOST_EFFECTS:
        least, most = (end(known, key=lambda row: row["effect"]) for end in (min, max))
        said = f"{_effect(least)} to {_effect(most)} (of {len(known):,} runs)"
    return f"{said} {known[0]['unit']}, {claim['effect_is']}"


def _effect(row: Mapping[str, Any]) -> str:
    scale, digits = (1.0, 3) if row["unit"] in SCALES else (100.0, 1)
    ends = "" if row["low"] is None else between(row["low"], row["high"], scale, digits)
    return f"{scale * row['effect']:.{digits}f}{ends}".replace("-", "−")


def show_claim(
    number: int, claim: Mapping[str, Any], *, end: str = "", beside: bool = True, has_ways: bool = True
) -> None:
    """Draw one claim: verdict, a sentence a row, the ways to what shows it, intervals.

    end: of the figure's key, where two of one claim stand on a page; beside: the intervals stand beside the sentences
    rather than below; has_ways: whether the runs are there to go to.
    """
    paragraph = CLAIM_HOW[claim["key"]]
    said, drawn = st.columns([5, 3], gap="medium", vertical_alignment="center") if beside else (st.container(),) * 2
    with said, st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            icon, colour = BADGES[claim["verdict"]]
            st.markdown(f"**{number}. {claim['statement']}**", width="content")
            st.badge(claim["verdict"].capitalize(), icon=icon, color=colour)
            show_how(paragraph, "claims")
        _show_sentences(claim)
        _show_ways(claim, has_ways=has_ways)
    with drawn:
        known = [row for row in claim["rows"] if row["effect"] is not None]
        if known:
            unit = known[0]["unit"]
            figure = claim_figure(
                known, f"{claim['effect_is']}, {unit}", known[0]["against"], scale=SCALES.get(unit, 100.0),
                dark=views.is_dark(),
            )  # fmt: skip
            views.show_figure(figure, "", "", key=f"claim_{claim['key']}{end}", alt=claim["sentence"])


def _show_sentences(claim: Mapping[str, Any]) -> None:
    """Draw a sentence a row, and what it would take to tell."""
    rows = claim["rows"]
    for row in rows:
        mark = f"{MARKS[row['verdict']]} " if len(rows) > 1 else ""
        st.markdown(f"{mark}{inline(row['sentence'], LETTERS)}")
        if row["needed"] and row["verdict"] == "cannot be told":
            st.caption(inline(row["needed"], LETTERS))
    if not rows:
        st.caption(inline(claim["sentence"], LETTERS))


def _show_ways(claim: Mapping[str, Any], *, has_ways: bool) -> None:
    """Draw the source, and the links to the views that show the rows."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(inline(claim["source"]), width="content")
        if not has_ways:
            return
        if claim["view"]:
            _show_way(claim["view"])
            return
        for row in claim["rows"]:
            _show_way(row["view"], inline(row["label"]))


def _show_way(view: str, name: str = "") -> None:
    address = urlsplit(view)
    label = f"{WAYS[address.path]}{f': {name}' if name else ''}"
    st.page_link(
        f"{address.path}.py", label=label, icon=":material/arrow_forward:", query_params=parse_qs(address.query)
    )


def settings_in_words(found: Mapping[str, Any]) -> str:
    """The settings of the claims in a line."""
    large = "the largest that both runs have" if found["k"] is None else f"{found['k']:,}"
    sets = "half of the smallest n" if found["m"] is None else f"{found['m']:,}"
    seed = "" if found["seed"] == SEED else f" · seed {found['seed']}"
    return (
        f"{100 * found['level']:g} % intervals, population of problems · verdicts: interval and q ≤ {found['q']:g} "
        f"over {found['tests']:,} tests · large k: {large} · m: {sets} · tolerances: {100 * found['tolerance']:g} % of "
        f"solved problems, {found['likelihood_tolerance']:g} nats a token{seed}"
    )
