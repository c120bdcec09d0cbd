"""What a page says when it has nothing to draw, when a link asks for what is gone, and when something failed."""

import streamlit as st

from backend.errors import AppError
from pages.shared import link
from pages.shared.texts import inline, rendered

NOUNS = {
    "benchmark": "benchmark",
    "base": "run",
    "rlvr": "run",
    "run": "run",
    "others": "run",
    "problem": "problem",
    "difficulty": "level",
    "topic": "topic",
}


def show_error(error: AppError) -> None:
    """Show a failure that the user can mend: what happened, then what to do."""
    st.error(rendered(error.hint) or "Try again.", title=inline(error.message), icon=":material/error:")


def show_empty_store(*, in_library: bool = False) -> None:
    """Say that nothing is imported yet, and the ways in."""
    st.info(
        "Samples come in as JSONL, CSV or Parquet files, one row a sample, or as counts (problem, n, c).\n\n"
        f"- By page: upload a file, or name one on this machine, {'here' if in_library else 'on the Library page'}.\n"
        "- By command: `python -m backend import FILE --model NAME --benchmark NAME`.\n"
        "- To look around first: `python -m backend demo` fills the store with real samples of two tiny models.",
        title="The store is empty.",
        icon=":material/inbox:",
    )
    if not in_library:
        st.page_link("library.py", label="Open the Library", icon=":material/arrow_forward:")


def show_nothing(message: str, hint: str) -> None:
    """Say why there is nothing to draw, and what would change that."""
    st.info(hint, title=message, icon=":material/info:")


def say_next(sentence: str, *, bad: bool = False) -> None:
    """Keep a sentence to be shown when the page is drawn next, after something was written."""
    st.session_state.setdefault("said", []).append((sentence, bad))


def begin() -> None:
    """Begin a page, which has said nothing yet."""
    st.session_state["said_now"] = []


def show_said() -> None:
    """Show what was kept, until the reader does something else."""
    said = st.session_state["said_now"] = st.session_state.pop("said", [])
    for sentence, bad in said:
        (st.warning if bad else st.success)(inline(sentence, 1000))


def run_again() -> None:
    """Draw the whole page anew, not because the reader did something: what was said stays in sight."""
    st.session_state["said"] = [*st.session_state["said_now"], *st.session_state.get("said", [])]
    st.rerun()


def show_dropped(names: dict[str, str] | None = None) -> None:
    """Say what the link asked for in vain, and what is shown instead; `names` gives display names of ids."""
    for gone in link.dropped():
        if gone.key not in NOUNS:
            continue
        noun = NOUNS[gone.key]
        instead = ", ".join((names or {}).get(value, value) for value in gone.instead)
        shown = f"Shown instead: {inline(instead)}." if instead else "It is left out."
        st.warning(
            f"The link names the {noun} “{inline(gone.value)}”, which this store does not hold: "
            f"it was deleted, or lives in another store. {shown}",
            icon=":material/link_off:",
        )
