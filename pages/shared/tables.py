"""What pages show, made of what the store answers: frames as figures and tables want them, and sentences about them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from backend.comparison import boundary
from backend.comparison import curves as drawing
from backend.comparison.counts import compared_counts, shared_problems
from backend.comparison.counts import solved_sets as sets_of
from backend.comparison.finding import SETTINGS, labels_of, settings_that_differ
from backend.comparison.finding import finding as finding_of
from backend.statistics.bootstrap import SEED
from backend.statistics.intervals import wilson_share
from backend.store import queries
from backend.store.database import Store
from pages.shared.texts import counted

SET_WORDS = {
    "both": "Both",
    "base_only": "Seen only in base",
    "rlvr_only": "Seen only in RLVR",
    "neither": "Neither",
    "not_compared": "Not compared",
}


def curves(held: Store, runs: tuple[str, ...]) -> pd.DataFrame:
    """The curves of `runs` over their shared problems (`comparison.curves.curves`), with label, training and step."""
    return described(held, drawing.curves(in_order(queries.correct_counts(held, runs), runs)), runs)


def described(held: Store, points: pd.DataFrame, runs: tuple[str, ...]) -> pd.DataFrame:
    """Points of curves with label, training and step of their runs."""
    about = queries.runs(held)[["run", "training", "checkpoint_step"]]
    drawn = points.merge(about, on="run", how="left")
    return drawn.assign(label=drawn["run"].map(labels(held, runs)))


def in_order(counts: pd.DataFrame, runs: tuple[str, ...]) -> pd.DataFrame:
    """Counts of `runs`, in their order."""
    places = {run: place for place, run in enumerate(runs)}
    return counts.sort_values("run", key=lambda column: column.map(places), kind="stable")


def counts_of_pair(held: Store, base: str, rlvr: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts of each of two runs."""
    counts = queries.correct_counts(held, (base, rlvr))
    return counts[counts["run"] == base], counts[counts["run"] == rlvr]


def compared(held: Store, base: str, rlvr: str) -> pd.DataFrame:
    """Counts of the problems that both runs have scored samples of."""
    return compared_counts(*counts_of_pair(held, base, rlvr))


def labels(held: Store, runs: tuple[str, ...]) -> dict[str, str]:
    """What to call runs beside each other: by the model alone where that tells them apart and begins their names."""
    return labels_of(queries.runs(held).set_index("run", drop=False).loc[list(runs)])


def finding(held: Store, base: str, rlvr: str, *, level: float = 0.95, seed: int = SEED) -> str:
    """What the two curves show, in one sentence."""
    names = labels(held, (base, rlvr))
    return finding_of(names[base], names[rlvr], compared(held, base, rlvr), level=level, seed=seed)


def problems_left_out(held: Store, runs: tuple[str, ...]) -> int:
    """How many problems only some of `runs` have scored samples of."""
    scored = queries.correct_counts(held, runs).query("n > 0")
    shared = shared_problems([scored[scored["run"] == run] for run in runs])
    return scored["problem"].nunique() - len(shared)


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


def run_table(points: pd.DataFrame, about: pd.DataFrame, values: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """One row a run of `about`: Run, Training, Step, the settings that differ, `values`, Problems, n."""
    problems = points[points["part"] == "all"].groupby("run")["problems"].first()
    shown = pd.DataFrame({"Run": about["name"], "Training": about["training"], "Step": about["checkpoint_step"]})
    for column, word in SETTINGS.items():
        if column in about and about[column].nunique(dropna=False) > 1:
            shown[word] = about[column]
    for name, shares in values.items():
        shown[name] = list(shares)
    shown["Problems"] = about["run"].map(problems)
    shown["n"] = [_from_to(low, high) for low, high in zip(about["n_min"], about["n_max"], strict=True)]
    return shown.dropna(axis="columns", how="all")


def _from_to(low: Any, high: Any) -> str:
    if pd.isna(low):
        return "0"
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def solved_sets(held: Store, base: str, rlvr: str) -> pd.DataFrame:
    """One row a set: solved, label, problems, share of the compared ones. `not_compared` only where there are any."""
    sizes = {name: len(found) for name, found in sets_of(*counts_of_pair(held, base, rlvr)).items()}
    compared = sum(sizes.values()) - sizes["not_compared"]
    return pd.DataFrame(
        [
            {"solved": name, "label": SET_WORDS[name], "problems": size, "share": size / compared if compared else 0.0}
            for name, size in sizes.items()
            if name != "not_compared" or size
        ]
    )


def rerun_in_words(held: Store, base: str, rlvr: str) -> str:
    """What RLVR lost and gained at half the smallest n, beside what a rerun of either would; empty where n is 1."""
    counts = compared(held, base, rlvr)
    m = boundary.rerun_budget(counts)
    if not m:
        return ""
    table = boundary.solved_table(counts, m)
    lost, gained = (boundary.self_null(counts[f"n_{side}"], counts[f"c_{side}"], m) for side in ("base", "rlvr"))
    return (
        f"With {counted(m, 'sample')} a problem, RLVR would miss {table.base_only:,.1f} problems that base solves; "
        f"a rerun of base would miss {lost:,.1f}. Base would miss {table.rlvr_only:,.1f} that RLVR solves; "
        f"a rerun of RLVR would miss {gained:,.1f}."
    )


def counts_of_problem(held: Store, benchmark: str, problem: str) -> pd.DataFrame:
    """`queries.counts_of_problem` with label, and the share of correct samples with its Wilson interval."""
    counts = queries.counts_of_problem(held, benchmark, problem)
    low, high = wilson_share(counts["c"], counts["n"])
    share = counts["c"] / counts["n"].where(counts["n"] > 0)
    return counts.rename(columns={"name": "label"}).assign(share=share, low=low, high=high)


def telling_problem(held: Store, benchmark: str, base: str, rlvr: str) -> str | None:
    """The problem to open on: the one that base solved most often and RLVR never, else the benchmark's first."""
    rows, total = queries.compared_problems(
        held, base, rlvr, solved="base_only", sort="c_base", descending=True, limit=1
    )
    if total:
        return str(rows["problem"].iloc[0])
    names = queries.problem_names(held, benchmark, limit=1)
    return names[0] if names else None
