"""Curves of any number of runs on one benchmark: any metric, how sure it is, how far apart two runs are."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.comparison.curve_words import doubts
from backend.comparison.describing import notes_on_curves
from pages.shared import (
    asking,
    cache,
    charts,
    measures,
    messages,
    opening,
    pickers,
    training_series,
    views,
)
from pages.shared.charts import View


def show_curves_page() -> None:
    """Draw the page."""
    if opening.is_empty("Curves"):
        return
    head = st.container(horizontal=True, vertical_alignment="center")
    first, second, third, fourth = st.columns([3, 8, 3, 2], vertical_alignment="bottom")
    with first:
        benchmark = pickers.pick_benchmark()
    runs = cache.runs(benchmark)
    with second:
        picked = pickers.pick_runs(runs)
    with third:
        metric = measures.pick_metric()
    with fourth:
        settings = asking.pick_settings(benchmark)
    messages.show_dropped(pickers.run_names(runs))
    if not picked:
        head.title("Curves", anchor=False)
        messages.show_nothing("No run is picked.", "Pick one run or more above.")
        return
    asked = measures.pick_details(metric, picked)
    lacking = cache.lacking(tuple(picked), **asked.named())
    drawn = tuple(asking.in_pair_order(runs, [run for run in picked if run not in lacking]))
    if not drawn:
        head.title("Curves", anchor=False)
        asking.show_lacking(asked, lacking, pickers.run_names(runs))
        return
    view = View(benchmark=benchmark, runs=drawn, asked=asked, labels=cache.labels(drawn), **settings)
    charts.offer(view)
    notes = asking.notes_on_lacking(asked, lacking, pickers.run_names(runs))
    show_curves(view, runs[runs["run"].isin(drawn)], notes, head)


def show_curves(view: View, about: pd.DataFrame, notes: list[str], head: DeltaGenerator) -> None:
    """Draw the curves, what two of them differ by, what a reader must know, and a row a run; the finding in `head`."""
    curves = cache.metric_curves(view.runs, **view.asked.named(), **view.choices.named())
    if curves.empty:
        head.title("Curves", anchor=False)
        messages.show_nothing(
            "The picked runs have no scored problem in common.",
            "Pick runs that drew the same problems; a curve over different problems would compare nothing.",
        )
        return
    charts.show_chart(curves, view, head)
    charts.show_pair(view)
    more = [
        *doubts(curves, view.asked.found, view.choices.interval),
        *asking.notes_on_judging(view),
        *charts.notes_beyond(view),
    ]
    views.show_notes([*notes, *notes_on_curves(curves, about, cache.problems_left_out(view.runs)), *more])
    charts.show_run_table(curves, about, view)
    charts.show_temperatures(view)
    training_series.show_training(view.benchmark, view.choices)


show_curves_page()
