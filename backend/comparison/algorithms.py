"""How much RLVR algorithms differ in how far they stay below base: the range of Δ_SE against the smallest.

Δ_SE is pass@k of base − pass@1 of RLVR (`difference.efficiency_gap`); here over the problems that all runs share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtr

from backend.comparison.counts import shared_problems, smallest_n
from backend.comparison.difference import LARGEST_EFFICIENCY_K
from backend.statistics.bootstrap import difference_interval
from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import student_interval

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class GapRange:
    """Δ_SE of several RLVR runs of one base."""

    k: int
    problems: int
    gaps: list[float]
    """Of each run, in the order given."""
    ends: list[tuple[float, float]]
    """Low and high of each."""
    spread: float
    """The largest less the smallest."""
    margin: float
    """The smallest less the spread: above 0, the runs differ less than each stays below base."""
    low: float
    high: float
    p: float
    """Two-sided, of the margin being 0."""
    variance: float
    """Of the margin's problems, for a plan."""


def gap_range(base: pd.DataFrame, others: Sequence[pd.DataFrame], k: int | None, level: float = 0.95) -> GapRange:
    """Return the range over two runs or more; each frame holds one row a problem: problem, n, c.

    k: None for 256 or base's smallest n on the shared problems. The margin is the least of 2 Δᵢ − Δⱼ over all pairs of
    runs. It lies above the least of their lower bounds with the asked confidence (an intersection of tests needs no
    correction), and below the least of their upper bounds with the level corrected for the number of pairs. NaN where
    base has fewer than k samples of a problem or fewer than two problems are shared.
    """
    shared = shared_problems([base, *others])
    kept = [frame[frame["problem"].isin(shared)].sort_values("problem") for frame in (base, *others)]
    wanted = min(LARGEST_EFFICIENCY_K, smallest_n(kept[0])) if k is None else k
    if not shared or not 0 < wanted <= smallest_n(kept[0]):
        nothing = float("nan")
        return GapRange(
            k=wanted, problems=len(shared), gaps=[], ends=[], spread=nothing, margin=nothing, low=nothing,
            high=nothing, p=nothing, variance=nothing,
        )  # fmt: skip
    top = pass_at_k(kept[0]["n"], kept[0]["c"], wanted)
    each = np.concatenate([top - pass_at_k(frame["n"], frame["c"], 1) for frame in kept[1:]], axis=1)
    low, high = difference_interval(each, level)
    gaps = each.mean(axis=0)
    return GapRange(
        k=wanted,
        problems=len(shared),
        gaps=gaps.tolist(),
        ends=list(zip(low.tolist(), high.tolist(), strict=True)),
        spread=float(gaps.max() - gaps.min()),
        **_margin(each, level),
    )


def _margin(each: Floats, level: float) -> dict[str, float]:
    """The least of 2 Δᵢ − Δⱼ, with its bounds, p and variance."""
    runs = each.shape[1]
    pairs = np.stack([2 * each[:, i] - each[:, j] for i, j in product(range(runs), repeat=2) if i != j], axis=1)
    count, problems = pairs.shape[1], pairs.shape[0]
    mean, low, _ = student_interval(pairs, level, least=-np.inf)
    _, _, high = student_interval(pairs, 1 - (1 - level) / count, least=-np.inf)
    error = pairs.std(axis=0, ddof=1) / problems**0.5 if problems > 1 else np.full(count, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / error
    above, below = stdtr(problems - 1, -t).max(), count * stdtr(problems - 1, t).min()
    place = int(mean.argmin())
    return {
        "margin": float(mean[place]),
        "low": float(low.min()),
        "high": float(high.min()),
        "p": float(np.minimum(1.0, 2 * np.minimum(above, below))),
        "variance": float(error[place] ** 2 * problems),
    }
