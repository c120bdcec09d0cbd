"""The boundary of two runs: solved sets at one budget for both, with intervals, and what a rerun would lose."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.difference import smallest_budget
from backend.statistics.bootstrap import SEED, resampled_means, tango_interval
from backend.statistics.estimators import pass_at_k
from backend.statistics.significance import mcnemar_exact

Floats = npt.NDArray[np.float64]

CELLS = ("both", "base_only", "rlvr_only", "neither")
RATES = ("srr", "ndr", "sds", "nscr")


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
        return self._rate("srr")

    @property
    def ndr(self) -> float:
        """Novel discovery rate: of what RLVR solves, the share that base does not."""
        return self._rate("ndr")

    @property
    def sds(self) -> float:
        """Harmonic mean of the two; 0 where both are 0."""
        return self._rate("sds")

    @property
    def nscr(self) -> float:
        """Net support change rate: what RLVR gained less what it lost, over all that either solves."""
        return self._rate("nscr")

    def _rate(self, name: str) -> float:
        cells = np.array([getattr(self, cell) for cell in CELLS])
        return float(_rates(cells)[RATES.index(name)])


def solved_table(counts: pd.DataFrame, m: int) -> SolvedTable:
    """Return the table at budget m. counts: one row a problem, columns n_base, c_base, n_rlvr, c_rlvr.

    Source of the ratios: Wu et al. 2025, arXiv 2507.14843 [S].
    """
    sums = _cells(counts, m).sum(axis=0)
    return SolvedTable(m=m, **dict(zip(CELLS, sums.tolist(), strict=True)))


def _cells(counts: pd.DataFrame, m: int) -> Floats:
    """The chance of each cell for each problem, with m samples of both models; shape (problems, cells)."""
    base = pass_at_k(counts["n_base"], counts["c_base"], m)[:, 0]
    rlvr = pass_at_k(counts["n_rlvr"], counts["c_rlvr"], m)[:, 0]
    return np.stack([base * rlvr, base * (1 - rlvr), (1 - base) * rlvr, (1 - base) * (1 - rlvr)], axis=1)


def _rates(cells: Floats) -> Floats:
    """The four rates of one table or of many, cells last; NaN over nothing."""
    both, base_only, rlvr_only = cells[..., 0], cells[..., 1], cells[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        srr, ndr = both / (both + base_only), rlvr_only / (both + rlvr_only)
        sds = np.where((srr == 0) & (ndr == 0), 0.0, 2 * srr * ndr / (srr + ndr))
        nscr = (rlvr_only - base_only) / (both + rlvr_only + base_only)
    return np.stack([srr, ndr, sds, nscr], axis=-1)


def table_intervals(
    counts: pd.DataFrame, m: int, *, level: float = 0.95, seed: int = SEED
) -> dict[str, tuple[float, float]]:
    """Return low and high of each count and rate of `solved_table`, over a population of problems.

    The quantiles over resamples of the problems; a rate that is undefined in a resample is left out of its quantiles.
    NaN with fewer than two problems, or where a problem has fewer than m samples.
    """
    cells = _cells(counts, m)
    if len(counts) < 2 or np.isnan(cells).any():
        return dict.fromkeys((*CELLS, *RATES), (float("nan"), float("nan")))
    drawn = resampled_means(cells, seed) * len(counts)
    each = dict(zip((*CELLS, *RATES), np.concatenate([drawn, _rates(drawn)], axis=1).T, strict=True))
    ends = [(1 - level) / 2, (1 + level) / 2]
    return {name: _quantiles(values, ends) for name, values in each.items()}


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
    return smallest_budget(counts) // 2


def mcnemar_of_sets(counts: pd.DataFrame) -> float:
    """Return McNemar's exact p for the problems that only one of the runs solved with all the samples it has."""
    return mcnemar_exact(*_only_one(counts))


def difference_of_sets(counts: pd.DataFrame, level: float = 0.95) -> tuple[float, float, float]:
    """Return how much larger a share of problems base solved than RLVR, with all samples of each, low and high.

    The interval is Tango's for paired shares (1998). NaN where no problem is compared.
    """
    if counts.empty:
        return float("nan"), float("nan"), float("nan")
    base, rlvr = _only_one(counts)
    return (base - rlvr) / len(counts), *tango_interval(base, rlvr, len(counts), level)


def _only_one(counts: pd.DataFrame) -> tuple[int, int]:
    """How many problems only base solved, and how many only RLVR."""
    base, rlvr = counts["c_base"] > 0, counts["c_rlvr"] > 0
    return int((base & ~rlvr).sum()), int((~base & rlvr).sum())
