"""How hard a benchmark's problems are for a model: the distribution of success rates behind its counts.

The rates p of the problems are taken to be draws from a beta distribution (beta-binomial counts), plain or with a share
of problems that the model never solves (zero-inflated). docs/method.md tells what may and may not be read from it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaincc, betaln, digamma, expit, gammaln, ndtri
from scipy.stats import beta as beta_distribution

from backend.statistics.estimators import log_choose, pass_at_k, pass_at_k_variance
from backend.statistics.intervals import wilson

Floats = npt.NDArray[np.float64]

FEWEST_PROBLEMS = 10
BOUNDS = (-9.0, 7.0)
"""Of log a and log b; counts that want more extreme ones hold no information on them."""


@dataclass(frozen=True, kw_only=True)
class Difficulty:
    """A distribution of success rates: p is 0 with probability `never`, else Beta(a, b)."""

    a: float
    b: float
    never: float = 0.0
    fitted: bool = True
    """Whether it was fitted to counts; else it is Jeffreys' prior, since the counts tell too little."""
    log_likelihood: float = float("nan")

    def pass_at_k(self, ks: npt.ArrayLike) -> Floats:
        """Return the mean of 1 − (1−p)^k at each k."""
        return np.asarray((1 - self.never) * -np.expm1(_log_mean_failing(self.a, self.b, np.asarray(ks, dtype=float))))

    def chances(self, n: int) -> Floats:
        """Return how likely 0, 1, … n correct ones are among n samples of a problem; they sum to 1."""
        solved = np.arange(n + 1.0)
        value, _ = _log_likelihood(np.full(n + 1, float(n)), solved, self.a, self.b, self.never)
        chances = np.exp(value)
        return np.asarray(chances / chances.sum())


JEFFREYS = Difficulty(a=0.5, b=0.5, fitted=False)


def fit_difficulty(n: npt.ArrayLike, c: npt.ArrayLike, *, zero_inflated: bool = False) -> Difficulty:
    """Return the distribution of greatest likelihood; Jeffreys' prior where there is too little to fit one to.

    n, c: scored and correct samples, one entry a problem, n ≥ 1. Too little: fewer than 10 problems, or c all 0, or all
    equal to n. Source of the model: Skellam 1948 (beta-binomial); zero-inflated as a mixture with a mass at p = 0.
    """
    states = np.stack([np.asarray(n, dtype=np.int64), np.asarray(c, dtype=np.int64)])
    return _fitted(states.tobytes(), zero_inflated)


@lru_cache(maxsize=128)
def _fitted(states: bytes, zero_inflated: bool) -> Difficulty:
    """Fit to counts, given as the bytes of their rows n and c; the same counts are asked for by several numbers."""
    drawn, solved, weight = _states(*np.frombuffer(states, dtype=np.int64).reshape(2, -1))
    if weight.sum() < FEWEST_PROBLEMS or (solved == 0).all() or (solved == drawn).all():
        return JEFFREYS

    def minus_log_likelihood(at: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(drawn, solved, *_parameters(at, zero_inflated))
        return -float(weight @ value), -(slope[: len(at)] @ weight)

    starts = [(-1.0, 0.5), (0.0, 0.0), (-2.0, 2.0)]
    tails = [-2.0, 0.0] if zero_inflated else [None]
    limits = [BOUNDS, BOUNDS] + ([(-12.0, 12.0)] if zero_inflated else [])
    found = [
        minimize(
            minus_log_likelihood, [*start, *([] if tail is None else [tail])],
            method="L-BFGS-B", jac=True, bounds=limits,
        )
        for start in starts
        for tail in tails
    ]  # fmt: skip
    best = min(found, key=lambda result: float(result.fun))
    a, b, never = _parameters(best.x, zero_inflated)
    return Difficulty(a=a, b=b, never=never, log_likelihood=-float(best.fun))


def _parameters(at: Floats, zero_inflated: bool) -> tuple[float, float, float]:
    return float(np.exp(at[0])), float(np.exp(at[1])), float(expit(at[2])) if zero_inflated else 0.0


def _states(n: npt.ArrayLike, c: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    pairs = np.stack([np.asarray(n, dtype=np.int64), np.asarray(c, dtype=np.int64)])
    states, weight = np.unique(pairs, axis=1, return_counts=True)
    return states[0].astype(float), states[1].astype(float), weight.astype(float)


def _log_likelihood(n: Floats, c: Floats, a: float, b: float, never: float) -> tuple[Floats, Floats]:
    """Return the log-probability of c of n for each state, and its slopes along log a, log b and the logit of never."""
    sometimes = log_choose(n, c) + betaln(a + c, b + n - c) - betaln(a, b) + np.log1p(-never)
    value = np.where(c == 0, np.logaddexp(sometimes, np.log(never)), sometimes) if never else sometimes
    share = np.exp(sometimes - value)
    both = digamma(a + b) - digamma(a + b + n)
    along_a = a * (digamma(a + c) - digamma(a) + both)
    along_b = b * (digamma(b + n - c) - digamma(b) + both)
    return np.asarray(value), np.stack([share * along_a, share * along_b, 1 - share - never])


def _log_mean_failing(a: npt.ArrayLike, b: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return log E[(1−p)^k] for p ~ Beta(a, b)."""
    a, b, k = (np.asarray(value, dtype=float) for value in (a, b, k))
    return np.asarray(gammaln(b + k) - gammaln(b) + gammaln(a + b) - gammaln(a + b + k))


def posterior_pass_at_k(
    n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike, prior: Difficulty
) -> tuple[Floats, Floats]:
    """Return mean and variance of the true 1 − (1−p)^k given a problem's counts, each of shape (problems, ks); any k.

    Given c, p is Beta(a + c, b + n − c), or 0 with the probability that the prior's mass at 0 then has; so both are
    exact.
    """
    drawn, solved = (np.asarray(value, dtype=float)[:, None] for value in (n, c))
    budgets = np.asarray(ks, dtype=float)[None, :]
    a, b = prior.a + solved, prior.b + drawn - solved
    failing, failing_twice = (np.exp(_log_mean_failing(a, b, times * budgets)) for times in (1, 2))
    if prior.never:
        dead = never_given_counts(n, c, prior)[:, None]
        failing, failing_twice = (dead + (1 - dead) * value for value in (failing, failing_twice))
    return 1.0 - failing, np.maximum(failing_twice - failing**2, 0.0)


def never_given_counts(n: npt.ArrayLike, c: npt.ArrayLike, prior: Difficulty) -> Floats:
    """Return the probability that p is 0 given the counts, one entry a problem; 0 where c > 0."""
    drawn, solved = (np.asarray(value, dtype=float) for value in (n, c))
    missed = (1 - prior.never) * np.exp(_log_mean_failing(prior.a, prior.b, drawn))
    return np.where(solved > 0, 0.0, prior.never / (prior.never + missed))


def likelier_difficulty(n: npt.ArrayLike, c: npt.ArrayLike) -> Difficulty:
    """Return the zero-inflated fit where it is worth its parameter (Akaike 1974), else the plain one."""
    plain, inflated = (fit_difficulty(n, c, zero_inflated=each) for each in (False, True))
    return inflated if inflated.log_likelihood > plain.log_likelihood + 1 else plain


def posterior_cover(n: npt.ArrayLike, c: npt.ArrayLike, thresholds: npt.ArrayLike, prior: Difficulty) -> Floats:
    """Return Pr(p ≥ τ | c), τ > 0, for each problem and each threshold; shape (problems, thresholds)."""
    drawn, solved = (np.asarray(value, dtype=float)[:, None] for value in (n, c))
    tau = np.asarray(thresholds, dtype=float)[None, :]
    reached = betaincc(prior.a + solved, prior.b + drawn - solved, tau)
    return np.asarray(reached * (1 - never_given_counts(n, c, prior)[:, None]) if prior.never else reached)


def moment_interval(mean: npt.ArrayLike, variance: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the central interval of the beta distribution with this mean and variance; NaN where there is none.

    A mean within 1e-12 of 0 or 1, or a variance below 1e-24, is as good as known and has none: the parameters would
    overflow.
    """
    mean, variance = np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = mean * (1 - mean) / variance - 1
    possible = (variance > 1e-24) & (mean * (1 - mean) > 1e-12) & (total > 0)
    total = np.where(possible, total, np.nan)
    tail = (1 - level) / 2
    low = beta_distribution.ppf(tail, mean * total, (1 - mean) * total)
    high = beta_distribution.ppf(1 - tail, mean * total, (1 - mean) * total)
    return np.asarray(low), np.asarray(high)


def benchmark_interval(
    n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Return mean pass@k of these very problems, low and high, from sampling noise alone.

    n, c: one entry a problem; ks: budgets up to the smallest n. Where 2k ≤ n for every problem the variance is the
    unbiased Σ V / P², or the fitted posterior's where that is more, in Wilson's form. Beyond, no unbiased estimate
    exists: the interval holds that of the mean with the posterior's variance, and those of the plain and of the
    zero-inflated posterior, which disagree on problems never solved. NaN where a problem has fewer than k samples or
    there is no problem.
    """
    drawn, solved, budgets = (np.asarray(value, dtype=np.int64) for value in (n, c, ks))
    nothing = np.full(budgets.shape, np.nan)
    if not drawn.size:
        return nothing, nothing.copy(), nothing.copy()
    problems = drawn.size
    mean = pass_at_k(drawn, solved, budgets).mean(axis=0)
    fits = [fit_difficulty(drawn, solved, zero_inflated=inflated) for inflated in (False, True)]
    beliefs = [posterior_pass_at_k(drawn, solved, budgets, fit) for fit in fits]
    variances = [variance.sum(axis=0) / problems**2 for _, variance in beliefs]
    unbiased = pass_at_k_variance(drawn, solved, budgets).sum(axis=0) / problems**2
    variance = np.fmax(unbiased, np.maximum(*variances))
    effective = np.maximum(mean * (1 - mean), 1e-12) / np.maximum(variance, 1e-18)
    low, high = wilson(mean, effective, float(ndtri((1 + level) / 2)))
    ends = [moment_interval(m.mean(axis=0), v, level) for (m, _), v in zip(beliefs, variances, strict=True)]
    beyond = np.isnan(unbiased)
    low = np.where(beyond, np.fmin(low, np.fmin(ends[0][0], ends[1][0])), low)
    high = np.where(beyond, np.fmax(high, np.fmax(ends[0][1], ends[1][1])), high)
    undefined = np.isnan(mean)
    return mean, np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
