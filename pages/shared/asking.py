"""What is asked of the curves besides runs and metric, behind one button; and what cannot be drawn, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from backend.published import PAPER, published_sets
from backend.records import Training
from pages.shared import cache, link, messages, pickers
from pages.shared.charts import View
from pages.shared.choices import pick_choices
from pages.shared.how import show_how
from pages.shared.measures import Asked
from pages.shared.texts import inline

LARGEST_SPACE = 10**12


def pick_settings(benchmark: str) -> dict[str, Any]:
    """Pick intervals and what is drawn beside the curves, in a popover; return them as `View` takes them."""
    with st.popover("Settings", icon=":material/tune:", width="stretch"):
        choices = pick_choices()
        show_how(
            "intervals-population-of-problems", "intervals-sampling-noise-on-this-benchmark",
            "intervals-all-points-at-once",
        )  # fmt: skip
        zoomed = pickers.pick_switch("zoom", "Zoom", "Fit the y axis to the curves instead of 0 to 100 %.")
        extrapolated = pickers.pick_switch(
            "extrapolate", "Beyond n", "Carry pass@k on to ten times n by two fits, where a check of the fit passes."
        )
        return {
            "choices": choices, "zoomed": zoomed, "extrapolated": extrapolated, "guess": _pick_guess(),
            "published": _pick_published(benchmark),
        }  # fmt: skip


def _pick_guess() -> int | None:
    asked = link.seed("guess", allowed=lambda text: text.isdecimal() and 1 <= int(text) <= LARGEST_SPACE)
    st.session_state["guess"] = None if asked is None else int(asked)
    guess = st.number_input(
        "Answers a guesser chooses from", 1, LARGEST_SPACE, value=None, key="guess", step=1,
        placeholder="as the problems say", help="Draws pass@k of a guesser, 1 − (1 − 1/A)^k.",
    )  # fmt: skip
    link.note("guess", guess)
    return guess


def _pick_published(benchmark: str) -> str | None:
    """Pick which published curves to lay under; only where the benchmark's name is one of the paper's."""
    known = published_sets(benchmark)
    if not known:
        return None
    link.seed("published", allowed=known.__contains__)
    chosen = st.selectbox(f"Published, {PAPER}", known, index=None, key="published", placeholder="None")
    link.note("published", chosen)
    return chosen


def in_pair_order(runs: pd.DataFrame, picked: Sequence[str]) -> list[str]:
    """Put a base run before the other one of two; more stay in their order."""
    training = dict(zip(runs["run"], runs["training"], strict=True))
    if len(picked) == 2 and training[picked[1]] == Training.BASE != training[picked[0]]:
        return [picked[1], picked[0]]
    return list(picked)


def show_lacking(asked: Asked, lacking: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Say why no picked run can be drawn in the metric."""
    reasons = "\n".join(f"- {inline(names[run])}: {inline(why)}." for run, why in list(lacking.items())[:12])
    messages.show_nothing(f"{asked.found.label} is not known for the picked runs.", reasons)


def notes_on_lacking(asked: Asked, lacking: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """Say which picked runs are left out of the chart, and why."""
    return [f"{names[run]} is left out of {asked.found.label}: {why}." for run, why in lacking.items()]


def notes_on_judging(view: View) -> list[str]:
    """Say how many correct samples the verifier of the reasoning did not judge; they count as not valid."""
    if not view.asked.reasoning:
        return []
    return [
        f"{view.labels[run]}: {missing:,} of {correct:,} correct samples have no verdict of {view.asked.reasoning} and "
        "count as not valid; the curve is a lower bound."
        for run, (missing, correct) in cache.unjudged(view.runs, view.asked.reasoning).items()
    ]
