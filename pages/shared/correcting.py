"""Correcting a problem's reference answer: the old one in view, the history, and the way back."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from backend.records import Problem
from pages.shared import cache, messages, visitors
from pages.shared.texts import counted, formula_or_text, inline

MOST_ANSWER_LETTERS = 1_000


def show_correction(problem: Problem) -> None:
    """Draw the way to correct the reference answer, and which corrections there were."""
    history = cache.corrections(problem.benchmark)
    history = history[history["problem"] == problem.problem]
    if visitors.may("correct"):
        with st.container(horizontal=True, vertical_alignment="center"):
            label = "Correct the reference answer" if problem.reference_answer else "Give a reference answer"
            with st.popover(label, icon=":material/edit:", type="tertiary"):
                _ask(problem)
            if len(history):
                _show_way_back(problem, history.iloc[0])
    for line in _in_words(history):
        st.caption(line)


def _show_way_back(problem: Problem, last: pd.Series) -> None:
    old, new = (said if isinstance(said, str) else None for said in (last["old_answer"], last["new_answer"]))
    if new != problem.reference_answer:
        return
    label = "Take back to none" if old is None else f"Take back to {inline(old, 40)}"
    if st.button(label, key="correct_back", icon=":material/undo:", type="tertiary"):
        _correct(problem, old)
        st.rerun()


def _in_words(history: pd.DataFrame) -> list[str]:
    olds, news = (
        [inline(answer, 60) if isinstance(answer, str) else "none" for answer in history[name]]
        for name in ("old_answer", "new_answer")
    )
    rows = zip(history["corrected_at"], olds, news, strict=True)
    return [f"Corrected {at:%Y-%m-%d %H:%M} UTC from {old} to {new}." for at, old, new in rows]


def _ask(problem: Problem) -> None:
    """Ask for the right answer, with the old one in view."""
    with st.form("correct_form", border=False):
        so_far = formula_or_text(problem.reference_answer) if problem.reference_answer else "none"
        st.markdown(f"The answer so far: {so_far}")
        answer = st.text_input("The right answer", key=f"correct_{problem.problem}", max_chars=MOST_ANSWER_LETTERS)
        st.caption(
            "Samples of this problem that a verifier of ours has graded are graded again, in every run. Verdicts that "
            "came with a file stay. The correction is written down and can be taken back."
        )
        if st.form_submit_button("Correct", type="primary", key="correct_confirmed"):
            _correct(problem, answer)
            st.rerun()


def _correct(problem: Problem, answer: str | None) -> None:
    with st.spinner("Grading this problem's samples again …"):
        done = cache.change("correct", benchmark=problem.benchmark, problem=problem.problem, answer=answer)
    messages.say_next(correction_in_words(done))


def correction_in_words(done: Mapping[str, Any]) -> str:
    """What a correction did, in one sentence or two."""
    changed, graded = (sum(one[name] for one in done["regrades"]) for name in ("changed", "graded"))
    now, before = done["new_answer"] or "not known", done["old_answer"] or "not known"
    words = f"The reference answer of {done['problem']} is now {now}; it was {before}."
    if done["regrades"]:
        words += f" {counted(graded, 'verdict')} given again, {changed:,} of those that count changed."
    if done["kept"]:
        kept = ", ".join(done["kept"])
        words += f" Verdicts that came with the file still count in {kept}: grade those runs to change it."
    return words
