"""Bounds of single success rates and of their ratio: how often they hold the truth, by summing over all outcomes."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from backend.comparison.verdicts import lower_bound, upper_bound
from backend.statistics.intervals import clopper_pearson, wilson_share
from backend.statistics.significance import fisher_more, ratio_bound
from tests.statistics.report import Row

Floats = npt.NDArray[np.float64]

LEVEL, RARE_WILSON = 0.95, 0.83
"""Wilson's interval is not exact: at its worst rate, about 0.18 / n, it covers that often."""
RATES = np.unique(np.r_[np.logspace(-5, -0.31, 120), 1 - np.logspace(-5, -0.31, 120)])
RARE = np.logspace(-4, -1, 16)
ROUNDING = 1e-9


def bounds(n: int) -> list[Row]:
    """Return the least and the mean coverage over success rates of each interval of c of n."""
    c = np.arange(n + 1)
    chance = binom.pmf(c[None, :], n, RATES[:, None])
    drawn = np.full(n + 1, n)
    none, all_ = np.zeros(n + 1), np.ones(n + 1)
    ends = (
        ("upper bound", LEVEL, (none, upper_bound(c, drawn, LEVEL))),
        ("lower bound", LEVEL, (lower_bound(c, drawn, LEVEL), all_)),
        ("Clopper and Pearson", LEVEL, clopper_pearson(c, drawn, LEVEL)),
        ("Wilson", RARE_WILSON, wilson_share(c, drawn, LEVEL)),
    )
    case = f"n = {n:4}"
    rows = []
    for name, stated, (low, high) in ends:
        covered = (chance * _covered(np.asarray(low), np.asarray(high))).sum(axis=1)
        table = "Bounds of one success rate: {} coverage over rates"
        rows.append(
            Row(
                table=table.format("least"),
                case=case,
                column=name,
                value=float(covered.min()),
                least=stated,
                slack=1e-6,
            )
        )
        rows.append(Row(table=table.format("mean"), case=case, column=name, value=float(covered.mean()), least=0.94))
    return rows  # fmt: skip


def _covered(low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray((low[None, :] <= RATES[:, None] + ROUNDING) & (RATES[:, None] <= high[None, :] + ROUNDING))


def ratios(n: int) -> list[Row]:
    """Return the least coverage of the bound of a ratio of rare rates, and the most that Fisher's test rejects of equal
    ones.
    """
    held = min(_ratio_held(n, one, two) for one in RARE for two in RARE)
    rejected = max(_rejected(n, rate) for rate in RARE)
    case = f"n = {n:4}"
    return [
        Row(table="Bound of the ratio of two rare rates: least coverage", case=case, column="one-sided", value=held,
            least=LEVEL, slack=1e-6),
        Row(table="Fisher's one-sided test at 5 % of equal rates: most rejections", case=case, column="size",
            value=rejected, most=0.05, slack=1e-6),
    ]  # fmt: skip


def _grid(n: int, one: float, two: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """All likely pairs of counts, and their chances."""
    first, second = (np.arange(int(binom.isf(1e-9, n, rate)) + 1) for rate in (one, two))
    chance = binom.pmf(first, n, one)[:, None] * binom.pmf(second, n, two)[None, :]
    a, b = np.meshgrid(first, second, indexing="ij")
    return a.ravel(), b.ravel(), chance.ravel()


def _ratio_held(n: int, one: float, two: float) -> float:
    first, second, chance = _grid(n, one, two)
    return 1.0 - float(chance[ratio_bound(first, n, second, n, level=LEVEL) > one / two * (1 + ROUNDING)].sum())


def _rejected(n: int, rate: float) -> float:
    first, second, chance = _grid(n, rate, rate)
    return float(chance[fisher_more(first, n, second, n) <= 0.05].sum())


SUITES: tuple[Callable[[int], list[Row]], ...] = (bounds, ratios)
