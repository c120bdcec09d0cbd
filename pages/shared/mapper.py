"""Which column of a file is which of our fields: guessed, changed by select boxes, kept under a name."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from backend.errors import BadInput
from backend.importers import Wanted
from backend.importers.folders import Found
from backend.importers.mapping import NOWHERE
from backend.importers.rows import Given
from pages.shared import cache, link, messages, previewing

FIELDS = {
    "problem_id": "Problem",
    "completion": "Completion",
    "correct": "Correct",
    "answer": "Answer",
    "sample_index": "Sample index",
    "model": "Model",
    "question": "Question",
    "reference_answer": "Reference answer",
    "benchmark": "Benchmark",
    "seed": "Seed",
    "finish_reason": "Finish reason",
    "token_count": "Token count",
    "level": "Level",
    "topic": "Topic",
    "rows": "Member with the rows",
    "threshold": "Correct from score",
}
HELP = {
    "problem_id": "What tells problems apart; # numbers the rows, hash(column) makes a short name of a text.",
    "correct": "True or false, 1 or 0, a word like passed, or a score.",
    "model": "The column that names the model; or write {model}.is_correct under Correct for one column a model.",
    "rows": "Of a file that is one JSON object: the member that holds the rows; * for every member.",
    "threshold": "The score from which a sample is correct, such as 0.5.",
}
A_ROW = 4


def show_mapped(file: Found, given: Given, wanted: Wanted) -> Wanted | None:
    """Draw the select boxes and the preview that follows them; None while the mapping reads nothing."""
    start, columns = _start(file, given, wanted)
    mark = f"{file.path}|{wanted}"
    if st.session_state.setdefault("mapped", mark) != mark:
        st.session_state["mapped"] = mark
        link.forget("map")
    pairs = link.seed("map", [f"{field}={place}" for field, place in start.items()], several=True, allowed=_is_pair)
    said = dict(pair.split("=", 1) for pair in pairs)
    _show_boxes(said, start, columns)
    picked = Wanted(map_fields=tuple(pairs))
    if not picked.mapped:
        st.caption("Pick the column that tells problems apart, and one with verdicts or completions.")
        return None
    try:
        shown = cache.preview(file.path, picked, given)
    except BadInput as refusal:
        messages.show_error(refusal)
        return None
    _show_keeping(file, wanted, pairs)
    previewing.show_preview(shown)
    return picked


def _is_pair(pair: str) -> bool:
    name, mark, place = pair.partition("=")
    return bool(name and mark and place)


def _start(file: Found, given: Given, wanted: Wanted) -> tuple[Mapping[str, str], list[str]]:
    """Return the mapping to begin with, and the columns there are; where nothing can be guessed, no mapping."""
    try:
        shown = cache.preview(file.path, wanted, given)
    except BadInput as refusal:
        columns = cache.columns(file.path, None)
        if not columns:
            raise
        st.info(f"{refusal.message}", title="The columns could not be guessed; pick them.")
        return {}, columns
    return {name: str(place) for name, place in (shown["mapping"] or {}).items()}, shown["columns"]


def _show_boxes(said: Mapping[str, str], start: Mapping[str, str], columns: list[str]) -> None:
    """Draw a select box a field; a place that is no column of the file can be typed."""
    names = [*FIELDS, *(name for name in said if name not in FIELDS)]
    for begin in range(0, len(names), A_ROW):
        for name, column in zip(names[begin : begin + A_ROW], st.columns(A_ROW), strict=False):
            place = said.get(name)
            st.session_state[f"map_{name}"] = None if place == NOWHERE else place
            options = [] if name in ("rows", "threshold") else columns
            extra = [p for p in (start.get(name), place) if p and p not in options and p != NOWHERE]
            with column:
                st.selectbox(
                    FIELDS.get(name, name), [*dict.fromkeys([*extra, *options])], index=None, key=f"map_{name}",
                    accept_new_options=True, placeholder="–", help=HELP.get(name), on_change=_take,
                    args=(names, {*start, *columns}),
                )  # fmt: skip


def _take(names: list[str], known: set[str]) -> None:
    """Put what the boxes say where the link finds it; what was emptied is not to be read under its own name either."""
    places: dict[str, Any] = {name: st.session_state.get(f"map_{name}") for name in names}
    emptied = {name: NOWHERE for name, place in places.items() if not place and name in known}
    said = {name: place for name, place in places.items() if place} | {
        name: place for name, place in emptied.items() if name not in ("rows", "threshold")
    }
    st.session_state["map"] = [f"{name}={place}" for name, place in said.items()]


def _show_keeping(file: Found, wanted: Wanted, pairs: list[str]) -> None:
    """Draw the way to keep the mapping under a name, and to forget the one that is used."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Keep this mapping as", key="mapping_name", placeholder="a name", width=220)
        if st.button("Keep", key="mapping_keep", disabled=not name.strip()):
            cache.change("save_mapping", name=name.strip(), path=str(file.path), map_fields=pairs)
            messages.say_next(f"The mapping is kept as {name.strip()}; pick it under “Read as”.")
            st.rerun()
        used = wanted.mapping if wanted.mapping and wanted.mapping != "guess" else None
        if used and st.button(f"Forget {used}", key="mapping_forget"):
            cache.change("delete_mapping", name=used)
            messages.say_next(f"The mapping {used} is forgotten.")
            link.forget("read", "map")
            st.rerun()
