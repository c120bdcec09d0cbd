"""The samples that pass a node of the tree, side by side by run: what they share dimmed, their steps numbered."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from backend.records import Problem, Sample
from backend.trees.merge import Level, reading
from pages.shared import cache, continuing, link, strips, views
from pages.shared.pickers import SampleFilters
from pages.shared.texts import counted, rendered
from pages.shared.tree_data import Through
from pages.shared.tree_parts import SIDES, Walks
from pages.shared.tree_pickers import TreeView

SHARED_LETTERS = 1_500
"""Of a longer common beginning head and tail are shown."""
Steps = list[tuple[int, str]]
"""Number and text of each step."""


def steps_of(problem: Problem, level: str, text: str) -> Steps:
    """The steps of a completion; at the level answer those of the level normalised, for reading."""
    wanted = Level.NORMALISED if level == Level.ANSWER else Level(level)
    ends = [step.end for step in reading(wanted, problem)(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return [(at, text[start:end]) for at, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True), 1)]


def fitting(steps: Steps, most: int) -> tuple[Steps, Steps, Steps]:
    """The first steps and the last that have `most` letters together, and those between them that are left out."""
    if sum(len(text) for _, text in steps) <= most:
        return steps, [], []
    head = _first(steps, most // 2)
    tail = _first(steps[len(head) :][::-1], most // 2)[::-1]
    return head, steps[len(head) : len(steps) - len(tail)], tail


def _first(steps: Iterable[tuple[int, str]], most: int) -> Steps:
    kept, letters = Steps(), 0
    for number, text in steps:
        letters += len(text)
        if letters > most and kept:
            break
        kept.append((number, text))
    return kept


def show_samples(view: TreeView, found: Through) -> Walks:
    """Draw each run's samples through the node; return the open ones."""
    if link.just_picked("node"):
        link.forget(*(f"{side}_sample" for side in SIDES), *(f"{side}_page" for side in SIDES))
    opened: list[tuple[str, int]] = []
    places = list(range(len(view.runs)))
    for first in places[::2]:
        for column, place in zip(st.columns(2, gap="large"), places[first : first + 2], strict=False):
            with column:
                _show_side(view, found, place)
                if found.indexes[view.runs[place]]:
                    opened.append((view.runs[place], int(st.session_state[f"{SIDES[place]}_sample"])))
    return opened


def _show_side(view: TreeView, found: Through, place: int) -> None:
    run, side = view.runs[place], SIDES[place]
    views.show_run_name(view.names[run], view.training[run])
    indexes = found.indexes[run]
    if not indexes:
        st.caption(
            "No sample of this run came here. Whether its model can go on from here, *Continue from here* tells, at a "
            "run that came."
        )
        return
    wanted = SampleFilters(verdicts=None, search=None, raw=False, indexes=indexes)
    body = partial(show_steps, view, found.shared, f"{side}_whole")
    strips.show_samples_of(side, run, view.problem.problem, wanted, body=body)
    _show_continuing(view, found, run, side)


def _show_continuing(view: TreeView, found: Through, run: str, side: str) -> None:
    """Draw the way to go on from the node, out of the open sample."""
    sample = cache.sample(run, view.problem.problem, int(st.session_state[f"{side}_sample"]))
    if sample and sample.completion:
        continuing.show_continuing(continuing.Place(
            run=run, side=side, names={each: view.names[each] for each in view.runs}, problem=view.problem,
            level=view.level, text=sample.completion, shared=found.shared,
        ))  # fmt: skip


def show_steps(view: TreeView, shared: int, key: str, sample: Sample) -> None:
    """Draw a completion step by step: what all samples through the node share dimmed, the rest in full."""
    text = sample.completion or ""
    steps = steps_of(view.problem, view.level, text)
    common, own = steps[:shared], steps[shared:]
    whole = len(text) > views.RENDERED_LETTERS and st.toggle(f"Show all {len(text):,} characters", key=key)
    with st.container(height=strips.BOX_HEIGHT if len(text) > strips.BOXED_LETTERS else "content", border=False):
        if common:
            st.caption(f"{counted(len(common), 'step')} in common:")
        _show_fitting(common, len(text) if whole else SHARED_LETTERS, dimmed=True)
        _show_fitting(own, len(text) if whole else views.RENDERED_LETTERS, dimmed=False)


def _show_fitting(steps: Steps, most: int, *, dimmed: bool) -> None:
    draw = st.caption if dimmed else st.markdown
    head, left_out, tail = fitting(steps, most)
    for part in (head, tail):
        if part:
            draw("".join(_numbered(number, text) for number, text in part))
        if part is head and left_out:
            letters = sum(len(text) for _, text in left_out)
            st.caption(f"⋯ {counted(len(left_out), 'step')}, {letters:,} characters left out ⋯")


def _numbered(number: int, text: str) -> str:
    """A step as Markdown behind its number, nothing in it taking effect; steps of one line stand line under line."""
    safe = rendered(text.strip())
    return f":gray-badge[{number:,}] {safe}" + ("\n\n" if "\n" in safe else "  \n")
