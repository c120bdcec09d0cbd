"""The settings of runs side by side, as a report shows them."""

from typing import Any

import pandas as pd

from backend.comparison.finding import settings_that_differ
from backend.comparison.words import from_to
from backend.exports.material import Material

SETTING_WORDS = {
    "name": "Run", "model": "Model", "training": "Training", "base_model": "Trained from", "checkpoint_step": "Step",
    "temperature": "Temperature", "top_p": "Top-p", "max_tokens": "Max tokens", "prompt_template": "Prompt",
    "verifier": "Verifier", "problems": "Problems", "samples": "Samples", "n": "Scored samples a problem, n",
    "errors": "Errors, not counted", "unscored": "Not scored, not counted",
}  # fmt: skip


def setting_rows(material: Material) -> list[tuple[str, list[Any], bool]]:
    """Return one row a setting: what it is, its value in each run, whether they differ."""
    about = material.runs.assign(
        n=[from_to(low, high) if low == low else "none" for low, high in zip(
            material.runs["n_min"], material.runs["n_max"], strict=True
        )]
    )  # fmt: skip
    differing = " ".join(settings_that_differ(material.runs))
    rows = []
    for column, words in SETTING_WORDS.items():
        values = [value.item() if hasattr(value, "item") else value for value in about[column]]
        if column in ("checkpoint_step", "max_tokens"):
            values = [None if pd.isna(value) else int(value) for value in values]
        rows.append((words, values, f"{words} differs" in differing))
    return rows
