"""What the Paths page shows of the correct paths of a benchmark, made of what the store answers; kept by `cache`."""

from typing import Any

import pandas as pd

from backend.commands import trees as commands
from backend.errors import NotFound
from backend.exports.paths import path_points
from backend.store import queries
from backend.store.database import Store
from backend.store.sample_trees import benchmark_paths, kept_paths
from backend.store.scores import blocked_now
from backend.trees.evidence import LabelNull
from backend.trees.merge import Level
from backend.trees.paths import Paths, label_null_of_all, sole_paths
from pages.shared import tables

Runs = tuple[str, ...]
READ_AT_ONCE = 20_000
"""So many samples are read while the page waits; more in the background."""


def kept(held: Store, runs: Runs, level: str) -> Paths:
    """The correct paths of `runs`, if they were read before. Raises NotFound, which is not kept, where not."""
    found = kept_paths(held, runs, Level(level))
    if found is None:
        raise NotFound("The paths of these runs have not been read.", "Read them.")
    return found


def is_small(held: Store, runs: Runs, level: str) -> bool:
    """Whether the paths rest on so few samples that a page can wait while they are read."""
    about = queries.runs(held)
    texts = "samples" if level == Level.SEMANTIC else "correct"
    return int(about.loc[about["run"].isin(runs), texts].sum()) <= READ_AT_ONCE


def nulls(held: Store, runs: Runs, level: str, seed: int) -> list[LabelNull]:
    """How many correct paths each run alone took over the benchmark, against labels dealt out anew."""
    return label_null_of_all(benchmark_paths(held, runs, Level(level)), seed=seed)


def sole(held: Store, runs: Runs, level: str, q: float, epsilon: float) -> pd.DataFrame:
    """The correct paths that one run alone took, the surest first."""
    found = benchmark_paths(held, runs, Level(level))
    return sole_paths(found, blocked_now(held, found), q=q, epsilon=epsilon)


def curves(held: Store, runs: Runs, level: str) -> pd.DataFrame:
    """paths@k of each run, with its label, training and step, as `figures.curve_figure` wants it."""
    return path_points(benchmark_paths(held, runs, Level(level)), queries.runs(held))


def retention(held: Store, runs: Runs, level: str, m: int | None) -> list[dict[str, Any]]:
    """What each other run keeps of the first one's paths at one budget (`commands.trees.retention`)."""
    found = benchmark_paths(held, runs, Level(level))
    return commands.retention(found, tables.labels(held, runs), m)
