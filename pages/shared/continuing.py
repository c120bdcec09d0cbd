"""Continue from here: samples that go on from the beginning of an answer, and how many of them came out right."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from backend.errors import AppError
from backend.figures import MARKS, mark_of
from backend.records import Problem
from backend.statistics.intervals import wilson_share
from backend.trees.merge import Level, Step, reading
from pages.shared import cache, launch_pickers, messages, visitors
from pages.shared.texts import counted, inline

SAMPLES = 32
PREFIX_LETTERS = 600
LISTED_LETTERS = 300
ROWS = 6


@dataclass(frozen=True, kw_only=True)
class Place:
    """One run's open sample at the node that is picked."""

    run: str
    side: str
    names: dict[str, str]
    """What the runs are called whose models can go on from it."""
    problem: Problem
    level: str
    text: str
    shared: int
    """How many steps all samples through the node have in common."""

    def steps(self, text: str) -> list[Step]:
        """The steps of a text, at the level at which the tree is merged."""
        wanted = Level.NORMALISED if self.level == Level.ANSWER else Level(self.level)
        return list(reading(wanted, self.problem)(text))

    def beginnings(self) -> list[str]:
        """The sample's letters up to the end of each step after which something is left to go on with."""
        cut = [self.text[: step.end] for step in self.steps(self.text)]
        return [beginning for beginning in cut if beginning.strip() != self.text.strip()]


def show_continuing(place: Place) -> None:
    """Draw the way to go on from here, and what went on from the open sample's beginnings before."""
    beginnings = place.beginnings()
    if not place.shared or not beginnings:
        return
    with st.popover("Continue from here", icon=":material/fork_right:", key=f"continue_{place.side}",
                    on_change="rerun") as box:  # fmt: skip
        if box.open:
            _ask(place, beginnings)
    _show_continued(place, beginnings)


def _ask(place: Place, beginnings: list[str]) -> None:
    st.markdown("The models go on from this beginning of the open sample:")
    prefix = _pick_beginning(place, beginnings)
    tail = prefix[-PREFIX_LETTERS:]
    st.code(("… " if len(tail) < len(prefix) else "") + tail, language=None, wrap_lines=True)
    drawers = st.multiselect(
        "Models", list(place.names), [place.run], format_func=place.names.__getitem__,
        key=f"continue_{place.side}_by", help="Each by its own run's settings and prompt, whether it came here or not.",
    )  # fmt: skip
    count = st.number_input("Samples of each", 1, 100_000, value=SAMPLES, key=f"continue_{place.side}_count", step=16)
    engines = launch_pickers.pick_engines(f"continue_{place.side}_engine")
    refused = visitors.refused("continue_from")
    st.button(
        f"Draw {counted(count * len(drawers), 'sample')}", type="primary", key=f"continue_{place.side}_draw",
        on_click=_draw, args=(place, prefix, drawers, count, engines), disabled=refused is not None or not drawers,
        help=refused,
    )  # fmt: skip
    st.caption("They are kept as continuations and never enter pass@k: they were not drawn from the problem alone.")


def _pick_beginning(place: Place, beginnings: list[str]) -> str:
    """Pick how many of the sample's steps are kept: down to the node, unless another number is picked."""
    most, here = len(beginnings), min(place.shared, len(beginnings))
    if most == 1:
        return beginnings[0]
    steps = st.number_input(
        f"Steps kept, of {most + 1:,}", 1, most, value=here, key=f"continue_{place.side}_steps_{most}_{here}",
        help="Down to the node that is picked, unless you change it.",
    )  # fmt: skip
    return beginnings[steps - 1]


def _draw(place: Place, prefix: str, drawers: list[str], count: int, engines: list[str]) -> None:
    begun: list[str] = []
    try:
        for run in drawers:
            job = cache.change(
                "continue_from", run=place.run, problem=place.problem.problem, prefix=prefix, samples=count, by=run,
                engines=engines,
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


def _show_continued(place: Place, beginnings: list[str]) -> None:
    """Draw what went on from the open sample's beginnings, by step and by whose model: how many were correct."""
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for run in place.names:
        rows = [r for r in cache.continued(run, place.problem.problem) if r["prefix_run"] == place.run]
        steps = {prefix: _step_of(place, beginnings, prefix) for prefix in {r["prefix"] for r in rows}}
        for row in rows:
            found.setdefault((steps[row["prefix"]], run), []).append(row)
    for (step, run), rows in sorted(found.items(), key=lambda item: item[0][0]):
        if not step:
            continue
        name = inline(place.names[run], 80)
        st.markdown(f"**Continued after step {step:,} by {name}:** {continued_in_words(rows)}")
        _show_texts(rows, f"continued_{place.side}_{step}_{run}")


def _step_of(place: Place, beginnings: list[str], prefix: str) -> int:
    """After which step of the open sample this prefix ends, letter by letter or as the tree merges steps; 0: none."""
    if prefix in beginnings:
        return beginnings.index(prefix) + 1
    keys = [step.key for step in place.steps(prefix)]
    if not 0 < len(keys) <= len(beginnings):
        return 0
    return len(keys) if keys == [step.key for step in place.steps(beginnings[len(keys) - 1])] else 0


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
