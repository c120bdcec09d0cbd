"""pass@k curves of any number of runs on one benchmark."""

import streamlit as st

from pages.shared import cache, messages, pickers, tables, views


def show_curves_page() -> None:
    """Draw the page."""
    if not cache.totals()["runs"]:
        st.title("Curves", anchor=False)
        messages.show_empty_store()
        return
    first, second, third = st.columns([3, 9, 2], vertical_alignment="bottom")
    with first:
        benchmark = pickers.pick_benchmark()
    runs = cache.runs(benchmark)
    with second:
        picked = pickers.pick_runs(runs)
    with third:
        zoomed = pickers.pick_switch("zoom", "Zoom", "Fit the y axis to the curves instead of 0 to 100 %.")
    messages.show_dropped(pickers.run_names(runs))
    if not picked:
        messages.show_nothing("No run is picked.", "Pick one run or more above.")
        return
    curves = cache.curves(tuple(picked))
    if curves.empty:
        messages.show_nothing(
            "The picked runs have no scored problem in common.",
            "Pick runs that drew the same problems; a curve over different problems would compare nothing.",
        )
        return
    about = runs[runs["run"].isin(picked)]
    title = cache.finding(*picked) if len(picked) == 2 else tables.leaders(curves)
    views.show_curves(curves, title, benchmark, zoomed=zoomed)
    views.show_notes(tables.notes_on_curves(curves, about, cache.problems_left_out(tuple(picked))))
    views.show_run_table(tables.run_table(curves, about))


show_curves_page()
