"""What the samples say of each problem of two runs: who is favoured, how sure that is, what would settle it."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv, ndtri

from backend.statistics.significance import (
    benjamini_hochberg,
    chance_of_more,
    fisher_more,
    fisher_settles,
    least_attainable,
    ratio_bound,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Sides = tuple[Integers, Integers, Integers, Integers]
"""c and n of base, c and n of RLVR; one entry a problem."""

BASE_FAVOURED, RLVR_FAVOURED, SHARED, UNDETERMINED = "base-favoured", "RLVR-favoured", "shared", "undetermined"
VERDICTS = (BASE_FAVOURED, RLVR_FAVOURED, SHARED, UNDETERMINED)
MOST_MORE_SAMPLES = 1_000_000
PRECISION = 50
"""How many more samples are wanted is told to within this part of it."""


def problem_verdicts(counts: pd.DataFrame, *, m: int, q: float = 0.1, level: float = 0.95) -> pd.DataFrame:
    """Return what the samples say of each problem: one row a problem, the columns of `counts` and more.

    counts: n_base, c_base, n_rlvr, c_rlvr, each n at least 1.
    p: exact test of equal success rates, two-sided as twice the lesser one-sided p (Fisher); q: p adjusted over all
    problems that could at all show a difference (Benjamini–Hochberg within Tarone's family), NaN for the others;
    verdict: base-favoured or RLVR-favoured where q ≤ `q`; shared where both success rates lie above 1/m with
    confidence `level`; else undetermined; upper_base, upper_rlvr: one-sided upper bound of the success rate;
    ratio_base, ratio_rlvr: one-sided lower bound of how many times as often this run solves the problem as the other;
    probability: Pr(base's rate > RLVR's) under Jeffreys priors; fragile: whether a model's success rests on one or two
    samples; more_samples: how many more of each run would likely settle an undetermined problem at q / P, 0 for the
    others, missing where not even a million would.
    """
    c_base, n_base, c_rlvr, n_rlvr = sides = _sides(counts)
    more_base, more_rlvr = fisher_more(*sides), fisher_more(c_rlvr, n_rlvr, c_base, n_base)
    p = np.minimum(1.0, 2 * np.fmin(more_base, more_rlvr))
    adjusted = np.full(p.shape, np.nan)
    family = tarone_family(2 * least_attainable(*sides), q)
    adjusted[family] = benjamini_hochberg(p[family])
    found = adjusted <= q
    solvable = (lower_bound(c_base, n_base, level) > 1 / m) & (lower_bound(c_rlvr, n_rlvr, level) > 1 / m)
    cases = [found & (more_base < more_rlvr), found, solvable]
    verdict = np.select(cases, VERDICTS[:3], UNDETERMINED) if len(counts) else np.array([], dtype=object)
    return counts.assign(
        p=p,
        q=adjusted,
        verdict=verdict,
        probability=chance_of_more(*sides),
        upper_base=upper_bound(c_base, n_base, level),
        upper_rlvr=upper_bound(c_rlvr, n_rlvr, level),
        ratio_base=ratio_bound(*sides, level=level),
        ratio_rlvr=ratio_bound(c_rlvr, n_rlvr, c_base, n_base, level=level),
        fragile=np.isin(c_base, [1, 2]) | np.isin(c_rlvr, [1, 2]),
        more_samples=_more_samples(sides, verdict == UNDETERMINED, q),
    )


def _sides(counts: pd.DataFrame) -> Sides:
    c_base, n_base, c_rlvr, n_rlvr = (
        counts[name].to_numpy(dtype=np.int64) for name in ("c_base", "n_base", "c_rlvr", "n_rlvr")
    )
    return c_base, n_base, c_rlvr, n_rlvr


def _more_samples(sides: Sides, undetermined: npt.NDArray[np.bool_], q: float) -> pd.api.extensions.ExtensionArray:
    wanted = np.zeros(undetermined.size)
    if undetermined.any():
        wanted[undetermined] = more_samples(*(side[undetermined] for side in sides), alpha=q / undetermined.size)
    return pd.Series(wanted).astype("Int64").array


def upper_bound(c: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> Floats:
    """Return the one-sided upper bound of a success rate (Clopper & Pearson 1934); 1 − (1−level)^(1/n) where c is 0."""
    solved, drawn = np.asarray(c, dtype=float), np.asarray(n, dtype=float)
    bound = betaincinv(solved + 1, np.maximum(drawn - solved, 0.5), level)
    return np.where(drawn == 0, np.nan, np.where(solved == drawn, 1.0, bound))


def lower_bound(c: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> Floats:
    """Return the one-sided lower bound of a success rate (Clopper & Pearson 1934); 0 where c is 0."""
    solved, drawn = np.asarray(c, dtype=float), np.asarray(n, dtype=float)
    bound = betaincinv(np.maximum(solved, 0.5), drawn - solved + 1, 1 - level)
    return np.where(drawn == 0, np.nan, np.where(solved == 0, 0.0, bound))


def tarone_family(least: npt.ArrayLike, alpha: float) -> npt.NDArray[np.bool_]:
    """Tell which tests could ever be significant, so that the others need not be paid for.

    least: the least p that each test could give. The family is that of the least K with at most K tests of which
    least ≤ alpha / K (Tarone 1990; with Benjamini–Hochberg: Gilbert 2005).
    """
    values = np.asarray(least, dtype=float)
    k = np.arange(1, values.size + 1)
    possible = np.searchsorted(np.sort(values), alpha / k, side="right")
    enough = np.flatnonzero(possible <= k)
    return np.asarray(values <= alpha / k[enough[0]]) if enough.size else np.zeros(values.shape, dtype=bool)


def more_samples(
    c_base: npt.ArrayLike, n_base: npt.ArrayLike, c_rlvr: npt.ArrayLike, n_rlvr: npt.ArrayLike, *, alpha: float
) -> Floats:
    """Return how many more samples of each run would likely settle which is ahead; NaN: not even a million.

    One entry a problem, to within 2 %. The counts are thought to go on at the rates of a Jeffreys estimate,
    (c + ½) / (n + 1); settled is a two-sided exact p ≤ alpha. A normal approximation says where to look, the exact test
    decides.
    """
    arrays = [np.atleast_1d(np.asarray(side, dtype=np.int64)) for side in (c_base, n_base, c_rlvr, n_rlvr)]
    sides: Sides = (arrays[0], arrays[1], arrays[2], arrays[3])
    most = _about(sides, alpha)
    done = _settles(sides, np.full(most.shape, MOST_MORE_SAMPLES), alpha)
    least = np.zeros_like(most)
    high = ~_settles(sides, most, alpha) & done
    while high.any():
        least[high], most[high] = most[high], np.minimum(most[high] * 3 // 2 + 1, MOST_MORE_SAMPLES)
        high[high] = ~_settles(_part(sides, high), most[high], alpha) & (most[high] < MOST_MORE_SAMPLES)
    open_ = done & (most - least > np.maximum(1, most // PRECISION))
    while open_.any():
        middle = (least[open_] + most[open_]) // 2
        settled = _settles(_part(sides, open_), middle, alpha)
        least[open_], most[open_] = np.where(settled, least[open_], middle), np.where(settled, middle, most[open_])
        open_ = done & (most - least > np.maximum(1, most // PRECISION))
    now = _settles(sides, np.zeros_like(most), alpha)
    return np.where(now, 0.0, np.where(done, most, np.nan))


def _part(sides: Sides, mask: npt.NDArray[np.bool_]) -> Sides:
    c_base, n_base, c_rlvr, n_rlvr = sides
    return c_base[mask], n_base[mask], c_rlvr[mask], n_rlvr[mask]


def _about(sides: Sides, alpha: float) -> Integers:
    """How many more samples a normal approximation asks for, from 1 to a million."""
    c_base, n_base, c_rlvr, n_rlvr = sides
    base, rlvr = (c_base + 0.5) / (n_base + 1), (c_rlvr + 0.5) / (n_rlvr + 1)
    mean, apart = (base + rlvr) / 2, np.maximum(np.abs(base - rlvr), 1e-9)
    wanted = 2 * mean * (1 - mean) * (float(ndtri(1 - alpha / 2)) / apart) ** 2 - (n_base + n_rlvr) / 2
    return np.clip(wanted, 1, MOST_MORE_SAMPLES).astype(np.int64)


def _settles(sides: Sides, extra: Integers, alpha: float) -> npt.NDArray[np.bool_]:
    c_base, n_base, c_rlvr, n_rlvr = sides
    base = np.rint(c_base + extra * (c_base + 0.5) / (n_base + 1))
    rlvr = np.rint(c_rlvr + extra * (c_rlvr + 0.5) / (n_rlvr + 1))
    return fisher_settles(base, n_base + extra, rlvr, n_rlvr + extra, alpha)
