"""The metrics that can be drawn over k: from what is known of each problem to a value, and from values to a curve.

A run's data hold one row a problem: n and c, and what else a metric needs (`needs`): `valid`, the correct samples whose
reasoning was judged right too; `answers`, how often each distinct answer was given, the right one first (0 where nobody
gave it); `paths`, how many samples took each distinct correct path.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.covering import cover_noise, cover_population, cover_values
from backend.errors import BadInput
from backend.statistics.bootstrap import SEED, simultaneous_band, simultaneous_quantile
from backend.statistics.difficulty import benchmark_interval
from backend.statistics.estimators import g_pass_at_k, mean_g_pass_at_k, pass_at_k, pass_hat_k
from backend.statistics.intervals import population_interval, student_interval
from backend.statistics.votes import majority_curves

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POPULATION, BENCHMARK, SIMULTANEOUS = "population", "benchmark", "simultaneous"
INTERVALS = {
    POPULATION: "population of problems",
    BENCHMARK: "sampling noise on this fixed benchmark",
    SIMULTANEOUS: "population of problems, all points at once",
}
ORDERS, FEWEST_ORDERS, MOST_ORDERS = 20_000, 10, 2_000
"""Orders of a run's samples that are drawn for maj@k in all, and the fewest and most a problem."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number that a curve can show."""

    key: str
    label: str
    meaning: str
    values: Callable[[pd.DataFrame, Integers], Floats]
    """Of shape (problems, ks), or (problems, thresholds); NaN where undefined."""
    needs: str | None = None
    """The column that the data must have besides n and c."""
    is_share: bool = True
    """Whether values lie in [0, 1]."""
    successes: str | None = None
    """The column whose pass@k this is, where it is one; its sampling noise is then known."""
    axis: str = "k"
    """What the curve runs over: k, or τ."""
    how: str = "passk"
    """The paragraph of docs/method.md."""

    @property
    def over_k(self) -> bool:
        """Whether the curve runs over budgets."""
        return self.axis == "k"


def _pass_of(column: str) -> Callable[[pd.DataFrame, Integers], Floats]:
    return lambda data, ks: pass_at_k(data["n"], data[column], ks)


def _all_correct(data: pd.DataFrame, ks: Integers) -> Floats:
    return pass_hat_k(data["n"], data["c"], ks)


HALF = Fraction(1, 2)
"""The threshold τ of G-Pass@k where none is named."""


def _g_pass(threshold: Fraction) -> Callable[[pd.DataFrame, Integers], Floats]:
    return lambda data, ks: _looked_up(data, ks, threshold)


def _mean_g_pass(data: pd.DataFrame, ks: Integers) -> Floats:
    return _looked_up(data, ks, None)


def _looked_up(data: pd.DataFrame, ks: Integers, threshold: Fraction | None) -> Floats:
    """Return G-Pass@k, or mG-Pass@k for no threshold; with many problems of one n, from a table that all runs share."""
    n = data["n"].to_numpy()
    if n.size and (n == n[0]).all() and 4 * n.size > n[0]:
        return np.asarray(_table(int(n[0]), tuple(ks.tolist()), threshold)[data["c"].to_numpy()])
    return _g_pass_values(n, data["c"].to_numpy(), ks, threshold)


@lru_cache(maxsize=4)
def _table(n: int, ks: tuple[int, ...], threshold: Fraction | None) -> Floats:
    return _g_pass_values(np.full(n + 1, n), np.arange(n + 1), np.asarray(ks), threshold)


def _g_pass_values(n: Integers, c: Integers, ks: Integers, threshold: Fraction | None) -> Floats:
    return mean_g_pass_at_k(n, c, ks) if threshold is None else g_pass_at_k(n, c, ks, threshold)


def _majority(data: pd.DataFrame, ks: Integers) -> Floats:
    draws = min(MOST_ORDERS, max(FEWEST_ORDERS, ORDERS // max(1, len(data))))
    answers = [list(counts) for counts in data["answers"]]
    silent = [int(n) - sum(counts) for n, counts in zip(data["n"], answers, strict=True)]
    return majority_curves(answers, silent, ks.tolist(), draws=draws)


def _paths(data: pd.DataFrame, ks: Integers) -> Floats:
    """Return paths@k of all problems at once: pass@k of every path, summed by problem."""
    many = data["paths"].map(len).to_numpy(dtype=np.int64)
    drawn, seen = np.repeat(data["n"].to_numpy(), many), [x for paths in data["paths"] for x in paths]
    sums = np.zeros((len(data), len(ks)))
    np.add.at(sums, np.repeat(np.arange(len(data)), many), pass_at_k(drawn, seen, ks))
    return np.where(ks[None, :] > data["n"].to_numpy()[:, None], np.nan, sums)


METRICS = {
    metric.key: metric
    for metric in (
        Metric(key="pass_at_k", label="pass@k", meaning="at least one of k samples is correct", values=_pass_of("c"),
               successes="c"),
        Metric(key="pass_hat_k", label="pass^k", meaning="all k samples are correct", values=_all_correct,
               how="relatives-of-passk"),
        Metric(key="g_pass_at_k", label="G-Pass@k", meaning="at least half of k samples are correct",
               values=_g_pass(HALF), how="relatives-of-passk"),
        Metric(key="mg_pass_at_k", label="mG-Pass@k", meaning="mean of G-Pass@k over thresholds above one half",
               values=_mean_g_pass, how="relatives-of-passk"),
        Metric(key="maj_at_k", label="maj@k", meaning="the most frequent answer of k samples is correct",
               values=_majority, needs="answers", how="relatives-of-passk"),
        Metric(key="cot_pass_at_k", label="CoT-pass@k", values=_pass_of("valid"), needs="valid", successes="valid",
               meaning="at least one of k samples is correct by valid reasoning", how="relatives-of-passk"),
        Metric(key="paths_at_k", label="paths@k", values=_paths, needs="paths", is_share=False,
               meaning="distinct correct paths among k samples, steps merged by normalised text", how="sample-trees"),
        Metric(key="cover_at", label="Cover@τ", values=cover_values, axis="τ", how="coverτ",
               meaning="share of problems that a sample solves with probability τ or more"),
    )
}  # fmt: skip


def find_metric(key: str, threshold: Fraction = HALF) -> Metric:
    """Return the metric of this key. Raises BadInput where there is none.

    threshold: the share τ of k samples that must be correct, for G-Pass@k; in (0, 1].
    """
    if key not in METRICS:
        raise BadInput(f"There is no metric {key}.", f"Name one of {', '.join(METRICS)}.")
    if key != "g_pass_at_k":
        return METRICS[key]
    if not 0 < threshold <= 1:
        raise BadInput(f"The threshold is {threshold}.", "Name a share above 0, at most 1, like 1/2.")
    share = f"at least {threshold} of k samples" if threshold < 1 else "all k samples"
    values = _g_pass(threshold)
    return replace(METRICS[key], label=f"G-Pass@k, τ = {threshold}", meaning=f"{share} are correct", values=values)


def metric_curve(
    data: pd.DataFrame,
    ks: Sequence[float],
    *,
    metric: str = "pass_at_k",
    threshold: Fraction = HALF,
    interval: str = POPULATION,
    level: float = 0.95,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return one run's curve: one row a k, with k, value, low, high, problems (how many have k samples).

    data: one row a problem, as the module says; k is τ for a metric that runs over τ. value is NaN where not every
    scored problem has k samples, since the mean would silently be over other problems; problems without scored samples
    are missing, not failed. low and high are NaN where this interval is not known for the metric. Raises BadInput for
    names that do not exist.
    """
    wanted = find_metric(metric, threshold)
    if interval not in INTERVALS:
        raise BadInput(f"There is no interval {interval}.", f"Name one of {', '.join(INTERVALS)}.")
    if wanted.needs and wanted.needs not in data:
        raise BadInput(f"{wanted.label} needs {wanted.needs}, which the counts do not hold.", "Pick another metric.")
    scored = data[data["n"] > 0]
    budgets = np.asarray(ks, dtype=np.int64 if wanted.over_k else float)
    needed = budgets if wanted.over_k else np.ones_like(budgets)
    behind = (scored["n"].to_numpy()[:, None] >= needed).sum(axis=0)
    columns = np.full((3, len(budgets)), np.nan)
    defined = (behind == len(scored)) & (len(scored) > 0)
    if defined.any():
        columns[:, defined] = _summary(wanted, scored, budgets[defined], interval, level, seed)
    return pd.DataFrame({"k": budgets, "value": columns[0], "low": columns[1], "high": columns[2], "problems": behind})


def _summary(metric: Metric, data: pd.DataFrame, ks: Integers, interval: str, level: float, seed: int) -> Floats:
    """Return mean, low and high over problems at each k, all defined."""
    if interval == BENCHMARK and metric.successes:
        return np.stack(benchmark_interval(data["n"], data[metric.successes], ks, level))
    if interval == BENCHMARK and metric.key == "pass_hat_k":
        mean, low, high = benchmark_interval(data["n"], data["n"] - data["c"], ks, level)
        return np.stack([1 - mean, 1 - high, 1 - low])
    values = metric.values(data, ks)
    if not metric.over_k and interval != SIMULTANEOUS:
        return (cover_noise if interval == BENCHMARK else cover_population)(values, level)
    if interval == BENCHMARK:
        unknown = np.full(len(ks), np.nan)
        return np.stack([values.mean(axis=0), unknown, unknown])
    if interval == SIMULTANEOUS:
        return np.stack(
            simultaneous_band(values, level, seed) if metric.is_share else _band_of_counts(values, level, seed)
        )
    return np.stack(population_interval(values, level) if metric.is_share else student_interval(values, level))


def _band_of_counts(values: Floats, level: float, seed: int) -> tuple[Floats, Floats, Floats]:
    mean = values.mean(axis=0)
    if values.shape[0] < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = simultaneous_quantile(values, level, seed) * np.sqrt(values.var(axis=0, ddof=1) / values.shape[0])
    return mean, np.maximum(mean - half, 0.0), mean + half
