"""One problem: its statement, how often each run solved it, and the samples of two runs side by side."""

import streamlit as st

from backend.comparison import problem_words
from pages.shared import cache, correcting, messages, opening, pickers, settling, share_control, strips, views
from pages.shared.budget import first_budget
from pages.shared.how import show_how
from pages.shared.pickers import Comparison
from pages.shared.sharing import Offer
from pages.shared.texts import counted, inline


def show_problem_page() -> None:
    """Draw the page."""
    if opening.is_empty("Problem"):
        return
    head = st.container()
    *columns, last = st.columns([2, 3, 3, 4])
    chosen = pickers.pick_comparison(columns)
    with last:
        picked = pickers.pick_problem(chosen)
    messages.show_dropped(chosen.names)
    messages.show_said()
    problem = cache.problem(chosen.benchmark, picked) if picked else None
    if problem is None:
        head.title("Problem", anchor=False)
        messages.show_nothing("This benchmark holds no problem yet.", "Import samples or counts on it.")
        return
    runs = tuple(dict.fromkeys(run for run in (chosen.base, chosen.rlvr) if run))
    share_control.offer(Offer(page="problem", runs=runs, problem=problem.problem))
    with head:
        show_finding(chosen, problem.problem)
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


def show_finding(chosen: Comparison, problem: str) -> None:
    """Draw what the two runs made of the problem as the page's title, and what the verdict rests on."""
    if chosen.pair is None:
        st.title(inline(problem), anchor=False)
        return
    budget = first_budget(*chosen.pair)
    rows = cache.verdicts(*chosen.pair, budget.m, budget.q, budget.level).set_index("problem")
    if problem not in rows.index:
        st.title(inline(problem), anchor=False)
        return
    row, (base, rlvr) = dict(rows.loc[problem]), (chosen.names[run] for run in chosen.pair)
    st.title(inline(problem_words.headline(problem, row, (base, rlvr))), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        settings = f"verdict over {counted(len(rows), 'problem')} at once, q = {budget.q:g}, m = {budget.m:,}"
        st.caption(inline(f"{problem_words.words(row, budget.level)} · {settings}"), width="content")
        show_how("a-verdict-a-problem")


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
