"""pass@k beyond the samples that were drawn: what two fits of the difficulty say, where the samples bear them out.

docs/method.md tells why both are shown, and why neither tells of a limit.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from backend.comparison.counts import k_grid
from backend.statistics.bootstrap import SEED
from backend.statistics.difficulty import FEWEST_PROBLEMS, Difficulty, fit_difficulty, posterior_pass_at_k
from backend.statistics.estimators import pass_at_k

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

REPLICATES = 400
MOST_SIZES = 8
"""Different n among the problems beyond which each problem of a replicate is drawn by itself."""
LEAST_P = 0.05
"""A fit whose replicates look like the observed curve less often than this is not shown."""
BEYOND = 10
"""How many times n the curve is carried on."""


@dataclass(frozen=True, kw_only=True)
class Extrapolation:
    """A curve carried on from n, by each fit that the observed curve bears out."""

    ks: list[int] = field(default_factory=list)
    """From n to ten times n."""
    plain: list[float] | None = None
    """Under the plain beta-binomial; None where its check failed."""
    zero_inflated: list[float] | None = None
    """Under the one with problems that are never solved; None where its check failed."""
    p_plain: float | None = None
    p_zero_inflated: float | None = None
    """How often replicates of the fit lie as far from it as the observed curve does; None: nothing was fitted."""
    refused: str | None = None
    """Why nothing is shown."""


def extrapolation(n: npt.ArrayLike, c: npt.ArrayLike, *, seed: int = SEED) -> Extrapolation:
    """Return pass@k of these problems up to ten times the smallest n.

    n, c: scored and correct samples, one entry a problem; problems without scored samples are left out. Beyond n a
    point is the mean over problems of the posterior 1 − (1−p)^k given the problem's counts.
    """
    pairs = np.stack([np.asarray(n, dtype=np.int64), np.asarray(c, dtype=np.int64)])
    drawn, solved = pairs[:, pairs[0] > 0]
    fits = [fit_difficulty(drawn, solved, zero_inflated=inflated) for inflated in (False, True)]
    if not all(fit.fitted for fit in fits):
        return Extrapolation(
            refused=f"how hard problems are can be fitted to {FEWEST_PROBLEMS} problems or more, not all of them "
            "solved always or never"
        )
    p_values = [predictive_p(drawn, solved, fit, seed=seed) for fit in fits]
    end = int(drawn.min())
    ks = [k for k in k_grid(BEYOND * end) if k >= end]
    curves = [
        posterior_pass_at_k(drawn, solved, ks, fit)[0].mean(axis=0).tolist() if p >= LEAST_P else None
        for fit, p in zip(fits, p_values, strict=True)
    ]
    return Extrapolation(
        ks=ks if any(curves) else [],
        plain=curves[0],
        zero_inflated=curves[1],
        p_plain=p_values[0],
        p_zero_inflated=p_values[1],
        refused=None if any(curves) else "neither fit gives curves that look like the observed one",
    )


def predictive_p(n: Integers, c: Integers, fit: Difficulty, *, seed: int = SEED) -> float:
    """Return how often a replicate of the fit lies as far from its expected curve as the observed curve does.

    A replicate draws a success rate for each problem from the fit, and as many samples as were drawn; far is the
    largest distance over k up to the smallest n, in standard deviations of the replicates at that k.
    """
    ks = k_grid(int(n.min()))
    rng = np.random.default_rng(seed)
    expected = fit.pass_at_k(ks)
    replicates = _replicates(n, fit, ks, rng)
    spread = np.maximum(replicates.std(axis=0), 1e-12)
    far = (np.abs(replicates - expected) / spread).max(axis=1)
    seen = (np.abs(_mean_curves(n, c[None, :], ks) - expected) / spread).max()
    return float((1 + (far >= seen).sum()) / (1 + REPLICATES))


def _replicates(n: Integers, fit: Difficulty, ks: list[int], rng: np.random.Generator) -> Floats:
    """Return the mean pass@k over problems of each replicate.

    How many of the problems of one n are solved how often is drawn at once where that takes fewer draws than problems.
    """
    sizes, problems = np.unique(n, return_counts=True)
    if len(sizes) > MOST_SIZES:
        return _mean_curves(n, np.stack([_replicate(n, fit, rng) for _ in range(REPLICATES)]), ks)
    sums = np.zeros((REPLICATES, len(ks)))
    for size, many in zip(sizes.tolist(), problems.tolist(), strict=True):
        often = rng.multinomial(many, fit.chances(size), REPLICATES)
        sums += often @ pass_at_k(np.full(size + 1, size), np.arange(size + 1), ks)
    return np.asarray(sums / n.size)


def _replicate(n: Integers, fit: Difficulty, rng: np.random.Generator) -> Integers:
    rates = rng.beta(fit.a, fit.b, n.size)
    rates[rng.random(n.size) < fit.never] = 0.0
    return np.asarray(rng.binomial(n, rates))


def _mean_curves(n: Integers, each: Integers, ks: list[int]) -> Floats:
    """Return the mean pass@k over problems for each row of correct counts; every state (n, c) is computed once."""
    states, place = np.unique(each + (int(n.max()) + 1) * n, return_inverse=True)
    drawn, solved = np.divmod(states, int(n.max()) + 1)
    values = pass_at_k(drawn, solved, ks)
    cells = place.reshape(each.shape) + states.size * np.arange(each.shape[0])[:, None]
    weight = np.bincount(cells.ravel(), minlength=each.shape[0] * states.size).reshape(each.shape[0], states.size)
    return np.asarray(weight @ values / n.size)
