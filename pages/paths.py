"""The correct paths of a whole benchmark that one run alone took, how surely, and how many distinct ones there are."""

import streamlit as st

from pages.shared import cache, opening, paths_parts, share_control, tree_pickers
from pages.shared.paths_parts import PathsView
from pages.shared.sharing import Offer


def show_paths_page() -> None:
    """Draw the page."""
    if opening.is_empty("Paths"):
        return
    head = st.container()
    picked = opening.pick_pair("Paths", head, st.columns([2, 3, 3]))
    if picked is None:
        return
    chosen, base, rlvr = picked
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = tree_pickers.pick_level(tree_pickers.any_problem(chosen.benchmark), tree_pickers.WIDTH)
        with st.popover("Settings", icon=":material/tune:"):
            more = tree_pickers.pick_more_runs(chosen, (base, rlvr))
            settings = tree_pickers.pick_settings(by_halves=False)
    runs = (base, rlvr, *more)
    view = PathsView(chosen=chosen, runs=runs, names=cache.labels(runs), level=level, settings=settings)
    with head:
        found = paths_parts.read(view)
        if found is not None:
            paths_parts.show_finding(view, found)
    if found is not None:
        share_control.offer(Offer(page="paths", runs=runs, asked=settings.to_export(level)))
        paths_parts.show_list(view)
        paths_parts.show_curves(view)


show_paths_page()
