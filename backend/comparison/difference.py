"""How far two runs are apart at each budget, and how sure that is; what the difference of budgets is worth.

Counts hold one row a compared problem: n_base, c_base, n_rlvr, c_rlvr (`counts.compared_counts`).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from backend.comparison.counts import ROUNDING
from backend.statistics.bootstrap import SEED, difference_band, difference_interval
from backend.statistics.estimators import pass_at_k
from backend.statistics.significance import benjamini_hochberg, sign_flip_p

Floats = npt.NDArray[np.float64]

POWER = 0.8
FEWEST_DIFFERING = 6
"""Problems that must differ before any exact two-sided test over problems can reach 5 %: 2 / 2⁶ = 0.031."""
LARGEST_EFFICIENCY_K = 256
"""The budget of the sampling-efficiency gap in the paper."""


def smallest_budget(counts: pd.DataFrame) -> int:
    """Return the largest k for which every compared problem has samples in both runs; 0 for no problem."""
    return 0 if counts.empty else int(counts[["n_base", "n_rlvr"]].to_numpy().min())


def budgets(counts: pd.DataFrame) -> list[int]:
    """Return the budgets at which differences are shown: powers of two and the smallest n; none for no problem."""
    n = smallest_budget(counts)
    return sorted({*(2**i for i in range(n.bit_length())), n}) if n else []


def differences(counts: pd.DataFrame, ks: npt.ArrayLike) -> Floats:
    """Return base − RLVR in pass@k, one row a problem and one column a k; NaN where a run has fewer samples."""
    d = pass_at_k(counts["n_base"], counts["c_base"], ks) - pass_at_k(counts["n_rlvr"], counts["c_rlvr"], ks)
    return np.where(np.abs(d) < ROUNDING, 0.0, d)


def delta(
    counts: pd.DataFrame, ks: Sequence[int] | None = None, *, level: float = 0.95, seed: int = SEED
) -> pd.DataFrame:
    """Return the paired difference D(k) = base − RLVR in pass@k, over a population of problems; one row a k.

    k; difference; low, high (at `level`, each k for itself); band_low, band_high (all these k at once);
    problems_carrying: how many problems differ at all; p: two-sided, by flipping signs over problems; q: p adjusted
    over these k (Benjamini–Hochberg); least_detectable: the difference that would be found significant in four of five
    such benchmarks, given how the differences spread; NaN where no problem differs. Every k must have samples in both
    runs; else its row is NaN.
    """
    wanted = np.asarray(budgets(counts) if ks is None else ks, dtype=np.int64)
    d = differences(counts, wanted) if len(counts) else np.empty((0, len(wanted)))
    defined = ~np.isnan(d).any(axis=0) if len(counts) else np.zeros(len(wanted), dtype=bool)
    known = d[:, defined]
    low, high = difference_interval(known, level)
    band_low, band_high = difference_band(known, level, seed)
    p = sign_flip_p(known, seed=seed)
    columns = {
        "difference": known.mean(axis=0) if len(known) else low,
        "low": low,
        "high": high,
        "band_low": band_low,
        "band_high": band_high,
        "p": p,
        "q": benjamini_hochberg(p),
        "least_detectable": least_detectable(known, level),
    }
    rows = pd.DataFrame({"k": wanted, "problems_carrying": 0})
    for name, values in columns.items():
        rows[name] = np.nan
        rows.loc[defined, name] = values
    rows.loc[defined, "problems_carrying"] = (known != 0).sum(axis=0)
    return rows


def difference_at(counts: pd.DataFrame, k: int, *, level: float = 0.95, seed: int = SEED) -> dict[str, float]:
    """Return one row of `delta` for a k that every problem has samples for, without the band, which takes resamples."""
    d = differences(counts, [k])
    (low,), (high,) = difference_interval(d, level)
    return {
        "k": k,
        "difference": float(d.mean()),
        "low": float(low),
        "high": float(high),
        "p": float(sign_flip_p(d, seed=seed)[0]),
        "least_detectable": float(least_detectable(d, level)[0]),
    }


def least_detectable(d: Floats, level: float, power: float = POWER) -> Floats:
    """Return the mean difference that would be found with this power, from differences of shape (problems, points).

    It is (z₁₋α/₂ + z_power) s / √P, and at least what six problems differing altogether would make.
    """
    if d.shape[0] < 2:
        return np.full(d.shape[1], np.nan)
    wanted = (ndtri((1 + level) / 2) + ndtri(power)) * np.sqrt(d.var(axis=0, ddof=1) / d.shape[0])
    whole = np.isin(d, (-1.0, 0.0, 1.0)).all(axis=0)
    least = np.where(whole, FEWEST_DIFFERING / d.shape[0], 0.0)
    return np.where((d != 0).any(axis=0), np.maximum(wanted, least), np.nan)


def efficiency_gap(counts: pd.DataFrame, k: int | None = None, *, level: float = 0.95) -> dict[str, float | int | None]:
    """Return the sampling-efficiency gap Δ_SE = pass@k of base − pass@1 of RLVR, with its interval and two parts.

    k: 256, or the smallest n where that is less. coverage: pass@k of base − pass@k of RLVR; sampling: pass@k − pass@1
    of RLVR. Negative values are possible. None where a problem of base has fewer than k samples, or there is none.
    Source: Yue et al. 2025, arXiv 2504.13837, section 4.3; the split is ours.
    """
    wanted = min(LARGEST_EFFICIENCY_K, smallest_budget(counts)) if k is None else k
    names = ("value", "low", "high", "coverage", "sampling")
    if counts.empty or wanted < 1:
        return {"k": wanted or None, **dict.fromkeys(names)}
    base = pass_at_k(counts["n_base"], counts["c_base"], wanted)
    rlvr = pass_at_k(counts["n_rlvr"], counts["c_rlvr"], [1, wanted])
    gap = base - rlvr[:, :1]
    if np.isnan(gap).any():
        return {"k": wanted, **dict.fromkeys(names)}
    low, high = difference_interval(gap, level)
    coverage, sampling = (base[:, 0] - rlvr[:, 1]).mean(), (rlvr[:, 1] - rlvr[:, 0]).mean()
    values = (gap.mean(), low[0], high[0], coverage, sampling)
    return {"k": wanted, **{n: None if np.isnan(v) else float(v) for n, v in zip(names, values, strict=True)}}
