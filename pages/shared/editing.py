"""Runs in a table, and what can be seen of one and done with it: verdicts, clean samples, name, model, deletion."""

import pandas as pd
import streamlit as st

from backend.errors import AppError
from backend.records import Training
from pages.shared import cache, findings, judging, link, messages, pickers, views, visitors
from pages.shared.texts import inline


def show_runs(runs: pd.DataFrame) -> None:
    """Draw all runs; a click on one opens its editor."""
    names = dict(zip(runs["run"].astype(str), runs["name"], strict=True))

    # Beside a run that is open, the list gives way to what is known of it.
    rows = 4 if st.session_state.get("edit") or link.peek("edit") else 8
    chosen = views.pick_row("edit", "Run to open or change", names, _shown(runs), table="runs_table", rows=rows)
    if chosen:
        _show_run(runs[runs["run"] == chosen].iloc[0])


def _shown(runs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Run": runs["name"],
            "Training": runs["training"],
            "Step": runs["checkpoint_step"],
            "Benchmark": runs["benchmark"],
            "Problems": runs["problems"],
            "Samples": runs["samples"],
            "Correct": runs["correct"],
            "Unscored": runs["unscored"],
            "Errors": runs["errors"],
            "Model": runs["model"],
            "Base model": runs["base_model"],
            "Temperature": runs["temperature"],
            "Top-p": runs["top_p"],
            "Max tokens": runs["max_tokens"],
            "Verifier": runs["verifier"],
            "Texts": runs["has_texts"],
            "Created at (UTC)": runs["created_at"].dt.strftime("%Y-%m-%d %H:%M"),
        }
    ).dropna(axis="columns", how="all")


ABOUT = {"verdicts": "Verdicts", "samples": "Sample hygiene", "change": "Name and model"}


def _show_run(run: pd.Series) -> None:
    """Draw what is known of one run's verdicts or samples, or what can be changed of it."""
    about = pickers.pick_view("about", ABOUT, "verdicts", "What to see of this run")
    if about == "verdicts":
        judging.show_verdicts(run)
    elif about == "samples":
        findings.show_findings(run)
    else:
        _show_editor(run)


def _show_editor(run: pd.Series) -> None:
    """Draw what can be changed of one run."""
    if visitors.show_refused("rename"):
        return
    key = str(run["run"])
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            _show_rename(key, str(run["name"]))
            if st.button("Delete this run", icon=":material/delete:", key="delete"):
                _confirm_deletion(key, str(run["name"]), int(run["samples"]), str(run["benchmark"]))
        with right:
            _show_model(run)


def _show_rename(key: str, name: str) -> None:
    with st.form(f"rename_{key}", border=False):
        wanted = st.text_input("Name", value=name, key=f"name_{key}", max_chars=200)
        if st.form_submit_button("Rename", key=f"rename_submit_{key}"):
            cache.change("rename", run=key, name=wanted)
            messages.say_next(f"{name} is now named {wanted.strip()}.")
            st.rerun()


def _show_model(run: pd.Series) -> None:
    """Say how the run's model came to be; it counts for every run of that model."""
    key, model = str(run["run"]), str(run["model"])
    models = [name for name in cache.models()["model"] if name != model]
    known_base = _text(run["base_model"])
    bases = [*models, known_base] if known_base and known_base not in models else models
    step = None if pd.isna(run["checkpoint_step"]) else int(run["checkpoint_step"])
    with st.form(f"model_{key}", border=False):
        trainings = list(Training)
        now = _text(run["training"])
        training = st.selectbox(
            f"How {inline(model, 60)} was trained", trainings, index=trainings.index(Training(now)) if now else None,
            key=f"training_{key}", placeholder="Not known",
        )  # fmt: skip
        base = st.selectbox(
            "From which model", bases, index=bases.index(known_base) if known_base else None,
            key=f"base_{key}", accept_new_options=True, placeholder="Not known",
        )  # fmt: skip
        at = st.number_input(
            "Checkpoint step", min_value=0, value=step, step=1, key=f"step_{key}", placeholder="Not known"
        )
        if st.form_submit_button("Save", key=f"model_submit_{key}"):
            cache.change("model", model=model, training=training, base_model=base, checkpoint_step=at)
            messages.say_next(f"Saved what is known of {model}.")
            st.rerun()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@st.dialog("Delete this run?")
def _confirm_deletion(key: str, name: str, samples: int, benchmark: str) -> None:
    """Ask before a run is deleted, and say what goes with it."""
    st.markdown(
        f"**{inline(name)}** on {inline(benchmark)}: its {samples:,} samples with their texts and verdicts are removed "
        "for good, and the space is given back. Links to this run will say that it is gone. The import reports stay."
    )
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="delete_confirmed"):
            _delete(key, name)
        if st.button("Keep it", key="delete_refused"):
            st.rerun()


def _delete(key: str, name: str) -> None:
    try:
        freed = cache.change("delete", run=key)["bytes_freed"]
    except AppError as error:  # a dialog runs alone, outside of the page's own error boundary
        messages.show_error(error)
    else:
        messages.say_next(f"{name} is deleted; the store is {freed / 1e6:,.1f} MB smaller.")
        st.rerun()
