"""What is said of runs beside their numbers: what to call them, which to open on, what a reader of curves must know."""

from collections.abc import Sequence

import pandas as pd

from backend.comparison.counts import solved_sets
from backend.comparison.finding import labels_of, settings_that_differ
from backend.comparison.words import from_to
from backend.records import Training

SET_WORDS = {
    "both": "Both",
    "base_only": "Seen only in base",
    "rlvr_only": "Seen only in RLVR",
    "neither": "Neither",
    "not_compared": "Not compared",
}


def described_points(points: pd.DataFrame, about: pd.DataFrame, runs: Sequence[str]) -> pd.DataFrame:
    """Points of curves with label, training and step of their runs."""
    drawn = points.merge(about[["run", "training", "checkpoint_step"]], on="run", how="left")
    return drawn.assign(label=drawn["run"].map(labels_of(about.set_index("run", drop=False).loc[list(runs)])))


def n_in_words(points: pd.DataFrame) -> str:
    """How many samples a problem stand behind drawn curves: `n = 256 to 1,024 samples a problem`."""
    whole = points[points["part"] == "all"]
    return f"n = {from_to(int(whole['n_min'].min()), int(whole['n_max'].max()))} samples a problem"


def notes_on_curves(points: pd.DataFrame, about: pd.DataFrame, left_out: int) -> list[str]:
    """What a reader must know so that the drawn curves do not mislead, one sentence each; `about` has a row a run."""
    notes = settings_that_differ(about)
    if left_out:
        drawn = int(points["problems"].iloc[0])
        notes.append(
            f"Drawn over the {drawn:,} problems that all picked runs have; "
            f"{left_out:,} that only some have are left out."
        )
    ends = points[points["part"] == "all"].groupby("run")["n_min"].first()
    for run, more in points[points["part"] == "subset"].groupby("run", sort=False):
        largest, full = int(more["n_min"].iloc[0]), int(more["problems"].iloc[0])
        notes.append(
            f"{more['label'].iloc[0]} has {ends[run]:,} to {largest:,} samples a problem: its curve ends at "
            f"k = {ends[run]:,}; the dashed line goes on over the problems that have {largest:,}: {full:,} of them."
        )
    for name, errors, unscored in zip(about["name"], about["errors"], about["unscored"], strict=True):
        if errors or unscored:
            notes.append(f"{name}: {errors:,} samples with errors and {unscored:,} not scored are not counted in n.")
    return notes


def sizes_of_sets(base: pd.DataFrame, rlvr: pd.DataFrame) -> pd.DataFrame:
    """One row a set: solved, label, problems, share of the compared ones. `not_compared` only where there are any."""
    sizes = {name: len(found) for name, found in solved_sets(base, rlvr).items()}
    compared = sum(sizes.values()) - sizes["not_compared"]
    return pd.DataFrame(
        [
            {"solved": name, "label": SET_WORDS[name], "problems": size, "share": size / compared if compared else 0.0}
            for name, size in sizes.items()
            if name != "not_compared" or size
        ]
    )


ALIKE = ("temperature", "top_p")


def ready_made(runs: pd.DataFrame) -> tuple[str | None, str | None]:
    """The comparison to open on: an RLVR model's last checkpoint and the base model that it was trained from.

    Both drawn with the same settings where there are such runs, and with those that most checkpoints have.
    """
    trained = runs[runs["training"] == Training.RLVR]
    checkpoints = trained.groupby(["base_model", *ALIKE], dropna=False)["run"].transform("size")
    trained = trained.assign(checkpoints=checkpoints)
    trained = trained.sort_values(["checkpoints", "checkpoint_step", "samples"], ascending=False)
    bases = runs[runs["training"] == Training.BASE]
    for row in trained.to_dict("records"):
        origin = bases[bases["model"] == row["base_model"]]
        if len(origin):
            alike = pd.concat([origin[name].isin([row[name]]) for name in ALIKE], axis=1).sum(axis=1)
            return str(origin["run"].loc[alike.idxmax()]), str(row["run"])
    return _first(bases), _first(trained)


def _first(runs: pd.DataFrame) -> str | None:
    return str(runs["run"].iloc[0]) if len(runs) else None
