"""The trainings of a benchmark and the series of their checkpoints, made of what the store answers; kept by `cache`."""

from typing import Any

import pandas as pd

from backend.comparison.series import checkpoint_series
from backend.records import Training
from backend.store import queries
from backend.store.database import Store
from backend.store.places import SETTINGS
from backend.store.training_logs import family_of
from pages.shared.comparing import sampled_alike


def families(held: Store, benchmark: str) -> dict[str, dict[str, Any]]:
    """The trainings with two checkpoints or more on a benchmark, sampled alike: family, runs by step, settings.

    The key names training and settings. The base model's run with the same settings stands at step 0, if there is one.
    """
    every = queries.runs(held, benchmark)
    stepped = every[(every["training"] == Training.RLVR) & every["checkpoint_step"].notna()]
    named = stepped.assign(
        family=[family_of(m, int(s)) for m, s in zip(stepped["model"], stepped["checkpoint_step"], strict=True)]
    )
    found = {}
    for key, own in named.groupby(["family", *SETTINGS], dropna=False, sort=False):
        family, *settings = list(key)
        runs = {int(step): str(run) for step, run in zip(own["checkpoint_step"], own["run"], strict=True)}
        if len(runs) < 2:
            continue
        alike = every[(every["training"] == Training.BASE) & every["model"].isin(own["base_model"])]
        alike = sampled_alike(alike, settings)
        if len(alike):
            runs[0] = str(alike["run"].iloc[0])
        said: Any = settings[0]
        temperature = "" if pd.isna(said) else f", temperature {said:g}"
        found[f"{family}{temperature}"] = {"family": str(family), "runs": dict(sorted(runs.items()))}
    return found


def series(held: Store, runs: tuple[tuple[int, str], ...], *, interval: str, level: float, seed: int) -> pd.DataFrame:
    """`comparison.series.checkpoint_series` of runs, each with its step."""
    counts = queries.correct_counts(held, [run for _, run in runs])
    by_step = {step: counts[counts["run"] == run] for step, run in runs}
    return checkpoint_series(by_step, interval=interval, level=level, seed=seed)
