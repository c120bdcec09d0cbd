"""The honest boundary of two runs: solved sets at one budget for both, what a rerun would lose, a verdict a problem."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv

from backend.statistics.bootstrap import SEED, resampled_means
from backend.statistics.estimators import pass_at_k
from backend.statistics.significance import benjamini_hochberg, fisher_more, least_attainable, mcnemar_exact

Floats = npt.NDArray[np.float64]

BASE_FAVOURED, RLVR_FAVOURED, SHARED, UNDETERMINED = "base-favoured", "RLVR-favoured", "shared", "undetermined"
MOST_MORE_SAMPLES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class SolvedTable:
    """How many problems each of two models solves within m samples, on average over draws of m from those taken.

    The counts are fractional and unbiased, and the budget is the same for both, so that the model with more samples
    does not look the more capable for it. NaN where a problem has fewer than m samples.
    """

    m: int
    both: float
    base_only: float
    rlvr_only: float
    neither: float

    @property
    def srr(self) -> float:
        """Support retention rate: of what base solves, the share that RLVR solves too."""
        return _ratio(self.both, self.both + self.base_only)

    @property
    def ndr(self) -> float:
        """Novel discovery rate: of what RLVR solves, the share that base does not."""
        return _ratio(self.rlvr_only, self.both + self.rlvr_only)

    @property
    def sds(self) -> float:
        """Harmonic mean of the two; 0 where both are 0."""
        if self.srr == 0 and self.ndr == 0:
            return 0.0
        return _ratio(2 * self.srr * self.ndr, self.srr + self.ndr)

    @property
    def nscr(self) -> float:
        """Net support change rate: what RLVR gained less what it lost, over all that either solves."""
        return _ratio(self.rlvr_only - self.base_only, self.both + self.rlvr_only + self.base_only)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def solved_table(counts: pd.DataFrame, m: int) -> SolvedTable:
    """Return the table at budget m. counts: one row a problem, columns n_base, c_base, n_rlvr, c_rlvr.

    Source of the ratios: Wu et al. 2025, arXiv 2507.14843 [S].
    """
    base = pass_at_k(counts["n_base"], counts["c_base"], m)[:, 0]
    rlvr = pass_at_k(counts["n_rlvr"], counts["c_rlvr"], m)[:, 0]
    return SolvedTable(
        m=m,
        both=float((base * rlvr).sum()),
        base_only=float((base * (1 - rlvr)).sum()),
        rlvr_only=float(((1 - base) * rlvr).sum()),
        neither=float(((1 - base) * (1 - rlvr)).sum()),
    )


RATES = ("both", "base_only", "rlvr_only", "neither", "srr", "ndr", "sds", "nscr")


def table_intervals(
    counts: pd.DataFrame, m: int, *, level: float = 0.95, seed: int = SEED
) -> dict[str, tuple[float, float]]:
    """Return low and high of each count and rate of `solved_table`, over a population of problems.

    The quantiles over resamples of the problems; a rate that is undefined in a resample is left out of its quantiles.
    NaN with fewer than two problems, or where a problem has fewer than m samples.
    """
    base = pass_at_k(counts["n_base"], counts["c_base"], m)[:, 0]
    rlvr = pass_at_k(counts["n_rlvr"], counts["c_rlvr"], m)[:, 0]
    cells = np.stack([base * rlvr, base * (1 - rlvr), (1 - base) * rlvr, (1 - base) * (1 - rlvr)], axis=1)
    if len(counts) < 2 or np.isnan(cells).any():
        return dict.fromkeys(RATES, (float("nan"), float("nan")))
    drawn = resampled_means(cells, seed) * len(counts)
    tables = dict(zip(RATES[:4], drawn.T, strict=True))
    each = {**tables, **_rates_of(*drawn.T[:3])}
    ends = [(1 - level) / 2, (1 + level) / 2]
    return {name: _quantiles(values, ends) for name, values in each.items()}


def _rates_of(both: Floats, base_only: Floats, rlvr_only: Floats) -> dict[str, Floats]:
    """The four rates of many tables at once, NaN where undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        srr, ndr = both / (both + base_only), rlvr_only / (both + rlvr_only)
        sds = np.where((srr == 0) & (ndr == 0), 0.0, 2 * srr * ndr / (srr + ndr))
        nscr = (rlvr_only - base_only) / (both + rlvr_only + base_only)
    return {"srr": srr, "ndr": ndr, "sds": sds, "nscr": nscr}


def _quantiles(values: Floats, ends: list[float]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, ends) if known.size else (np.nan, np.nan)
    return float(low), float(high)


def self_null(n: pd.Series, c: pd.Series, m: int) -> float:
    """Return how many problems a model would solve within m samples and not in a rerun of m, on average.

    It is Σ pass@2m − pass@m, unbiased; NaN where a problem has fewer than 2m samples.
    """
    values = pass_at_k(n, c, [m, 2 * m])
    return float((values[:, 1] - values[:, 0]).sum())


def rerun_budget(counts: pd.DataFrame) -> int:
    """Return the largest m at which a rerun of either model can be judged, half the smallest n; 0: there is none."""
    return 0 if counts.empty else int(counts[["n_base", "n_rlvr"]].to_numpy().min()) // 2


def mcnemar_of_sets(counts: pd.DataFrame) -> float:
    """Return McNemar's exact p for the problems that only one of the runs solved with all the samples it has."""
    base, rlvr = counts["c_base"] > 0, counts["c_rlvr"] > 0
    return mcnemar_exact(int((base & ~rlvr).sum()), int((~base & rlvr).sum()))


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


def problem_verdicts(counts: pd.DataFrame, *, m: int, q: float = 0.1) -> pd.DataFrame:
    """Return what the samples say of each problem: one row a problem, the columns of `counts` and more.

    p: exact test of equal success rates, two-sided as twice the lesser one-sided p (Fisher); q: p adjusted over all
    problems that could at all show a difference (Benjamini–Hochberg within Tarone's family), NaN for the others;
    verdict: base-favoured or RLVR-favoured where q ≤ `q`; shared where both success rates lie above 1/m with 95 %
    confidence; else undetermined; upper_base, upper_rlvr: upper bound of the success rate, 95 % one-sided; fragile:
    whether a model's success rests on one or two samples.
    """
    sides = [counts[name].to_numpy() for name in ("c_base", "n_base", "c_rlvr", "n_rlvr")]
    c_base, n_base, c_rlvr, n_rlvr = sides
    more_base, more_rlvr = fisher_more(*sides), fisher_more(c_rlvr, n_rlvr, c_base, n_base)
    p = np.minimum(1.0, 2 * np.fmin(more_base, more_rlvr))
    adjusted = np.full(p.shape, np.nan)
    family = tarone_family(2 * least_attainable(*sides), q)
    adjusted[family] = benjamini_hochberg(p[family])
    found = adjusted <= q
    solvable = (lower_bound(c_base, n_base) > 1 / m) & (lower_bound(c_rlvr, n_rlvr) > 1 / m)
    verdict = np.select(
        [found & (more_base < more_rlvr), found, solvable], [BASE_FAVOURED, RLVR_FAVOURED, SHARED], UNDETERMINED
    )
    return counts.assign(
        p=p,
        q=adjusted,
        verdict=verdict,
        upper_base=upper_bound(c_base, n_base),
        upper_rlvr=upper_bound(c_rlvr, n_rlvr),
        fragile=np.isin(c_base, [1, 2]) | np.isin(c_rlvr, [1, 2]),
    )


def tarone_family(least: npt.ArrayLike, alpha: float) -> npt.NDArray[np.bool_]:
    """Tell which tests could ever be significant, so that the others need not be paid for.

    least: the least p that each test could give. The family is that of the least K with at most K tests of which
    least ≤ alpha / K (Tarone 1990; with Benjamini–Hochberg: Gilbert 2005).
    """
    values = np.asarray(least, dtype=float)
    for k in range(1, values.size + 1):
        family = values <= alpha / k
        if family.sum() <= k:
            return np.asarray(family)
    return np.zeros(values.shape, dtype=bool)


def more_samples(c_base: int, n_base: int, c_rlvr: int, n_rlvr: int, *, alpha: float) -> int | None:
    """Return how many more samples of each model would likely settle which is ahead; None: not even a million.

    The counts are thought to go on at the rates of a Jeffreys estimate, (c + ½) / (n + 1); settled is a two-sided
    exact p ≤ alpha.
    """
    rates = (c_base + 0.5) / (n_base + 1), (c_rlvr + 0.5) / (n_rlvr + 1)

    def settles(extra: int) -> bool:
        base, rlvr = round(c_base + extra * rates[0]), round(c_rlvr + extra * rates[1])
        sides = (base, n_base + extra, rlvr, n_rlvr + extra)
        p = min(fisher_more(*sides)[0], fisher_more(*sides[2:], *sides[:2])[0])
        return bool(2 * p <= alpha)

    if settles(0):
        return 0
    most = 1
    while not settles(most):
        most *= 2
        if most > MOST_MORE_SAMPLES:
            return None
    least = most // 2
    while most - least > max(1, most // 50):
        middle = (least + most) // 2
        least, most = (least, middle) if settles(middle) else (middle, most)
    return most
