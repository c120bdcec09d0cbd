"""Which of several runs solve which problems: patterns as bars over dots, and the problems of one pattern."""

from typing import Any

import pandas as pd
import streamlit as st

from backend.comparison.patterns import MOST_RAREFIED, MOST_RUNS
from backend.figures import MOST_PATTERNS, pattern_figure, run_styles
from pages.shared import boundary_pickers, cache, link, messages, pickers, share_control, views
from pages.shared.budget import Budget
from pages.shared.how import show_how
from pages.shared.pickers import Comparison
from pages.shared.texts import counted

ROWS = 50


def show_many_runs(chosen: Comparison, base: str, rlvr: str, budget: Budget) -> None:
    """Pick runs, draw the sizes of their patterns; a click lists the problems."""
    runs = cache.runs(chosen.benchmark)
    picked = boundary_pickers.pick_several_runs(runs, base, rlvr, MOST_RUNS)
    rarefied = pickers.pick_switch("rarefy", "Same budget for all", "Give each run m samples; sizes are then expected.")
    if len(picked) < 2:
        messages.show_nothing("Fewer than two runs are picked.", f"Pick 2 to {MOST_RUNS} runs above.")
        return
    if rarefied and len(picked) > MOST_RAREFIED:
        messages.show_nothing(
            f"{len(picked)} runs are picked, and the same budget is worked out for at most {MOST_RAREFIED}.",
            "Take some away, or turn the same budget off.",
        )
        return
    found, rows, m = cache.many_runs(tuple(picked), budget.m if rarefied else None)
    if found.empty:
        messages.show_nothing("These runs have no scored problem in common.", "Pick runs that drew the same problems.")
        return
    share_control.also(
        figures=("patterns",), tables=("patterns",), runs=tuple(picked), m=budget.m if rarefied else None
    )
    link.seed("pattern", allowed=set(found["pattern"]).__contains__)
    pattern = st.session_state["pattern"]
    about = runs[runs["run"].isin(picked)]
    styles = run_styles(about)
    named = pd.DataFrame(
        {"label": about["name"].tolist(), "colour": [styles[run].colour for run in about["run"].astype(str)]}
    )
    unequal = about["n_min"].nunique() > 1 and not rarefied
    budgets = f"each run given {counted(m, 'sample')}" if m else "with all samples of each"
    subtitle = f"{counted(len(rows), 'problem')} · {budgets}"
    if unequal:
        subtitle += " · runs with more samples solve more: turn on the same budget to compare them"

    def pick(clicked: list[Any]) -> None:
        st.session_state["pattern"] = str(clicked[0])

    figure = pattern_figure(found, named, selected=pattern, dark=views.is_dark())
    views.show_figure(figure, "Who solves what", subtitle, key="patterns_chart", on_click=pick)
    if len(found) > MOST_PATTERNS:
        rest = found["size"].iloc[MOST_PATTERNS:].sum()
        st.caption(f"{counted(len(found) - MOST_PATTERNS, 'smaller pattern')} hold {rest:,.1f} problems more.")
    show_how("solved-sets-of-many-runs")
    if pattern:
        _show_pattern(chosen, rows[rows["pattern"] == pattern], dict(zip(picked, named["label"], strict=True)))


def _show_pattern(chosen: Comparison, rows: pd.DataFrame, names: dict[str, str]) -> None:
    if rows.empty:
        messages.show_nothing("No problem has this pattern as its likeliest.", "Its size is made of small chances.")
        return
    drawn = st.container()
    offset = pickers.pick_page("page", len(rows), ROWS)
    shown = rows.iloc[offset : offset + ROWS].drop(columns="pattern").rename(columns={"problem": "Problem", **names})
    with drawn:
        opened = views.show_problem_table(shown.reset_index(drop=True), offset, len(rows))
    if opened:
        st.switch_page("problem.py", query_params=chosen.link(problem=opened))
