"""Continue from here: samples that go on from the beginning of an answer, and how many of them came out right."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from backend.errors import AppError
from backend.figures import MARKS, mark_of
from backend.records import Problem
from backend.statistics.intervals import wilson_share
from backend.trees.merge import Level, reading
from pages.shared import cache, launch_pickers, messages, visitors
from pages.shared.texts import counted, inline

SAMPLES = 32
PREFIX_LETTERS = 600
LISTED_LETTERS = 300
ROWS = 6


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """The beginning of one run's open sample, up to the node that is picked."""

    run: str
    side: str
    names: dict[str, str]
    """What the runs are called whose models can go on from it."""
    problem: Problem
    level: str
    prefix: str


def beginning_of(text: str, problem: Problem, level: str, shared: int) -> str:
    """The letters of a completion up to the end of the steps that all samples through the node share.

    Empty at the root, and where nothing is left to go on with.
    """
    ends = [end for end, _ in _steps(text, problem, level)]
    prefix = text[: ends[min(shared, len(ends)) - 1]] if shared and ends else ""
    return "" if prefix.strip() == text.strip() else prefix


def _steps(text: str, problem: Problem, level: str) -> list[tuple[int, Any]]:
    wanted = Level.NORMALISED if level == Level.ANSWER else Level(level)
    return list(reading(wanted, problem)(text))


def same_beginning(place: Beginning, prefix: str) -> bool:
    """Whether a prefix takes the same steps as this beginning, at the level at which the tree is merged."""
    if prefix == place.prefix:
        return True
    one, other = (_steps(text, place.problem, place.level) for text in (place.prefix, prefix))
    return [key for _, key in one] == [key for _, key in other]


def show_continuing(place: Beginning) -> None:
    """Draw the way to go on from here, and what went on from here before."""
    if not place.prefix:
        return
    with st.popover("Continue from here", icon=":material/fork_right:", key=f"continue_{place.side}",
                    on_change="rerun") as box:  # fmt: skip
        if box.open:
            _ask(place)
    _show_continued(place)


def _ask(place: Beginning) -> None:
    st.markdown("The models go on from this beginning of the open sample:")
    tail = place.prefix[-PREFIX_LETTERS:]
    st.code(("… " if len(tail) < len(place.prefix) else "") + tail, language=None, wrap_lines=True)
    drawers = st.multiselect(
        "Models", list(place.names), [place.run], format_func=place.names.__getitem__,
        key=f"continue_{place.side}_by", help="Each by its own run's settings and prompt, whether it came here or not.",
    )  # fmt: skip
    count = st.number_input("Samples of each", 1, 100_000, value=SAMPLES, key=f"continue_{place.side}_count", step=16)
    engines = launch_pickers.pick_engines(f"continue_{place.side}_engine")
    refused = visitors.refused("continue_from")
    st.button(
        f"Draw {counted(count * len(drawers), 'sample')}", type="primary", key=f"continue_{place.side}_draw",
        on_click=_draw, args=(place, drawers, count, engines), disabled=refused is not None or not drawers,
        help=refused,
    )  # fmt: skip
    st.caption("They are kept as continuations and never enter pass@k: they were not drawn from the problem alone.")


def _draw(place: Beginning, drawers: list[str], count: int, engines: list[str]) -> None:
    begun: list[str] = []
    try:
        for run in drawers:
            job = cache.change(
                "continue_from", run=place.run, problem=place.problem.problem, prefix=place.prefix, samples=count,
                by=run, engines=engines,
            )  # fmt: skip
            begun.append(f"job {job['job']} by {place.names[run]}")
    except AppError as error:
        messages.say_next(str(error), bad=True)
    else:
        st.session_state[f"continue_{place.side}"] = False
    if begun:
        messages.say_next(
            f"Going on from this beginning: {' and '.join(begun)}; the samples are listed under the open sample."
        )


def _show_continued(place: Beginning) -> None:
    """Draw what went on from this very beginning, by whose model: how many were correct, and the texts."""
    for run, name in place.names.items():
        known = cache.continued(run, place.problem.problem)
        rows = [r for r in known if r["prefix_run"] == place.run and same_beginning(place, r["prefix"])]
        if rows:
            st.markdown(f"**Continued from here by {inline(name, 80)}:** {continued_in_words(rows)}")
            _show_texts(rows, f"continued_{place.side}_{run}")


def _show_texts(rows: list[dict[str, Any]], key: str) -> None:
    marks = [MARKS[mark_of(row["verdict"], row["finish_reason"])] for row in rows]
    shown = pd.DataFrame({
        "Verdict": [f"{mark.glyph} {mark.words}" for mark in marks],
        "Answer": [row["answer"] for row in rows],
        "What came after": [row["completion"][:LISTED_LETTERS] for row in rows],
        "Tokens": pd.array([row["token_count"] for row in rows], dtype="Int64"),
        "Log-probability": [row["sum_logprob"] for row in rows],
    }).dropna(axis="columns", how="all")  # fmt: skip
    st.dataframe(shown, hide_index=True, key=key, height=36 + 33 * min(len(shown), ROWS))


def continued_in_words(rows: list[dict[str, object]]) -> str:
    """How many continuations were correct, with their interval."""
    scored = [row for row in rows if row["verdict"] not in (None, "error")]
    right = sum(row["verdict"] == "correct" for row in scored)
    if not scored:
        return f"{counted(len(rows), 'sample')}, none of them judged."
    low, high = map(float, wilson_share(right, len(scored)))
    more = f" {counted(len(rows) - len(scored), 'further sample')} not judged." if len(rows) > len(scored) else ""
    return (
        f"{right:,} of {len(scored):,} correct, {100 * right / len(scored):.1f} % "
        f"[{100 * low:.1f}, {100 * high:.1f}] % (95 %, Wilson); not in pass@k.{more}"
    )
