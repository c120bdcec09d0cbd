"""One problem: its statement, how often each run solved it, and the samples of two runs side by side."""

import streamlit as st

from pages.shared import cache, correcting, messages, opening, pickers, settling, share_control, strips, views
from pages.shared.pickers import Comparison
from pages.shared.sharing import Offer


def show_problem_page() -> None:
    """Draw the page."""
    if opening.is_empty("Problem"):
        return
    *columns, last = st.columns([2, 3, 3, 4])
    chosen = pickers.pick_comparison(columns)
    with last:
        picked = pickers.pick_problem(chosen)
    messages.show_dropped(chosen.names)
    messages.show_said()
    problem = cache.problem(chosen.benchmark, picked) if picked else None
    if problem is None:
        messages.show_nothing("This benchmark holds no problem yet.", "Import samples or counts on it.")
        return
    runs = tuple(dict.fromkeys(run for run in (chosen.base, chosen.rlvr) if run))
    share_control.offer(Offer(page="problem", runs=runs, problem=problem.problem))
    counts = cache.counts_of_problem(chosen.benchmark, problem.problem)
    left, right = st.columns([3, 2], gap="large")
    with left:
        views.show_statement(problem)
        correcting.show_correction(problem)
        with st.container(horizontal=True):
            pickers.show_problem_steps(chosen.benchmark, problem.problem)
            if chosen.pair:
                link = chosen.link(problem=problem.problem)
                st.page_link("tree.py", label="Sample tree", icon=":material/account_tree:", query_params=link)
                settling.show_settle(chosen, [problem.problem])
    with right:
        views.show_counts(counts)
    show_samples(chosen, problem.problem)


def show_samples(chosen: Comparison, problem: str) -> None:
    """Draw the filters, then the base run's samples on the left and the RLVR run's on the right."""
    runs = list(dict.fromkeys(run for run in (chosen.base, chosen.rlvr) if run))
    wanted = pickers.pick_sample_filters()
    sides = zip(("base", "rlvr"), st.columns(len(runs), gap="large"), runs, strict=False)
    for side, column, run in sides:
        with column:
            views.show_run_name(chosen.names[run], chosen.training[run])
            strips.show_samples_of(side, run, problem, wanted)


show_problem_page()
