"""Which problems a job draws: all, a list, a filter, those that two runs leave open, or one that is typed in."""

from typing import Any

import streamlit as st

from backend.errors import AppError
from pages.shared import cache, link, messages, pickers, visitors
from pages.shared.texts import counted, inline

SOURCES = {
    "all": "All",
    "list": "A list",
    "filter": "A filter",
    "undetermined": "Undetermined",
    "new": "A new one",
}
OWN_BENCHMARK = "my problems"


def pick_problems() -> tuple[str, dict[str, Any]] | None:
    """Pick a benchmark and problems of it, as an order names them; None, and it is said why, where there are none."""
    known = not cache.benchmarks().empty
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    with left:
        sources = SOURCES if known else {"new": SOURCES["new"]}
        source = _pick_source(sources)
    if source == "new":
        show_new_problem()
        return None
    with right:
        benchmark = pickers.pick_benchmark()
    if source == "all":
        return benchmark, {}
    if source == "list":
        return _listed(benchmark)
    return _filtered(benchmark) if source == "filter" else _undetermined(benchmark)


def _pick_source(sources: dict[str, str]) -> str:
    default = next(iter(sources))
    link.seed("source", [default], allowed=sources.__contains__)
    chosen = st.segmented_control(
        "Problems", list(sources), key="source", required=True, format_func=sources.__getitem__
    )
    link.note("source", chosen)
    return chosen or default


def _listed(benchmark: str) -> tuple[str, dict[str, Any]] | None:
    if link.just_picked("benchmark") and not link.just_picked("ids"):
        link.forget("ids")
    names = cache.problem_names(benchmark, pickers.MOST_PROBLEMS_LISTED)
    link.seed("ids", several=True, allowed=lambda name: cache.problem(benchmark, name) is not None)
    chosen = st.multiselect(
        "Ids of the problems", list(dict.fromkeys([*names, *st.session_state["ids"]])), key="ids",
        accept_new_options=True, placeholder="pick or type ids",
    )  # fmt: skip
    link.note("ids", chosen)
    if not chosen:
        st.caption("No problem is picked.")
        return None
    return benchmark, {"problems": list(chosen)}


def _filtered(benchmark: str) -> tuple[str, dict[str, Any]] | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = pickers.pick_words("text", "Find", "id, words of the statement, answer")
        level = pickers.pick_filter("difficulty", "Level", cache.levels(benchmark))
        topic = pickers.pick_filter("topic", "Topic", cache.topics(benchmark))
    found = cache.matching_problems(benchmark, text=text, level=level, topic=topic)
    if not found:
        st.caption("No problem fits the filter; take a part of it back.")
        return None
    st.caption(f"{counted(len(found), 'problem')} fit: {inline(', '.join(found[:6]), 200)}{' …' * (len(found) > 6)}")
    return benchmark, {"problems": found}


def _undetermined(benchmark: str) -> tuple[str, dict[str, Any]] | None:
    if len(cache.runs(benchmark)) < 2:
        st.caption(f"{inline(benchmark)} has no two runs to compare.")
        return None
    chosen = pickers.pick_two_runs(benchmark, *st.columns(2))
    if chosen.pair is None:
        st.caption("Both pickers name the same run.")
        return None
    st.caption("Those of which the samples of these two runs do not tell which one is ahead.")
    return benchmark, {"undetermined": list(chosen.pair)}


def show_new_problem() -> None:
    """Ask for a problem of one's own; once it is added it is picked."""
    with st.form("new_problem", border=False):
        left, right = st.columns(2)
        with left:
            st.text_input("Benchmark", value=OWN_BENCHMARK, key="new_benchmark", max_chars=200)
        with right:
            st.text_input("Id", key="new_id", max_chars=200, placeholder="a short name of the problem")
        st.text_area("Statement", key="new_question", placeholder="What is 6 · 7?")
        st.text_input(
            "Reference answer", key="new_answer", placeholder="42", help="Its samples stay without a verdict if empty."
        )
        refused = visitors.refused("add_problem")
        st.form_submit_button(
            "Add the problem", key="new_add", on_click=_add, disabled=refused is not None, help=refused
        )


def _add() -> None:
    """Store the problem that was typed in, and pick it."""
    typed = {name: str(st.session_state[f"new_{name}"]).strip() for name in ("benchmark", "id", "question", "answer")}
    try:
        cache.change(
            "add_problem", benchmark=typed["benchmark"], problem=typed["id"], question=typed["question"],
            reference_answer=typed["answer"] or None,
        )  # fmt: skip
    except AppError as error:
        messages.say_next(str(error), bad=True)
        return
    messages.say_next(f"Problem {typed['id']} is added to {typed['benchmark']}, and picked below.")
    st.session_state["benchmark"], st.session_state["ids"] = typed["benchmark"], [typed["id"]]
    st.session_state["source"] = "list"
