"""Cover@τ: the share of problems that a model solves with probability τ or more; its axis is τ, not k.

c/n is biased near τ, so that it is not compared with τ itself: each problem counts with the probability that its
success rate reaches τ given its counts and the beta distribution fitted to all of them.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from backend.statistics.difficulty import likelier_difficulty, moment_interval, posterior_cover
from backend.statistics.intervals import wilson

Floats = npt.NDArray[np.float64]

THRESHOLDS = (0.01, *(step / 50 for step in range(1, 50)), 0.99)
"""The τ at which the curve is drawn; at 0 it is 1, at 1 it is 0, whatever the counts."""


def cover_values(data: pd.DataFrame, thresholds: npt.ArrayLike) -> Floats:
    """Return the probability that each problem's success rate reaches each threshold; shape (problems, thresholds).

    data: n and c of each problem, n ≥ 1. Source of Cover@τ: Dragoi et al. 2025, arXiv 2510.08325 [S]; the posterior
    in place of c/n is ours.
    """
    prior = likelier_difficulty(data["n"], data["c"])
    states, place = np.unique(data[["n", "c"]].to_numpy(), axis=0, return_inverse=True)
    return np.asarray(posterior_cover(states[:, 0], states[:, 1], thresholds, prior)[place.ravel()])


def cover_population(values: Floats, level: float) -> Floats:
    """Return mean, low and high over a population of problems: Wilson's interval of a share of P problems.

    Each problem reaches τ or not; what the spread of the probabilities lacks to that is what they leave open, so that
    the variance of both together is that of a share.
    """
    mean, problems = values.mean(axis=0), values.shape[0]
    if problems < 2:
        return np.stack([mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)])
    return np.stack([mean, *wilson(mean, problems, float(stdtrit(problems - 1, (1 + level) / 2)))])


def cover_noise(values: Floats, level: float) -> Floats:
    """Return mean, low and high over these very problems, from what the counts leave open about each of them."""
    mean, variance = values.mean(axis=0), (values * (1 - values)).sum(axis=0) / values.shape[0] ** 2
    low, high = moment_interval(mean, variance, level)
    return np.stack([mean, np.fmin(low, mean), np.fmax(high, mean)])
