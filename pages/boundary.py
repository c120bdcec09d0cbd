"""Which problems only the base run, only the RLVR run, both or neither solved."""

import pandas as pd
import streamlit as st

from pages.shared import cache, link, messages, pickers, views
from pages.shared.pickers import Comparison

ROWS = 50


def show_boundary() -> None:
    """Draw the page."""
    if not cache.totals()["runs"]:
        st.title("Boundary", anchor=False)
        messages.show_empty_store()
        return
    head = st.container()
    chosen = pickers.pick_comparison()
    messages.show_dropped(chosen.names)
    if not chosen.pair:
        head.title("Boundary", anchor=False)
        messages.show_nothing("There are no two different runs to compare.", "Pick or import a second run.")
        return
    head.title(cache.boundary_in_words(*chosen.pair), anchor=False)
    sets = cache.solved_sets(*chosen.pair)
    solved = pickers.pick_solved_set(sets)
    left, right = st.columns([2, 5], gap="large")
    with left:
        show_sets(sets, solved, cache.rerun_in_words(*chosen.pair))
    with right:
        show_problems(chosen, *chosen.pair, solved)


def show_sets(sets: pd.DataFrame, solved: str | None, rerun: str) -> None:
    """Draw the sets as bars that can be clicked, and say what a rerun would lose too."""
    views.show_solved_sets(sets, selected=solved, picks_into="solved")
    if rerun:
        st.markdown(rerun)
    st.caption(
        "One success against none is no evidence: 1 of 256 against 0 of 256 falls on either side with equal chance. "
        "Verdicts: exact test of each problem, false discovery rate 10 %."
    )


def show_problems(chosen: Comparison, base: str, rlvr: str, solved: str | None) -> None:
    """Draw the filters and one page of the problems; a click on a row opens its problem."""
    wanted = pickers.pick_problem_filters(chosen.benchmark)
    if link.just_picked("benchmark", "base", "rlvr", "solved", "level", "topic", "text", "sort"):
        link.forget("page")
    total = cache.compared_problems(base, rlvr, solved=solved, **wanted, limit=1, offset=0)[1]
    if not total:
        messages.show_nothing("No problem is in this list.", "Pick another set, or take a filter back.")
        return
    table = st.container()
    offset = pickers.pick_page("page", total, ROWS)
    rows, _ = cache.compared_problems(base, rlvr, solved=solved, **wanted, limit=ROWS, offset=offset)
    with table:
        opened = views.show_problem_table(rows, cache.verdicts(base, rlvr), offset, total)
    if opened:
        st.switch_page("problem.py", query_params=chosen.link(problem=opened))


show_boundary()
