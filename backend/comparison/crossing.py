"""Where two curves cross, and how sure that is. Counts hold one row a compared problem, as in `difference`."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.counts import ROUNDING, fine_grid
from backend.comparison.difference import budgets, differences, smallest_budget
from backend.statistics.bootstrap import SEED, difference_band, resampled_means
from backend.statistics.estimators import pass_at_k

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

GRID_TO, PER_OCTAVE = 64, 24


@dataclass(frozen=True, kw_only=True)
class Crossover:
    """Where base rises above RLVR after RLVR led, and how sure that is."""

    k: float | None
    """None: it does not within the sampled range."""
    low: float | None
    high: float | None
    """At the asked level, over the resamples of problems in which the curves cross."""
    probability_none: float | None
    """Share of the resamples in which they do not cross within the range; None with fewer than two problems."""
    sign_changes: list[dict[str, float | str]]
    """Every change of the leader: k, and who leads from there (`base` or `rlvr`)."""
    ties: list[int]
    """The k of the shown budgets at which both are equal."""
    k_confident: int | None
    """The least k from which base leads up to the largest, with confidence at all k at once; None: from none."""
    k_max: int


NO_CROSSOVER = Crossover(
    k=None, low=None, high=None, probability_none=None, sign_changes=[], ties=[], k_confident=None, k_max=0
)


def mean_difference(counts: pd.DataFrame) -> tuple[Integers, Floats]:
    """Return the budgets of `fine_grid` up to the smallest n, and base − RLVR in pass@k over the problems at each."""
    if counts.empty:
        return np.empty(0, dtype=np.int64), np.empty(0)
    ks = fine_grid(smallest_budget(counts))
    gap = _mean(counts["n_base"], counts["c_base"], ks) - _mean(counts["n_rlvr"], counts["c_rlvr"], ks)
    return ks, np.where(np.abs(gap) < ROUNDING, 0.0, gap)


def _mean(n: pd.Series, c: pd.Series, ks: Integers) -> Floats:
    """Average over problems, each distinct (n, c) computed once."""
    states, weight = np.unique(np.stack([n.to_numpy(), c.to_numpy()]), axis=1, return_counts=True)
    return np.asarray(weight @ pass_at_k(states[0], states[1], ks) / weight.sum())


def crossover(counts: pd.DataFrame, *, level: float = 0.95, seed: int = SEED) -> Crossover:
    """Return the crossover of two runs over their compared problems; problems are resampled in pairs."""
    n = smallest_budget(counts)
    if not n:
        return NO_CROSSOVER
    ks, gap = mean_difference(counts)
    found = float(first_crossing(ks, gap[None, :])[0])
    low, high, none = resampled_crossing(counts, level=level, seed=seed)
    if np.isnan(found):
        low = high = None
    at = dict(zip(ks.tolist(), gap.tolist(), strict=True))
    return Crossover(
        k=None if np.isnan(found) else found,
        low=low,
        high=high,
        probability_none=none,
        sign_changes=_sign_changes(ks, gap),
        ties=[k for k in budgets(counts) if at.get(k) == 0.0],
        k_confident=_confident_from(counts, level, seed),
        k_max=n,
    )


def crossing_grid(n: int) -> Integers:
    """Return the budgets on which resamples are searched for crossings: all up to 64, then 24 an octave, and n."""
    beyond = GRID_TO * 2 ** (np.arange(1, PER_OCTAVE * max(1, n.bit_length()) + 1) / PER_OCTAVE)
    return np.unique(np.concatenate([np.arange(1, min(n, GRID_TO) + 1), beyond[beyond < n].astype(np.int64), [n]]))


def first_crossing(ks: Integers, gaps: Floats) -> Floats:
    """Return, for each row of gaps (base − RLVR over ks), the k at which base first rises above RLVR after RLVR led.

    Interpolated in log₂ k; NaN where it does not.
    """
    led = np.logical_or.accumulate(gaps < -ROUNDING, axis=1)
    above = (gaps > ROUNDING) & led
    crosses = above.any(axis=1)
    after = np.where(crosses, above.argmax(axis=1), 0)
    before = np.maximum(after - 1, 0)
    rows = np.arange(gaps.shape[0])
    below, over = gaps[rows, before], gaps[rows, after]
    logs = np.log2(ks)
    share = np.where(crosses, -below / np.where(crosses, over - below, 1.0), 0.0)
    return np.where(crosses, 2 ** (logs[before] + (logs[after] - logs[before]) * share), np.nan)


def resampled_crossing(
    counts: pd.DataFrame, *, level: float = 0.95, seed: int = SEED
) -> tuple[float | None, float | None, float | None]:
    """Return low and high of the crossing over resamples of problems that cross, and the share that do not."""
    if len(counts) < 2:
        return None, None, None
    ks = crossing_grid(smallest_budget(counts))
    crossings = first_crossing(ks, resampled_means(differences(counts, ks), seed))
    crossed = np.log2(crossings[~np.isnan(crossings)])
    none = float(np.isnan(crossings).mean())
    if not crossed.size:
        return None, None, none
    low, high = 2 ** np.quantile(crossed, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), none


def _sign_changes(ks: Integers, gap: Floats) -> list[dict[str, float | str]]:
    """Every change of the sign of the gap, passing over ties, each with its k interpolated in log₂ k."""
    places = np.flatnonzero(gap)
    changes: list[dict[str, float | str]] = []
    for before, after in pairwise(places):
        if gap[before] * gap[after] < 0:
            edge = after - 1
            share = gap[edge] / (gap[edge] - gap[after])
            logs = np.log2(ks[edge]), np.log2(ks[after])
            at = float(2 ** (logs[0] + (logs[1] - logs[0]) * share))
            changes.append({"k": at, "leader": "base" if gap[after] > 0 else "rlvr"})
    return changes


def _confident_from(counts: pd.DataFrame, level: float, seed: int) -> int | None:
    if len(counts) < 2:
        return None
    ks = budgets(counts)
    low, _ = difference_band(differences(counts, ks), level, seed)
    ahead = low > 0
    if not ahead[-1]:
        return None
    behind = np.flatnonzero(~ahead)
    return ks[int(behind[-1]) + 1 if behind.size else 0]
