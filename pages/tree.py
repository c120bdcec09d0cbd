"""The sample tree of one problem: every path that runs took, on one layout, and the samples through a node."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.exports.material import Asked
from pages.shared import (
    cache,
    messages,
    opening,
    pickers,
    settling,
    share_control,
    tree_parts,
    tree_pickers,
    tree_samples,
)
from pages.shared.sharing import Offer
from pages.shared.tree_parts import Walks
from pages.shared.tree_pickers import TreeView

FIRST = {"difference": "tree-difference"}
"""The figure that leaves first, where the page shows another than the panels."""


def show_tree_page() -> None:
    """Draw the page."""
    if opening.is_empty("Tree"):
        return
    head = st.container()
    *columns, last = st.columns([2, 3, 3, 3], vertical_alignment="bottom")
    chosen = pickers.pick_comparison(columns)
    with last:
        picked = pickers.pick_problem(chosen)
    messages.show_dropped(chosen.names)
    problem = cache.problem(chosen.benchmark, picked) if picked else None
    if problem is None or not chosen.pair:
        head.title("Tree", anchor=False)
        messages.show_nothing("There is nothing to compare.", "A tree needs a problem and two different runs on it.")
        return
    with head:
        messages.show_said()
    view = tree_pickers.pick_tree(chosen, chosen.pair, problem)
    asked = show_view(view, head)
    share_control.offer(
        Offer(page="tree", runs=view.runs, asked=asked, problem=problem.problem, first=FIRST.get(view.mode))
    )
    with head:
        settling.show_settle(chosen, [problem.problem], "Settle it, or confirm it on fresh samples")


def show_view(view: TreeView, head: DeltaGenerator) -> Asked:
    """Draw the finding, the tree, and the samples through the node that is picked; return what leaves with the view."""
    found = tree_parts.grown(view)
    opened, node = tree_parts.opened_nodes(found), tree_parts.picked_node(found)
    part = tree_parts.drawn(view, opened, node)
    with head:
        tree_parts.show_finding(view, found)
    picture = st.container()
    if part.is_empty:
        with picture:
            tree_parts.show_nothing_drawn(view)
        return view.to_export
    walks: Walks = []
    if node is not None:
        tree_parts.show_place(part, node)
        walks = tree_samples.show_samples(view, cache.samples_through(*view.key, node))
    with picture:
        tree_parts.show_picked(node, opened)
        tree_parts.show_tree(view, found, part, walks)
        tree_parts.show_claims(view, found, part)
        tree_parts.show_left_out(view, found)
    return replace(view.to_export, opened=opened, node=node, walks=tuple(walks))


show_tree_page()
