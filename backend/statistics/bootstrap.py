"""Bands that hold over all k at once, by resampling problems; intervals of paired differences.

Problems are resampled, never samples within a problem: near k = n that is biased (docs/method.md). Every function is
seeded, and the same draws serve every k and both runs, so that what is paired stays paired.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from backend.statistics.intervals import ROUNDING, effective_number, effective_problems, wilson

Floats = npt.NDArray[np.float64]

DRAWS = 2_000
SEED = 20_250_418
BISECTIONS = 50


@lru_cache(maxsize=2)
def problem_weights(problems: int, *, draws: int = DRAWS, seed: int = SEED) -> npt.NDArray[np.float32]:
    """Return the share of each problem in each of `draws` resamples of the problems; shape (draws, problems)."""
    rng = np.random.default_rng(seed)
    weights = np.empty((draws, problems), dtype=np.float32)
    for row in weights:
        row[:] = np.bincount(rng.integers(0, problems, problems), minlength=problems)
    weights /= problems
    weights.setflags(write=False)
    return weights


def resampled_means(values: npt.ArrayLike, seed: int = SEED) -> Floats:
    """Return the mean over each resample of the problems; values has shape (problems, points), none NaN."""
    g = np.asarray(values)
    return np.asarray(problem_weights(g.shape[0], seed=seed) @ g.astype(np.float32), dtype=float)


def simultaneous_quantile(values: npt.ArrayLike, level: float = 0.95, seed: int = SEED) -> float:
    """Return how many standard errors a band must reach to hold at all points at once, with the given confidence.

    values: shape (problems, points). It is the quantile over resamples of the largest studentised deviation, and never
    less than Student's t of one point. NaN with fewer than two problems.
    """
    g = np.asarray(values, dtype=float)
    problems = g.shape[0]
    if problems < 2:
        return float("nan")
    pointwise = float(stdtrit(problems - 1, (1 + level) / 2))
    error = np.sqrt(g.var(axis=0, ddof=1) / problems)
    moving = error > 1e-14
    if not moving.any():
        return pointwise
    centred = (g - g.mean(axis=0))[:, moving]
    means, squares = resampled_means(centred, seed), resampled_means(centred**2, seed)
    spread = np.sqrt(np.maximum(squares - means**2, 0.0) / (problems - 1))
    deviation = np.abs(means) / np.maximum(spread, error[moving] / 2)
    return max(pointwise, float(np.quantile(deviation.max(axis=1), level)))


def simultaneous_band(values: npt.ArrayLike, level: float = 0.95, seed: int = SEED) -> tuple[Floats, Floats, Floats]:
    """Return mean, low and high of a share over problems, the band holding at all points at once.

    values: shape (problems, points), in [0, 1], none NaN. Each point has Wilson's form with the effective number of
    problems, as in `intervals.population_interval`, with the quantile that serves all points.
    """
    g = np.asarray(values, dtype=float)
    mean = g.mean(axis=0) if g.shape[0] else np.full(g.shape[1], np.nan)
    if g.shape[0] < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    low, high = wilson(mean, effective_problems(g), simultaneous_quantile(g, level, seed))
    return mean, low, high


def difference_interval(differences: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return low and high of the mean paired difference over a population of problems, each point for itself.

    differences: shape (problems, points), in [−1, 1]. It is Tango's score interval for paired shares (1998) with the
    effective number of problems and Student's t; where every difference is −1, 0 or 1 (k = n) just Tango's, with the
    normal quantile. NaN with fewer than two problems.
    """
    d = np.asarray(differences, dtype=float)
    problems, points = d.shape
    if problems < 2:
        return np.full(points, np.nan), np.full(points, np.nan)
    normal, student = float(ndtri((1 + level) / 2)), float(stdtrit(problems - 1, (1 + level) / 2))
    gained, lost, pairs = _effective_pairs(d)
    return _score_interval(gained, lost, pairs, np.where(_whole(d), normal, student))


def difference_band(differences: npt.ArrayLike, level: float = 0.95, seed: int = SEED) -> tuple[Floats, Floats]:
    """Return low and high as `difference_interval`, holding at all points at once."""
    d = np.asarray(differences, dtype=float)
    if d.shape[0] < 2:
        return np.full(d.shape[1], np.nan), np.full(d.shape[1], np.nan)
    gained, lost, pairs = _effective_pairs(d)
    return _score_interval(gained, lost, pairs, np.full(d.shape[1], simultaneous_quantile(d, level, seed)))


def tango_interval(gained: int, lost: int, pairs: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of (gained − lost) / pairs, where so many pairs differ either way (Tango 1998)."""
    return _single(gained / pairs, lost / pairs, pairs, float(ndtri((1 + level) / 2)))


def net_ratio_interval(
    gained: npt.ArrayLike, lost: npt.ArrayLike, wholes: npt.ArrayLike, level: float = 0.95
) -> tuple[float, float]:
    """Return low and high of Σ (gained − lost) / Σ wholes over a population of problems; NaN as in `ratio_interval`.

    One entry a problem, gained + lost ≤ whole ≤ 1. Tango's form, as in `difference_interval`, with the squared
    deviations of gained − lost − ratio · whole.
    """
    plus, minus, whole = (np.asarray(value, dtype=float) for value in (gained, lost, wholes))
    trials = float(whole.sum())
    if whole.size < 2 or not trials > 0:
        return float("nan"), float("nan")
    up, down = float(plus.sum()) / trials, float(minus.sum()) / trials
    squares = ((plus - minus - (up - down) * whole) ** 2).sum() * whole.size / (whole.size - 1)
    pairs = trials if squares <= ROUNDING else effective_number(trials, up + down - (up - down) ** 2, squares)
    return _single(up, down, float(pairs), float(stdtrit(whole.size - 1, (1 + level) / 2)))


def _single(gained: float, lost: float, pairs: float, quantile: float) -> tuple[float, float]:
    low, high = _score_interval(*(np.array([value]) for value in (gained, lost, pairs, quantile)))
    return float(low[0]), float(high[0])


def _whole(d: Floats) -> npt.NDArray[np.bool_]:
    """Tell for each point whether every difference is −1, 0 or 1."""
    return np.asarray(np.isin(d, (-1.0, 0.0, 1.0)).all(axis=0))


def _effective_pairs(d: Floats) -> tuple[Floats, Floats, Floats]:
    """Return gains and losses a problem, and how many yes-or-no pairs would leave their difference as uncertain."""
    problems = d.shape[0]
    gained, lost = np.maximum(d, 0.0).mean(axis=0), np.maximum(-d, 0.0).mean(axis=0)
    squares = d.var(axis=0, ddof=1) * problems
    plain = _whole(d) | (squares <= ROUNDING)
    effective = effective_number(problems, gained + lost - (gained - lost) ** 2, squares)
    return gained, lost, np.where(plain, problems, effective)


def _score_interval(gained: Floats, lost: Floats, pairs: Floats, quantile: Floats) -> tuple[Floats, Floats]:
    """Return the differences that a score test with this quantile does not reject, found by bisection.

    gained, lost: shares of the pairs, which may count fractions of a problem.
    """
    seen = gained - lost

    def score(delta: Floats) -> Floats:
        first, third = 2 * pairs, -pairs * lost * delta * (1 - delta)
        second = pairs * (2 * delta - gained - lost - (gained - lost) * delta)
        share = (np.sqrt(np.maximum(second**2 - 4 * first * third, 0.0)) - second) / (2 * first)
        error = pairs * (2 * share + delta * (1 - delta))
        return np.where(error > 0, pairs * (seen - delta) / np.sqrt(np.where(error > 0, error, 1.0)), 0.0)

    ends = []
    for outside in (np.full_like(seen, -1.0), np.full_like(seen, 1.0)):
        inside = seen.copy()
        for _ in range(BISECTIONS):
            middle = (inside + outside) / 2
            kept = np.abs(score(middle)) <= quantile
            inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
        ends.append(inside)
    return ends[0], ends[1]
