"""Widgets of the boundary page that pick something; each knows its key, which is also its name in the link."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from backend.records import Training
from backend.store.places import SETTINGS
from backend.store.training_logs import family_of
from pages.shared import link
from pages.shared.comparing import sampled_alike
from pages.shared.pickers import run_names

VIEWS = {
    "problems": "Problems",
    "bins": "Accuracy bins",
    "training": "Over training",
    "luck": "Luck and format",
    "perplexity": "Perplexity",
    "runs": "More runs",
}


def pick_view() -> str:
    """Pick which part of the boundary to look at; only that one is computed."""
    link.seed("view", ["problems"], allowed=VIEWS.__contains__)
    chosen = st.segmented_control(
        "View", list(VIEWS), key="view", format_func=VIEWS.__getitem__, required=True, label_visibility="collapsed"
    )
    link.note("view", chosen)
    return chosen or "problems"


VERDICT_WORDS = {
    "base": "Base-favoured",
    "rlvr": "RLVR-favoured",
    "shared": "Shared",
    "undetermined": "Undetermined",
}


def pick_verdict(sizes: dict[str, int], total: int) -> str | None:
    """Pick which verdict to list; None for any."""
    words = {"any": f"Any verdict {total:,}", **{key: f"{VERDICT_WORDS[key]} {sizes[key]:,}" for key in VERDICT_WORDS}}
    link.seed("favour", ["any"], allowed=words.__contains__)
    chosen = st.pills(
        "Verdict", list(words), key="favour", required=True, label_visibility="collapsed", format_func=words.__getitem__
    )
    link.note("favour", chosen)
    return None if chosen in (None, "any") else chosen


def checkpoints(runs: pd.DataFrame, rlvr: str) -> dict[str, int]:
    """The checkpoints of this RLVR run's model that were drawn with its settings: step by run, in order.

    They are of one model if their names are the same once the step is taken out.
    """
    of_run = runs[runs["run"] == rlvr].iloc[0]
    alike = sampled_alike(runs, of_run[[*SETTINGS]].tolist())
    trained = alike[["training", "base_model"]].fillna("").eq(of_run[["training", "base_model"]].fillna("")).all(axis=1)
    kept = alike[trained & alike["checkpoint_step"].notna()].sort_values("checkpoint_step")
    steps = kept["checkpoint_step"].astype(int)
    families = [family_of(str(model), step) for model, step in zip(kept["model"], steps, strict=True)]
    own = of_run["checkpoint_step"]
    wanted = family_of(str(of_run["model"]), None if pd.isna(own) else int(own))
    return {str(run): step for run, step, family in zip(kept["run"], steps, families, strict=True) if family == wanted}


def pick_several_runs(runs: pd.DataFrame, base: str, rlvr: str, most: int) -> list[str]:
    """Pick up to `most` runs; it opens on the comparison with what else was drawn with the same settings."""
    names = run_names(runs)
    of_base = runs[runs["run"] == base].iloc[0]
    alike = runs[(runs["temperature"] == of_base["temperature"]) | (runs["run"].isin([base, rlvr]))]
    others = alike[alike["training"].isin([Training.SFT, Training.DISTILLED])]["run"].astype(str)
    link.seed("among", [*dict.fromkeys([base, rlvr, *others])][:6], allowed=names.__contains__, several=True)
    chosen = st.multiselect("Runs", list(names), key="among", format_func=names.__getitem__, max_selections=most)
    link.note("among", chosen)
    return [run for run in names if run in chosen]


def is_answer_space(text: str) -> bool:
    """Whether a text is a number of answers that a guesser could choose from."""
    return text.isdecimal() and len(text) < 10 and int(text) >= 2


def pick_answer_space() -> int | None:
    """Enter how many answers a guesser could choose from, for problems that do not say."""
    asked = link.seed("guess", allowed=is_answer_space)
    st.session_state["guess"] = int(asked) if asked else None
    chosen = st.number_input(
        "Answers to choose from, where not said",
        min_value=2,
        max_value=10**9 - 1,
        step=1,
        key="guess",
        placeholder="not known",
    )
    link.note("guess", chosen)
    return chosen


def pick_second_verifier(verifiers: Sequence[str]) -> str | None:
    """Pick a verifier to hold beside the one that counts; an answer-only one first."""
    if not verifiers:
        return None
    default = next((name for name in verifiers if "answer" in name or "lenient" in name), verifiers[0])
    link.seed("verifier", [default], allowed=set(verifiers).__contains__)
    chosen = st.selectbox("Other verifier", list(verifiers), key="verifier")
    link.note("verifier", chosen)
    return chosen
