"""What RLVR lost and gained at one budget, beside what a rerun would, and what the samples say of each problem."""

import streamlit as st

from backend.comparison.boundary_words import headline, other_way
from backend.exports.material import Asked
from pages.shared import (
    boundary_parts,
    boundary_pickers,
    cache,
    many_runs,
    messages,
    opening,
    perplexity_parts,
    pickers,
    share_control,
)
from pages.shared.budget import pick_budget
from pages.shared.sharing import Offer


def show_boundary() -> None:
    """Draw the page."""
    if opening.is_empty("Boundary"):
        return
    messages.show_said()
    head = st.container()
    *columns, last = st.columns([2, 3, 3, 3], vertical_alignment="bottom")
    picked = opening.pick_pair("Boundary", head, columns)
    if picked is None:
        return
    chosen, base, rlvr = picked
    with last:
        budget = pick_budget(base, rlvr)
    found = cache.boundary_table(base, rlvr, budget.m, budget.level)
    asked = Asked(m=budget.m, q=budget.q, level=budget.level)
    share_control.offer(Offer(page="boundary", runs=(base, rlvr), asked=asked))
    with head:
        st.title(headline(found), anchor=False)
        if found["problems"]:
            st.markdown(other_way(found))
    table = st.container()
    view = boundary_pickers.pick_view()
    solved = pickers.pick_solved_set(cache.solved_sets(base, rlvr)) if view == "problems" else None
    if found["problems"]:
        with table:
            boundary_parts.show_table(found, budget, solved)
    if view == "problems":
        boundary_parts.show_problems(chosen, base, rlvr, budget, solved)
    elif view == "bins":
        boundary_parts.show_bins(chosen, base, rlvr, budget)
    elif view == "training":
        boundary_parts.show_training(chosen, base, rlvr, budget)
    elif view == "luck":
        boundary_parts.show_luck(base, rlvr, budget)
    elif view == "perplexity":
        perplexity_parts.show_perplexity(base, rlvr)
    else:
        many_runs.show_many_runs(chosen, base, rlvr, budget)


show_boundary()
