"""How likely one model's samples are under another, beside that model's own samples; paired by problem.

Rows hold one problem each: base and rlvr, the mean log-probability a token (in nats, under base) of base's own samples
and of the RLVR run's; correct, within and below, as `store.likelihoods.likelihoods` gives them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr

from backend.statistics.intervals import student_interval

TOLERANCE = 0.1
"""How much less likely a token of RLVR's samples may be, in nats, to count as no less likely than base's own."""


@dataclass(frozen=True, kw_only=True)
class LikelihoodGap:
    """The difference of mean log-probabilities a token, RLVR's samples less base's own, both under base."""

    gap: float
    low: float
    high: float
    """Over a population of problems; NaN with fewer than two."""
    p: float
    """Two-sided, of the gap being minus the tolerance."""
    deviation: float
    """Standard deviation over problems; NaN with fewer than two."""
    problems: int
    within: float
    """Of RLVR's correct samples, the share between the least and the most likely of base's own; NaN: none correct."""
    below: float
    """The share below the least likely of base's own."""
    correct: int
    least_likely: str | None
    """The problem at which RLVR's samples are the least likely beside base's own."""


def likelihood_gap(rows: pd.DataFrame, *, tolerance: float = TOLERANCE, level: float = 0.95) -> LikelihoodGap:
    """Return the gap over the problems of these rows, each problem weighing the same."""
    gaps = (rows["rlvr"] - rows["base"]).to_numpy(dtype=float)
    mean, low, high = (float(end[0]) for end in student_interval(gaps[:, None], level, least=-np.inf))
    deviation = float(gaps.std(ddof=1)) if gaps.size > 1 else float("nan")
    correct = int(rows["correct"].sum())
    return LikelihoodGap(
        gap=mean,
        low=low,
        high=high,
        p=_two_sided(mean + tolerance, deviation, gaps.size),
        deviation=deviation,
        problems=gaps.size,
        within=float(rows["within"].sum()) / correct if correct else float("nan"),
        below=float(rows["below"].sum()) / correct if correct else float("nan"),
        correct=correct,
        least_likely=str(rows["problem"].iloc[int(gaps.argmin())]) if gaps.size else None,
    )


def _two_sided(distance: float, deviation: float, problems: int) -> float:
    if not deviation > 0:
        return float("nan")
    return float(2 * stdtr(problems - 1, -abs(distance) / deviation * problems**0.5))


def problems_to_tell(found: LikelihoodGap, tolerance: float, level: float, power: float) -> int | None:
    """Return how many problems would show a gap of one tolerance more or less; None where they do not spread."""
    if not found.deviation > 0:
        return None
    z = float(ndtri((1 + level) / 2) + ndtri(power))
    return max(2, int(np.ceil((z * found.deviation / tolerance) ** 2)))
