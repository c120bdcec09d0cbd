"""Curves of several runs over the problems that all of them have."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.counts import k_grid, shared_problems, smallest_n
from backend.comparison.covering import THRESHOLDS
from backend.comparison.metrics import HALF, POPULATION, find_metric, metric_curve
from backend.statistics.bootstrap import SEED
from backend.statistics.estimators import guess_floor


def curves(
    counts: pd.DataFrame,
    *,
    metric: str = "pass_at_k",
    threshold: Fraction = HALF,
    interval: str = POPULATION,
    level: float = 0.95,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return a metric's curve for several runs over the problems that all of them have scored samples of.

    counts: one row a run and problem (run, problem, n, c, and what the metric needs). One row of the result is one
    point: run, part, k, value, low, high, problems, n_min, n_max (fewest and most samples a problem). The part `all`
    ends at the run's smallest n; where some problems have more samples, the part `subset` goes on over those with the
    largest n, a fixed set, and says how many they are. For a metric over τ, k is τ and there is one part.
    """
    each = {str(run): frame for run, frame in counts.groupby("run", sort=False)}
    shared = shared_problems(each.values())
    kept = {run: frame[frame["problem"].isin(shared)] for run, frame in each.items()}
    ends = {smallest_n(frame) for frame in kept.values()}
    draw = partial(metric_curve, metric=metric, threshold=threshold, interval=interval, level=level, seed=seed)
    make = partial(_parts, ends=ends) if find_metric(metric, threshold).over_k else _over_thresholds
    parts = [part for run, frame in kept.items() for part in make(run, frame, draw=draw)]
    columns = ["run", "part", "k", "value", "low", "high", "problems", "n_min", "n_max"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


Draw = Callable[[pd.DataFrame, Sequence[float]], pd.DataFrame]


def _over_thresholds(run: str, counts: pd.DataFrame, *, draw: Draw) -> list[pd.DataFrame]:
    scored = counts[counts["n"] > 0]
    if scored.empty:
        return []
    n = {"n_min": int(scored["n"].min()), "n_max": int(scored["n"].max())}
    return [draw(scored, THRESHOLDS).assign(run=run, part="all", **n)]


def _parts(run: str, counts: pd.DataFrame, *, ends: set[int], draw: Draw) -> list[pd.DataFrame]:
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


def floor_of_guessing(answer_spaces: Sequence[float | None], ks: Sequence[int]) -> npt.NDArray[np.float64] | None:
    """Return pass@k of a guesser who picks evenly, the mean over problems; None where a problem's space is not known.

    answer_spaces: how many answers there are to choose from, one entry a problem.
    """
    spaces = pd.Series(list(answer_spaces), dtype="Float64")
    if spaces.empty or spaces.isna().any() or (spaces < 1).any():
        return None
    sizes, weight = np.unique(spaces.to_numpy(dtype=np.int64), return_counts=True)
    each = np.stack([guess_floor(int(size), ks) for size in sizes])
    return np.asarray(weight @ each / weight.sum())
