"""What a file is and what would be stored of it: its first rows, its runs, what would be rejected."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import cache, views
from pages.shared.texts import counted, inline

RUN_WORDS = {
    "run": "Run",
    "model": "Model",
    "benchmark": "Benchmark",
    "temperature": "Temperature",
    "top_p": "Top-p",
    "max_tokens": "Max tokens",
    "problems": "Problems",
    "samples": "Samples",
    "correct": "Correct",
    "incorrect": "Incorrect",
    "no_answer": "No answer",
    "errors": "Errors",
    "unscored": "Unscored",
}
ROW_HEIGHT = 35
LEADING = ("line", "problem_id", "sample_index", "verdict", "answer", "completion")
"""The columns of a row that are looked for first."""


def show_preview(shown: dict[str, Any]) -> None:
    """Draw what `previews.inspect` tells of a file."""
    what = f"read {shown['title']}" if shown["format"] == "mapping" else shown["title"]
    part = "" if shown["whole"] else " in its beginning, which is all that was looked at"
    st.markdown(f"**{inline(shown['file'])}**: {inline(what)}. {counted(shown['rows'], 'row')}{part}.")
    for note in notes(shown):
        st.caption(note)
    if shown["runs"]:
        st.markdown("Runs", help="Where the rows would go, with the settings that the file tells.")
        runs = pd.DataFrame(shown["runs"])[list(RUN_WORDS)].rename(columns=RUN_WORDS).dropna(axis="columns", how="all")
        st.dataframe(runs, hide_index=True, column_config=views.localized(runs), placeholder="–", key="preview_runs")
    if shown["first"]:
        st.markdown(f"The first {len(shown['first']):,} rows, as they would be stored")
        st.dataframe(_rows(shown["first"]), hide_index=True, placeholder="–", key="preview_rows")
    if shown["rejected_total"]:
        st.warning(
            f"{counted(shown['rejected_total'], 'row')} would be rejected; the others can be imported all the same.",
            icon=":material/block:",
        )
        rejected = pd.DataFrame(shown["rejected"]).rename(columns=str.capitalize)
        st.dataframe(rejected, hide_index=True, key="preview_rejected")


def notes(shown: dict[str, Any]) -> list[str]:
    """What a reader should know before the import, one sentence each."""
    said = []
    samples = sum(run["samples"] for run in shown["runs"])
    unscored = sum(run["unscored"] for run in shown["runs"])
    if samples and unscored:
        said.append(
            f"{unscored:,} of {samples:,} samples have no verdict; grade the run by a verifier after the import."
        )
    known = set(cache.runs()["name"])
    joined = [run["run"] for run in shown["runs"] if run["run"] in known]
    if shown["format"] == "run-bundle":
        said.append(
            "A bundle comes in whole or not at all, as it was exported; what is picked above for other files is not "
            "asked. A run that the store holds alike is passed over, one of the same name with other samples refused."
        )
    elif joined:
        said.append(f"{inline(', '.join(joined))} is in the store already: only samples that it lacks are added.")
    if shown["format"] == "training-log":
        said.append("These are the steps of a training, not samples: Curves shows them beside its checkpoints.")
    elif not shown["runs"] and shown["rows"]:
        said.append("These are problems, not samples: they are added to their benchmark, and to no run.")
    return [*said, *(f"{inline(warning)}." for warning in shown["warnings"])]


def _rows(first: list[dict[str, Any]]) -> pd.DataFrame:
    rows = pd.DataFrame(first)
    columns = [name for name in LEADING if name in rows] + [name for name in rows if name not in LEADING]
    return rows[columns].rename(columns=lambda name: str(name).replace("_", " ").capitalize())
