"""What becomes of a model over its training: checkpoints of one training on the page's benchmark, and its log."""

from typing import Any

import pandas as pd
import streamlit as st

from backend.comparison.series import LOG_WORDS, series_in_words
from backend.figures import log_figure, series_figure
from backend.store.training_logs import VALUES
from pages.shared import cache, link, share_control, views
from pages.shared.choices import Choices
from pages.shared.how import show_how
from pages.shared.texts import counted, inline

MOST_LOOKED_AT, MOST_OTHERS = 50, 4
"""Further benchmarks that are looked at for checkpoints of the same training, and that are drawn."""


def show_training(benchmark: str, choices: Choices) -> None:
    """Draw the checkpoints of a training on the benchmark, beside its log where one is in the store."""
    known = cache.families(benchmark)
    if not known:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Over training", anchor=False, width="content")
        show_how("over-training")
    link.seed("training", [next(iter(known))], allowed=known.__contains__)
    if len(known) > 1:
        picked = st.selectbox("Training", list(known), key="training")
        link.note("training", picked)
    chosen = known[st.session_state["training"]]
    logged = _logged(cache.training_steps(chosen["family"]))
    share_control.also(
        figures=("training", *(f"log-{name}" for name in logged)),
        tables=("training", *(("training-log",) if logged else ())),
        runs=tuple(chosen["runs"].values()),
        metric="pass_at_k",
    )
    _show_one(benchmark, st.session_state["training"], chosen, choices)
    for other in _others(benchmark, st.session_state["training"]):
        key = st.session_state["training"]
        _show_points(_points(cache.families(other)[key], choices), other, key, choices)


def _logged(steps: pd.DataFrame) -> list[str]:
    """Return what a log says at any of its steps."""
    return [name for name in VALUES if steps[name].notna().any()]


def _others(benchmark: str, training: str) -> list[str]:
    """Return further benchmarks that checkpoints of the same training were sampled on."""
    names = [str(name) for name in cache.benchmarks()["benchmark"] if name != benchmark]
    return [name for name in names[:MOST_LOOKED_AT] if training in cache.families(name)][:MOST_OTHERS]


def _points(chosen: dict[str, Any], choices: Choices) -> pd.DataFrame:
    return cache.series(tuple(chosen["runs"].items()), **choices.named())


def _show_one(benchmark: str, training: str, chosen: dict[str, Any], choices: Choices) -> None:
    """Draw the series of the page's benchmark, beside the training's log where there is one."""
    steps = cache.training_steps(chosen["family"])
    logged = _logged(steps)
    if not logged:
        _show_points(_points(chosen, choices), benchmark, training, choices)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_points(_points(chosen, choices), benchmark, training, choices)
    with right:
        _show_log(steps, logged, chosen["family"])


def _show_points(points: pd.DataFrame, benchmark: str, training: str, choices: Choices) -> None:
    if points.empty:
        st.caption(f"{inline(benchmark)}: the checkpoints have no scored problem in common.")
        return
    base = ", base model at step 0" if points["step"].min() == 0 else ""
    subtitle = f"{training} · {benchmark} · {counted(int(points['problems'].iloc[0]), 'problem')}{base}"
    figure = series_figure(points, dark=views.is_dark())
    views.show_figure(
        figure, series_in_words(points), f"{subtitle} · bands: {choices.in_words()}", key=f"series_chart_{benchmark}"
    )


def _show_log(steps: pd.DataFrame, logged: list[str], log: str) -> None:
    st.caption(f"Training log {inline(log)} · {counted(len(steps), 'step')} · dark: running mean")
    for name in logged[:2]:
        figure = log_figure(steps, name, LOG_WORDS[name], dark=views.is_dark())
        views.show_figure(figure, "", "", key=f"log_{name}_chart", alt=f"{LOG_WORDS[name]} over training steps")
