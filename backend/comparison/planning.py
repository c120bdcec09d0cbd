"""How many problems and samples a wanted difference in pass@k needs, from how differences of two runs spread.

Counts hold one row a compared problem: n_base, c_base, n_rlvr, c_rlvr (`counts.compared_counts`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from backend.comparison.difference import FEWEST_DIFFERING, POWER, differences, smallest_budget
from backend.statistics.difficulty import JEFFREYS, Difficulty, fit_difficulty
from backend.statistics.estimators import log_choose, pass_at_k

Floats = npt.NDArray[np.float64]

ESTIMATED, FITTED, PRIOR, ASSUMED = "estimated", "fitted", "prior", "assumed"
"""From the counts without bias; from fits to them, where a problem has fewer than 2k samples; from Jeffreys' prior,
where the counts of a run tell too little to fit; from no runs at all."""
DOUBLINGS = 6
"""How often the samples a problem are doubled in a plan, from k on."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How the difference of two runs' pass@k varies over problems: truly, and by sampling."""

    k: int
    true: float
    """Variance over problems of the difference itself, without sampling; at least 0."""
    failing: tuple[Floats, Floats]
    """For base and the other: the mean chance that r samples are all wrong, r from 0 to 2k."""
    basis: str
    """Where that comes from: ESTIMATED, FITTED, PRIOR or ASSUMED."""

    def sampling(self, n: int) -> float:
        """Return what sampling adds to the variance with n samples of each run; NaN for n < k."""
        return sum(sampling_variance(each, self.k, n) for each in self.failing)

    def variance(self, n: int) -> float:
        """Return the variance of an estimated difference over problems."""
        return self.true + self.sampling(n)


def sampling_variance(failing: Floats, k: int, n: int) -> float:
    """Return the mean sampling variance of pass@k from n samples: Σ P(j) u(2k−j) − u(2k).

    failing: u(r), the mean over problems of the chance that r samples are all wrong, for r from 0 to 2k. Two draws of
    k from the same n samples share j of them with chance P(j) = C(k, j) C(n−k, k−j) / C(n, k), and then fail together
    as 2k−j samples would. NaN for n < k.
    """
    if n < k:
        return float("nan")
    shared = np.arange(max(0, 2 * k - n), k + 1)
    logs = log_choose(k, shared) + log_choose(n - k, k - shared) - log_choose(n, k)
    return float(np.exp(logs) @ failing[2 * k - shared] - failing[2 * k])


def observed_spread(counts: pd.DataFrame, k: int) -> Spread:
    """Return the spread that these runs show at k, at most the smallest n; at least two problems.

    Where every problem has 2k samples, all of it is estimated without bias; else the chances of failing are those of
    the beta-binomial fit to each run.
    """
    sides = [(counts[f"n_{side}"], counts[f"c_{side}"]) for side in ("base", "rlvr")]
    fits = [fit_difficulty(n, c) for n, c in sides] if 2 * k > smallest_budget(counts) else [None, None]
    failing = [_failing(n, c, k, fit) for (n, c), fit in zip(sides, fits, strict=True)]
    by_sampling = sum(_mean_over_n(n, each, k) for (n, _), each in zip(sides, failing, strict=True))
    seen = float(differences(counts, [k])[:, 0].var(ddof=1))
    basis = ESTIMATED if fits[0] is None else FITTED if all(fit and fit.fitted for fit in fits) else PRIOR
    return Spread(k=k, true=max(seen - by_sampling, 0.0), failing=(failing[0], failing[1]), basis=basis)


def _failing(n: pd.Series, c: pd.Series, k: int, fit: Difficulty | None) -> Floats:
    draws = np.arange(1, 2 * k + 1)
    solved = pass_at_k(n, c, draws).mean(axis=0) if fit is None else fit.pass_at_k(draws)
    return np.concatenate([[1.0], 1.0 - solved])


def _mean_over_n(n: pd.Series, failing: Floats, k: int) -> float:
    """The mean sampling variance where problems have different numbers of samples."""
    sizes, problems = np.unique(n.to_numpy(), return_counts=True)
    each = np.array([sampling_variance(failing, k, int(size)) for size in sizes])
    return float(problems @ each / problems.sum())


def assumed_spread(k: int, difficulty: Difficulty = JEFFREYS) -> Spread:
    """Return the spread of two models whose success rates are independent draws from one distribution.

    Real pairs find the same problems hard, so they spread less: a plan from this asks for too many problems.
    """
    failing = np.concatenate([[1.0], 1.0 - difficulty.pass_at_k(np.arange(1, 2 * k + 1))])
    return Spread(k=k, true=2 * float(failing[2 * k] - failing[k] ** 2), failing=(failing, failing), basis=ASSUMED)


def problems_needed(
    variance: float, difference: float, *, level: float = 0.95, power: float = POWER, whole: bool = False
) -> int:
    """Return how many problems show a true difference with this power: (z₁₋α/₂ + z_power)² · variance / δ².

    Two problems are added for the spread being estimated, z²₁₋α/₂ / 2 (Guenther 1981). whole: whether each difference
    is −1, 0 or 1 (k = n), where six problems at least must differ.
    """
    z = float(ndtri((1 + level) / 2))
    wanted = (z + float(ndtri(power))) ** 2 * variance / difference**2 + z**2 / 2
    return int(np.ceil(max(wanted, FEWEST_DIFFERING / difference if whole else 2.0)))


def plan(
    spread: Spread, difference: float, *, problems: int | None = None, level: float = 0.95, power: float = POWER
) -> pd.DataFrame:
    """Return what a true difference needs, one row a number of samples a problem: k, 2k, 4k and so on.

    n; problems; samples (of both runs together); cheapest (the row with the fewest samples); least_detectable: the
    difference that so many samples show on `problems` problems, NaN where these are not named.
    """
    z = float(ndtri((1 + level) / 2) + ndtri(power))
    rows = []
    for n in (spread.k * 2**i for i in range(DOUBLINGS)):
        variance, whole = spread.variance(n), n == spread.k
        wanted = problems_needed(variance, difference, level=level, power=power, whole=whole)
        least = z * (variance / problems) ** 0.5 if problems else float("nan")
        if problems and whole:
            least = max(least, FEWEST_DIFFERING / problems)
        rows.append({"n": n, "problems": wanted, "samples": 2 * wanted * n, "least_detectable": least})
    table = pd.DataFrame(rows)
    return table.assign(cheapest=table.index == table["samples"].idxmin())
