"""The boundary of two runs: solved sets at one budget for both, with intervals, and what a rerun would lose."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.difference import smallest_budget
from backend.statistics.bootstrap import net_ratio_interval, tango_interval
from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import population_interval, ratio_interval
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
        sds = _harmonic(srr, ndr)
        nscr = (rlvr_only - base_only) / (both + rlvr_only + base_only)
    return np.stack([srr, ndr, sds, nscr], axis=-1)


def _harmonic(srr: Floats, ndr: Floats) -> Floats:
    """Return the harmonic mean, 0 where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((srr == 0) & (ndr == 0), 0.0, 2 * srr * ndr / (srr + ndr))


def table_intervals(counts: pd.DataFrame, m: int, *, level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Return low and high of each count and rate of `solved_table`, over a population of problems.

    A count is a share of the problems, with the interval of shares. A rate is a ratio of two such, and NSCR a
    difference of two. SDS rises in SRR and in NDR: its ends are those of their lower and of their upper ends. NaN with
    fewer than two problems, over nothing, or where a problem has fewer than m samples.
    """
    cells = _cells(counts, m)
    if len(counts) < 2 or np.isnan(cells).any():
        return dict.fromkeys((*CELLS, *RATES), (float("nan"), float("nan")))
    _, low, high = population_interval(cells, level)
    ends = np.stack([low, high], axis=1) * len(counts)
    both, base_only, rlvr_only, _ = cells.T
    srr = ratio_interval(both, both + base_only, level)
    ndr = ratio_interval(rlvr_only, both + rlvr_only, level)
    sds = _harmonic(np.array(srr), np.array(ndr))
    nscr = net_ratio_interval(rlvr_only, base_only, both + base_only + rlvr_only, level)
    rates = dict(zip(RATES, (srr, ndr, (float(sds[0]), float(sds[1])), nscr), strict=True))
    return {**{name: (float(one), float(two)) for name, (one, two) in zip(CELLS, ends, strict=True)}, **rates}


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
