"""Intervals: how far the truth may lie from an estimate. docs/method.md tells each formula and its source."""

from math import log

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-28
"""A variance between shares below this is rounding, not spread."""
UNSEEN = 0.05
"""As if so much of one more problem had been seen that differs altogether: where all but agree, a mean is no surer than
so many yes-or-no problems make it, since a few hard ones among those not seen would move it."""


def wilson(share: npt.ArrayLike, n: npt.ArrayLike, quantile: float) -> tuple[Floats, Floats]:
    """Return Wilson's score interval for a share seen in n draws; NaN where the share is NaN or n is 0.

    quantile: the two-sided quantile, 1.96 for 95 % under the normal. Source: Wilson 1927.
    """
    p, n = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    n = np.where(n > 0, n, np.nan)
    shrink = quantile**2 / n
    centre = (p + shrink / 2) / (1 + shrink)
    half = quantile * np.sqrt(np.maximum(p * (1 - p) / n + shrink / (4 * n), 0.0)) / (1 + shrink)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def wilson_share(c: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Wilson's interval for c of n; NaN where n is 0."""
    n = np.asarray(n, dtype=float)
    n = np.where(n > 0, n, np.nan)
    return wilson(np.asarray(c, dtype=float) / n, n, float(ndtri((1 + level) / 2)))


def clopper_pearson(c: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's exact two-sided interval for c of n; NaN where n is 0. Source: 1934."""
    tail = (1 + level) / 2
    missed = np.asarray(n, dtype=np.int64) - np.asarray(c, dtype=np.int64)
    return 1.0 - exact_upper(missed, n, tail), exact_upper(c, n, tail)


def exact_upper(c: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> Floats:
    """Return the exact one-sided upper bound of a share seen c of n times; 1 where c is n, NaN where n is 0."""
    solved, drawn = np.asarray(c, dtype=float), np.asarray(n, dtype=float)
    bound = betaincinv(solved + 1, np.maximum(drawn - solved, 0.5), level)
    return np.asarray(np.where(drawn > 0, np.where(solved < drawn, bound, 1.0), np.nan))


def draws_needed(epsilon: float, level: float = 0.95) -> int:
    """Return how many samples without a hit would show that a share is below ε: the least n with (1−ε)^n < 1−level."""
    return int(log(1 - level) / log(1 - epsilon)) + 1


def population_interval(values: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """Return mean, low and high of a share over problems, as draws from a population of problems.

    values: shape (problems, points), one estimate in [0, 1] a problem and point. Each point's interval is Wilson's
    with the effective number of problems and Student's t with P − 1 degrees of freedom. NaN where any problem's value
    is NaN; low and high are NaN with fewer than two problems, which say nothing of a population.
    Source: Miller 2024, arXiv 2411.00640, for the standard error; science of the mode: docs/method.md.
    """
    g = np.asarray(values, dtype=float)
    problems = g.shape[0]
    if problems == 0:
        nothing = np.full(g.shape[1], np.nan)
        return nothing, nothing, nothing
    mean = g.mean(axis=0)
    if problems == 1:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    low, high = wilson(mean, effective_problems(g), float(stdtrit(problems - 1, (1 + level) / 2)))
    return mean, low, high


def effective_problems(values: npt.ArrayLike) -> Floats:
    """Return, for each point, how many yes-or-no problems would leave the mean as uncertain: m(1−m)/SE², SE² = s²/P.

    values: shape (problems, points), at least two problems. It is P where m is 0 or 1 or where all problems agree,
    which leaves SE² = 0 and says nothing; and it tends to P where nearly all are at 0 or at 1 (`UNSEEN`).
    """
    g = np.asarray(values, dtype=float)
    mean, problems = g.mean(axis=0), g.shape[0]
    squares = g.var(axis=0, ddof=1) * problems
    agree = (mean == 0) | (mean == 1) | (squares <= ROUNDING)
    return np.asarray(np.where(agree, problems, effective_number(problems, mean * (1 - mean), squares)))


def effective_number(trials: npt.ArrayLike, spread: npt.ArrayLike, squares: npt.ArrayLike) -> Floats:
    """Return how many yes-or-no trials would leave a mean as uncertain as it is.

    trials: how many there were; spread: the variance that one yes-or-no trial of this mean has; squares: the sum of
    the squared deviations. Without `UNSEEN` it is spread / (squares / trials²).
    """
    n = np.asarray(trials, dtype=float)
    return np.asarray(n * (n * np.asarray(spread) + UNSEEN) / (np.asarray(squares) + UNSEEN))


def ratio_interval(parts: npt.ArrayLike, wholes: npt.ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Return low and high of Σ parts / Σ wholes over a population of problems; NaN over nothing or fewer than two.

    parts, wholes: one entry a problem, 0 ≤ part ≤ whole ≤ 1. Wilson's form with the effective number of trials.
    """
    ratio, n = ratio_trials(parts, wholes)
    low, high = wilson(ratio, n, float(stdtrit(max(np.size(parts) - 1, 1), (1 + level) / 2)))
    return float(low), float(high)


def ratio_trials(parts: npt.ArrayLike, wholes: npt.ArrayLike) -> tuple[float, float]:
    """Return Σ parts / Σ wholes and its effective number of trials; NaN over nothing or fewer than two problems.

    Without spread between problems there are Σ wholes trials; the squared deviations are those of part − ratio · whole
    (the ratio's first-order error).
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    trials = float(whole.sum())
    if part.size < 2 or not trials > 0:
        return float("nan"), float("nan")
    ratio = min(float(part.sum()) / trials, 1.0)
    squares = ((part - ratio * whole) ** 2).sum() * part.size / (part.size - 1)
    return ratio, float(trials if squares <= ROUNDING else effective_number(trials, ratio * (1 - ratio), squares))


def student_interval(
    values: npt.ArrayLike, level: float = 0.95, *, least: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Return mean, low and high over problems of a number that is not a share; NaN as in `population_interval`.

    least: the least value that the number can have, below which the interval does not reach.
    """
    g = np.asarray(values, dtype=float)
    mean = g.mean(axis=0) if g.shape[0] else np.full(g.shape[1], np.nan)
    if g.shape[0] < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = float(stdtrit(g.shape[0] - 1, (1 + level) / 2)) * np.sqrt(g.var(axis=0, ddof=1) / g.shape[0])
    return mean, np.maximum(mean - half, least), mean + half


def share_of_sums(parts: npt.ArrayLike, wholes: npt.ArrayLike) -> tuple[float, float]:
    """Return Σ parts / Σ wholes over problems and its standard error over a population of problems.

    parts, wholes: one number a problem. The error is that of the ratio made linear, √(Σ r² P/(P−1)) / Σ wholes with
    r = part − share · whole (Cochran 1977, section 6.4). NaN where the wholes sum to 0; the error also with fewer than
    two problems.
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    problems, total = whole.size, float(whole.sum())
    if not total > 0:
        return float("nan"), float("nan")
    share = float(part.sum()) / total
    if problems < 2:
        return share, float("nan")
    squares = float(((part - share * whole) ** 2).sum())
    return share, (squares * problems / (problems - 1)) ** 0.5 / total
