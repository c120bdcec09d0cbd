"""Curves of several runs over the problems that all of them have."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from backend.comparison.counts import k_grid, shared_problems, smallest_n
from backend.comparison.metrics import POPULATION, metric_curve
from backend.statistics.bootstrap import SEED


def curves(
    counts: pd.DataFrame,
    *,
    metric: str = "pass_at_k",
    interval: str = POPULATION,
    level: float = 0.95,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return a metric's curve for several runs over the problems that all of them have scored samples of.

    counts: one row a run and problem (run, problem, n, c, and what the metric needs). One row of the result is one
    point: run, part, k, value, low, high, problems, n_min, n_max (fewest and most samples a problem). The part `all`
    ends at the run's smallest n; where some problems have more samples, the part `subset` goes on over those with the
    largest n, a fixed set, and says how many they are.
    """
    each = {str(run): frame for run, frame in counts.groupby("run", sort=False)}
    shared = shared_problems(each.values())
    kept = {run: frame[frame["problem"].isin(shared)] for run, frame in each.items()}
    ends = {smallest_n(frame) for frame in kept.values()}
    draw = partial(metric_curve, metric=metric, interval=interval, level=level, seed=seed)
    parts = [part for run, frame in kept.items() for part in _parts(run, frame, ends, draw)]
    columns = ["run", "part", "k", "value", "low", "high", "problems", "n_min", "n_max"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _parts(
    run: str, counts: pd.DataFrame, ends: set[int], draw: Callable[[pd.DataFrame, Sequence[int]], pd.DataFrame]
) -> list[pd.DataFrame]:
    """One run's curve; `ends` are the k at which some run's curve ends: all need a point where they are compared."""
    smallest = smallest_n(counts)
    if not smallest:
        return []
    largest = int(counts["n"].max())
    budgets = sorted({*k_grid(smallest), *(k for k in ends if 0 < k <= smallest)})
    whole = draw(counts, budgets).assign(run=run, part="all", n_min=smallest, n_max=largest)
    if largest == smallest:
        return [whole]
    beyond = [k for k in k_grid(largest) if k >= smallest]
    full = counts[counts["n"] == largest]
    return [whole, draw(full, beyond).assign(run=run, part="subset", n_min=largest, n_max=largest)]


def curve_ends(points: pd.DataFrame) -> pd.DataFrame:
    """Return one row a run of `curves`: run, at_1, k_max (of this run), at_k_max, k_common, at_k_common.

    k_common is the largest k that every run reaches; at it the runs can be compared.
    """
    known = points[(points["part"] == "all") & points["value"].notna()]
    last = known.groupby("run", sort=False).tail(1).set_index("run")
    common = int(last["k"].min()) if len(last) else 0
    at = {k: known[known["k"] == k].set_index("run")["value"] for k in (1, common)}
    ends = pd.DataFrame({"at_1": at[1], "k_max": last["k"], "at_k_max": last["value"]}, index=last.index)
    return ends.assign(k_common=common, at_k_common=at[common]).reset_index()
