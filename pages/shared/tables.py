"""What pages show, made of what the store answers: frames as figures and tables want them, and sentences about them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from backend.comparison import curves as drawing
from backend.comparison.boundary_words import rerun_in_words as rerun_of
from backend.comparison.counts import compared_counts, shared_problems
from backend.comparison.describing import described_points, sizes_of_sets
from backend.comparison.finding import SETTINGS, labels_of
from backend.comparison.finding import finding as finding_of
from backend.statistics.bootstrap import SEED
from backend.store import problem_queries, queries
from backend.store.database import Store


def curves(held: Store, runs: tuple[str, ...]) -> pd.DataFrame:
    """The curves of `runs` over their shared problems (`comparison.curves.curves`), with label, training and step."""
    return described(held, drawing.curves(in_order(queries.correct_counts(held, runs), runs)), runs)


def described(held: Store, points: pd.DataFrame, runs: tuple[str, ...]) -> pd.DataFrame:
    """Points of curves with label, training and step of their runs."""
    return described_points(points, queries.runs(held), runs)


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
    """`comparison.describing.sizes_of_sets` of two runs."""
    return sizes_of_sets(*counts_of_pair(held, base, rlvr))


def rerun_in_words(held: Store, base: str, rlvr: str) -> str:
    """`comparison.boundary_words.rerun_in_words` of two runs."""
    return rerun_of(compared(held, base, rlvr))


def telling_problem(held: Store, benchmark: str, base: str, rlvr: str) -> str | None:
    """The problem to open on: the one that base solved most often and RLVR never, else the benchmark's first."""
    rows, total = problem_queries.compared_problems(
        held, base, rlvr, solved="base_only", sort="c_base", descending=True, limit=1
    )
    if total:
        return str(rows["problem"].iloc[0])
    names = problem_queries.problem_names(held, benchmark, limit=1)
    return names[0] if names else None
