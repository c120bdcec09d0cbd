"""The charts of the Curves page and the sentences under them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.comparison.crossing import Crossover
from backend.comparison.curve_words import headline
from backend.comparison.describing import n_in_words
from backend.comparison.metrics import BENCHMARK, POPULATION, SIMULTANEOUS
from backend.comparison.wording import crossover_in_words, difference_in_words, gap_in_words
from backend.exports.material import Asked as ToExport
from backend.exports.overlays import Overlays, note_beyond, published_curves, published_in_words, with_overlays
from backend.figures import (
    MOST_BANDS,
    Axes,
    Figure,
    curve_figure,
    with_crossing,
    with_difference,
)
from pages.shared import cache, comparing, share_control, views
from pages.shared.choices import Choices
from pages.shared.how import show_how
from pages.shared.measures import Asked
from pages.shared.sharing import Offer
from pages.shared.texts import counted, inline

HEIGHT, HEIGHT_OVER_STRIP = 420, 300
INTERVAL_HOW = {
    POPULATION: "intervals-population-of-problems",
    BENCHMARK: "intervals-sampling-noise-on-this-benchmark",
    SIMULTANEOUS: "intervals-all-points-at-once",
}


@dataclass(frozen=True, kw_only=True)
class View:
    """What is asked of the curves: runs, metric, intervals, and what is drawn beside them."""

    benchmark: str
    runs: tuple[str, ...]
    asked: Asked
    choices: Choices
    zoomed: bool = False
    extrapolated: bool = False
    guess: int | None = None
    """How many answers a guesser chooses from, where the user says it."""
    published: str | None = None
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two runs whose difference is shown: where two are drawn and the metric is a pass@k."""
        return (self.runs[0], self.runs[1]) if len(self.runs) == 2 and self.asked.found.successes else None

    @property
    def of_difference(self) -> dict[str, Any]:
        """The arguments of what is asked of a pair."""
        return {"metric": self.asked.metric, "reasoning": self.asked.reasoning, "level": self.choices.level}

    @property
    def resampled(self) -> dict[str, Any]:
        """The same, for what resamples problems."""
        return {**self.of_difference, "seed": self.choices.seed}


def offer(view: View) -> None:
    """Say what can be exported: the curves, and what is drawn beside them."""
    asked = ToExport(
        **view.asked.named(), **view.choices.named(), guess=view.guess, published=view.published,
        beyond=view.extrapolated, zoomed=view.zoomed,
    )  # fmt: skip
    share_control.offer(Offer(page="curves", runs=view.runs, asked=asked))
    is_plain = view.asked.metric == "pass_at_k"
    tables = {
        "beyond": view.extrapolated and view.asked.found.successes,
        "published": is_plain and view.published,
        "guessing": is_plain and cache.guessing(view.runs, view.guess),
    }
    share_control.also(tables=tuple(name for name, shown in tables.items() if shown), runs=view.runs)


def show_chart(curves: pd.DataFrame, view: View, head: DeltaGenerator) -> None:
    """Draw the curves with all that is asked for beside them, and in `head` the finding in one sentence."""
    metric = view.asked.found
    axes = Axes(metric=metric.label, over_k=metric.over_k, is_share=metric.is_share)
    height = HEIGHT_OVER_STRIP if view.pair else HEIGHT
    figure = curve_figure(curves, dark=views.is_dark(), whole_range=not view.zoomed, height=height, axes=axes)
    figure = _with_more(figure, curves, view)
    if view.pair:
        figure = _with_pair(figure, view, *view.pair)
    title = headline(curves, metric)
    if view.pair and view.asked.metric == "pass_at_k":
        title = cache.finding(*view.pair, level=view.choices.level, seed=view.choices.seed)
    with head:
        st.title(inline(title), anchor=False, width="content")
        show_how(metric.how, INTERVAL_HOW[view.choices.interval])
    subtitle = _subtitle(curves, view)
    views.show_figure(figure, "", subtitle, key="curves_chart", alt=f"{title} {subtitle}")


def _with_pair(figure: Figure, view: View, base: str, other: str) -> Figure:
    found: Crossover = cache.crossing(base, other, **view.resampled)
    if found.k is not None:
        figure = with_crossing(figure, found.k, found.low, found.high, dark=views.is_dark())
    rows, _ = cache.difference(base, other, **view.resampled)
    return with_difference(figure, rows, view.labels[base], view.labels[other], dark=views.is_dark())


def _with_more(figure: Figure, curves: pd.DataFrame, view: View) -> Figure:
    """Add guessing, published curves and what lies beyond n."""
    is_plain = view.asked.metric == "pass_at_k"
    overlays = Overlays(
        floor=cache.guessing(view.runs, view.guess) if is_plain else None,
        published=published_curves(view.benchmark, view.published) if is_plain and view.published else (),
        beyond=_beyond(view) if view.extrapolated and view.asked.found.successes else {},
    )
    return with_overlays(figure, curves, view.labels, overlays, dark=views.is_dark())


def _beyond(view: View) -> dict[str, Any]:
    named: dict[str, Any] = {"metric": view.asked.metric, "reasoning": view.asked.reasoning, "seed": view.choices.seed}
    found: dict[str, Any] = cache.beyond(view.runs, **named)
    return found


def _subtitle(curves: pd.DataFrame, view: View) -> str:
    """Benchmark, problems, n, metric, kind of interval with level, and what is drawn beside the curves."""
    problems = int(curves.loc[curves["part"] == "all", "problems"].iloc[0])
    parts = [view.benchmark, counted(problems, "problem"), n_in_words(curves)]
    metric = view.asked.found
    if view.asked.metric != "pass_at_k":
        judge = f" (by {view.asked.reasoning})" if view.asked.reasoning else ""
        parts.append(f"{metric.label}: {metric.meaning}{judge}")
    parts.append(_bands(curves, view))
    if view.published:
        parts.append(published_in_words(view.benchmark, view.published))
    return " · ".join(parts)


def _bands(curves: pd.DataFrame, view: View) -> str:
    """Which interval the bands show, or why there are none."""
    known = curves["low"].notna().any()
    if not known and len(curves) and int(curves["problems"].max()) < 2:
        return "no interval: one problem says nothing of a population"
    if not known:
        return f"no interval: {view.asked.found.label} has none of {view.choices.in_words()}"
    where = "bands" if curves["run"].nunique() <= MOST_BANDS else "intervals in the hover"
    also = "" if view.choices.interval == SIMULTANEOUS or not view.pair else "; strip: dark each k, light all k at once"
    return f"{where}: {view.choices.in_words()}{also}"


def show_pair(view: View) -> None:
    """Say what the difference, the crossover and the efficiency gap are, side by side."""
    if not view.pair:
        return
    base, other = view.pair
    names = view.labels[base], view.labels[other]
    rows, problems = cache.difference(base, other, **view.resampled)
    found = cache.crossing(base, other, **view.resampled)
    gap = gap_in_words(cache.efficiency_gap(base, other, **view.of_difference), *names)
    said = (
        ("Difference", difference_in_words(rows, problems, *names), ("paired-difference",)),
        ("Crossover", crossover_in_words(found, *names, view.choices.level), ("crossover",)),
        ("Sampling efficiency", [gap], ("sampling-efficiency-gap",)),
    )
    for column, (title, sentences, slugs) in zip(st.columns(3, gap="medium"), said, strict=True):
        with column:
            _show_said(title, sentences, slugs)


def _show_said(title: str, sentences: Sequence[str], slugs: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**")
        show_how(*slugs)
    for sentence in filter(None, sentences):
        st.markdown(inline(sentence, 600))


def show_temperatures(view: View) -> None:
    """Draw the crossover of the same two models at each temperature, where there is more than one."""
    if not view.pair:
        return
    rows = cache.crossings_over_temperature(*view.pair, **view.resampled)
    if rows.empty:
        return
    st.markdown("**Crossover over temperature**")
    shown = pd.DataFrame(
        {
            "Temperature": rows["temperature"],
            "Top-p": rows["top_p"],
            "k*": [_crossing(found) for found in rows["found"]],
            "Resamples without a crossing": [
                None if found.probability_none is None else 100 * found.probability_none for found in rows["found"]
            ],
            "Problems": rows["problems"],
        }
    ).dropna(axis="columns", how="all")
    share = {"Resamples without a crossing": st.column_config.NumberColumn(format="%.1f %%")}
    st.dataframe(shown, hide_index=True, column_config={**views.localized(shown), **share}, key="temperatures_table")


def _crossing(found: Crossover) -> str:
    if found.k is None:
        return f"none up to k = {found.k_max:,}"
    return f"{found.k:,.1f}" + ("" if found.low is None else f" [{found.low:,.1f}, {found.high:,.1f}]")


def notes_beyond(view: View) -> list[str]:
    """What must be known of the curves beyond n, one sentence a run."""
    if not (view.extrapolated and view.asked.found.successes):
        return []
    return [note_beyond(view.labels[run], found) for run, found in _beyond(view).items()]


def show_run_table(curves: pd.DataFrame, about: pd.DataFrame, view: View) -> None:
    """Draw one row a run, with its settings that differ and its values at both ends."""
    metric = view.asked.found
    table = comparing.run_table(curves, about, metric)
    values = [name for name in map(str, table) if name.startswith(metric.label.split(",")[0][:-1])]
    form = "%.1f %%" if metric.is_share else "%.2f"
    settings = {name: st.column_config.NumberColumn(format=form) for name in values}
    st.dataframe(
        table, hide_index=True, column_config={**views.localized(table), **settings}, placeholder="–", key="run_table"
    )
