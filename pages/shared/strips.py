"""The samples of one run at one problem: a strip with a tick each, steps from one to the next, the one that is open."""

from collections.abc import Callable
from typing import Literal

import pandas as pd
import streamlit as st

from backend.figures import MARKS, TICKS_A_ROW, mark_of, tick_figure
from backend.records import Sample, Verdict
from pages.shared import cache, link, messages
from pages.shared.pickers import SampleFilters, pick_page
from pages.shared.texts import counted, inline, rendered, shortened
from pages.shared.views import RENDERED_LETTERS, is_dark, show_figure

TICKS = 8 * TICKS_A_ROW
RAW_LETTERS = 40_000
"""Of a longer completion head and tail are shown until all of it is asked for."""
MOST_RENDERED_LETTERS = 60_000
BOX_HEIGHT, BOXED_LETTERS = 520, 1_500
"""A long completion scrolls within its card, so that the two sides stay beside each other."""
SHORTCUTS = {"base": ("Left", "Right"), "rlvr": ("Shift+Left", "Shift+Right")}
RESTART = ("benchmark", "problem", "verdict", "search")


Body = Callable[[Sample], None]
"""Draws the completion of a sample that has one."""


def show_samples_of(side: str, run: str, problem: str, wanted: SampleFilters, *, body: Body | None = None) -> None:
    """Draw one run's samples of a problem. `side` (base, rlvr …) names its keys: {side}_page, {side}_sample.

    body: draws the open sample's completion in another way than `show_sample`.
    """
    page_key, sample_key = f"{side}_page", f"{side}_sample"
    if link.just_picked(*RESTART, side):
        link.forget(page_key, sample_key)
    total = cache.sample_ticks(run, problem, **wanted.named, limit=1)[1]
    if not total:
        _show_no_samples(run, problem, wanted)
        return
    strip = st.container()
    offset = pick_page(page_key, total, TICKS, around=_place_of(link.peek(sample_key) or "", wanted))
    start = max(offset - 1, 0)
    around, _ = cache.sample_ticks(run, problem, **wanted.named, limit=TICKS + 2, offset=start)
    ticks = around.iloc[offset - start :][:TICKS]
    if link.just_picked(page_key) and not link.just_picked(sample_key):
        link.forget(sample_key)
    index = int(link.seed(sample_key, [str(ticks["sample_index"].iloc[0])], allowed=str.isdecimal))
    with strip:
        _show_strip(ticks, index, total, sample_key)
        _show_steps(around, index, offset, side)
    sample = cache.sample(run, problem, index)
    if sample is None:
        messages.show_nothing(f"This run has no sample {index:,} of this problem.", "Pick one from the strip above.")
    else:
        show_sample(sample, raw=wanted.raw, key=f"{side}_whole", body=body)


def _place_of(asked: str, wanted: SampleFilters) -> int:
    """Where the sample that a link asks for stands among those shown, as far as that is known without looking."""
    if not asked.isdecimal() or wanted.verdicts or wanted.search:
        return 0
    if wanted.indexes is None:
        return int(asked)
    return wanted.indexes.index(int(asked)) if int(asked) in wanted.indexes else 0


def _show_no_samples(run: str, problem: str, wanted: SampleFilters) -> None:
    """Say why there is no sample to see: filtered out, counts only, or never drawn."""
    if (wanted.verdicts or wanted.search) and cache.sample_ticks(run, problem, limit=1)[1]:
        messages.show_nothing("No sample of this run fits the filters.", "Take a verdict or the search back.")
    else:
        messages.show_nothing(
            "There is no sample of this run to read.",
            "It was imported as counts (n and c), or it never drew this problem.",
        )


def _show_strip(ticks: pd.DataFrame, index: int, total: int, sample_key: str) -> None:
    def open_tick(clicked: list[int | str]) -> None:
        st.session_state[sample_key] = str(clicked[0])

    here = "" if len(ticks) == total else f"{len(ticks):,} of "
    kinds = dict.fromkeys(
        mark_of(_text(verdict), _text(finish))
        for verdict, finish in zip(ticks["verdict"], ticks["finish_reason"], strict=True)
    )
    legend = " · ".join(f"{MARKS[kind].glyph} {MARKS[kind].words}" for kind in MARKS if kind in kinds)
    figure = tick_figure(ticks, selected=index, dark=is_dark())
    show_figure(
        figure, "", f"{here}{counted(total, 'sample')}: {legend}", key=f"{sample_key}_strip", on_click=open_tick
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _show_steps(around: pd.DataFrame, index: int, offset: int, side: str) -> None:
    """Buttons to the sample before and after the open one; they turn the strip's page where it ends."""
    indexes = [int(value) for value in around["sample_index"]]
    start = max(offset - 1, 0)
    with st.container(horizontal=True):
        for label, step, shortcut in zip(("Previous", "Next"), (-1, 1), SHORTCUTS.get(side, (None, None)), strict=True):
            st.button(
                label,
                key=f"{side}_{label.lower()}",
                shortcut=shortcut,
                disabled=_stepped(indexes, index, step) is None,
                on_click=_step,
                args=(side, indexes, start, step),
            )


def _stepped(indexes: list[int], index: int, step: int) -> int | None:
    """The place in `indexes` one step from `index`; None where there is none."""
    place = indexes.index(index) + step if index in indexes else -1
    return place if 0 <= place < len(indexes) else None


def _step(side: str, indexes: list[int], start: int, step: int) -> None:
    """Step from wherever the reader is by now: a key held down is faster than the page."""
    place = _stepped(indexes, int(st.session_state[f"{side}_sample"]), step)
    if place is not None:
        st.session_state[f"{side}_sample"] = str(indexes[place])
        st.session_state[f"{side}_page"] = (start + place) // TICKS + 1


def _show_completion(sample: Sample, *, raw: bool, key: str) -> None:
    """Draw a completion, rendered or raw; a long one is cut in the middle until all of it is asked for."""
    if sample.completion is None:
        st.caption("This run was imported without texts.")
        return
    text = sample.completion
    if not text.strip():
        st.caption(
            f"The completion is empty ({len(text):,} characters of white space)."
            if text
            else "The completion is empty."
        )
        return
    most = RAW_LETTERS if raw else RENDERED_LETTERS
    whole = len(text) > most and st.toggle(f"Show all {len(text):,} characters", key=key)
    if whole and not raw and len(text) > MOST_RENDERED_LETTERS:
        st.caption(f"More than {MOST_RENDERED_LETTERS:,} characters are shown raw.")
        raw = True
    head, tail, left_out = (text, "", 0) if whole else shortened(text, most)
    with st.container(height=BOX_HEIGHT if len(text) > BOXED_LETTERS else "content", border=False):
        _show_parts(head, tail, left_out, raw)


def _show_parts(head: str, tail: str, left_out: int, raw: bool) -> None:
    for part in (head, tail):
        if part and raw:
            st.code(part, language=None, wrap_lines=True)
        elif part:
            st.markdown(rendered(part), anchors=False)
        if part is head and left_out:
            st.caption(f"⋯ {left_out:,} characters left out ⋯")


def show_sample(sample: Sample, *, raw: bool, key: str, body: Body | None = None) -> None:
    """Draw one sample: its verdict by shape and colour, the answer, what is known of it, its completion."""
    mark_key = mark_of(sample.verdict, sample.finish_reason)
    mark = MARKS[mark_key]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(f"{mark.glyph} {mark.words}", color=_badge_colour(mark_key))
            missing = "no answer found" if sample.verdict == Verdict.NO_ANSWER else "answer not recorded"
            answer = f"answer **{inline(sample.answer, 80)}**" if sample.answer else missing
            st.markdown(f"Sample {sample.sample_index:,} · {answer}")
        st.caption(" · ".join(_facts(sample)))
        if body is not None and sample.completion and sample.completion.strip():
            body(sample)
        else:
            _show_completion(sample, raw=raw, key=key)


def _badge_colour(mark: str) -> Literal["green", "red", "gray"]:
    if mark == "correct":
        return "green"
    return "red" if mark == "error" else "gray"


def _facts(sample: Sample) -> list[str]:
    facts: list[str | None] = [
        f"{sample.token_count:,} tokens" if sample.token_count is not None else None,
        f"finished by {inline(sample.finish_reason, 40)}" if sample.finish_reason else None,
        f"log-probability {sample.sum_logprob:,.1f}" if sample.sum_logprob is not None else None,
        f"verifier {inline(sample.verifier, 60)}" if sample.verifier else None,
        f"seed {sample.seed}" if sample.seed is not None else None,
        *(f"{inline(name, 60)} says {MARKS[verdict].words}" for name, verdict in sample.other_verdicts.items()),
        *(f"{inline(name, 40)}: {inline(str(value), 80)}" for name, value in list(sample.metadata.items())[:6]),
    ]
    return [fact for fact in facts if fact] or ["nothing else is known of this sample"]
