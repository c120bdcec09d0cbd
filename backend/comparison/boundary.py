"""The boundary of two runs: solved sets at one budget for both, with intervals, and what a rerun would lose."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.bootstrap import SEED, resampled_means, tango_interval
from backend.statistics.estimators import pass_at_k
from backend.statistics.significance import mcnemar_exact

Floats = npt.NDArray[np.float64]


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
