"""Tests: could chance alone have made this difference? Exact where the counts allow it; docs/method.md tells each."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaln

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_SIGNS_COUNTED = 20
FLIPS_AT_ONCE = 1_000


def fisher_more(c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike) -> Floats:
    """Return Fisher's exact one-sided p: the chance, if both succeed equally often, of c_one or more of the successes.

    All arguments broadcast; NaN where an n is 0. Conditional on the total of successes, so conservative.
    """
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, dtype=np.int64)) for a in (c_one, n_one, c_two, n_two)))
    cases, place = np.unique(np.stack([a.ravel() for a in arrays]), axis=1, return_inverse=True)
    values = np.array([_fisher_more(*case) for case in cases.T.tolist()])
    return np.asarray(values[place.ravel()].reshape(arrays[0].shape))


@lru_cache(maxsize=100_000)
def _fisher_more(c_one: int, n_one: int, c_two: int, n_two: int) -> float:
    if n_one == 0 or n_two == 0:
        return float("nan")
    return float(min(1.0, np.exp(_hypergeometric(c_one + c_two, n_one, n_two)[c_one:]).sum()))


def _hypergeometric(successes: int, n_one: int, n_two: int) -> Floats:
    """Return log P(X = x) for x = 0 … successes, X being how many of the successes fall to the first; −inf: cannot."""
    x = np.arange(successes + 1)
    possible = (x <= n_one) & (successes - x <= n_two)
    inside = np.where(possible, x, min(successes, n_one))
    rest = np.clip(successes - inside, 0, n_two)
    logs = _log_choose(n_one, inside) + _log_choose(n_two, rest) - _log_choose(n_one + n_two, np.array(successes))
    return np.where(possible, logs, -np.inf)


def _log_choose(n: int, k: Integers) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def fisher_two_sided(c_one: int, n_one: int, c_two: int, n_two: int) -> float:
    """Return Fisher's exact two-sided p: the chance of a split no likelier than the one seen; NaN where an n is 0."""
    if n_one == 0 or n_two == 0:
        return float("nan")
    logs = _hypergeometric(c_one + c_two, n_one, n_two)
    return float(min(1.0, np.exp(logs[logs <= logs[c_one] + 1e-9]).sum()))


def least_attainable(c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike) -> Floats:
    """Return the least one-sided p that any split of the same successes could have, either way (Tarone 1990)."""
    arrays = [np.atleast_1d(np.asarray(a, dtype=np.int64)) for a in (c_one, n_one, c_two, n_two)]
    c1, n1, c2, n2 = np.broadcast_arrays(*arrays)
    total = c1 + c2
    first, second = np.minimum(total, n1), np.minimum(total, n2)
    return np.fmin(fisher_more(first, n1, total - first, n2), fisher_more(second, n2, total - second, n1))


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Return the adjusted values q: rejecting q ≤ α keeps the false discovery rate at α (Benjamini & Hochberg 1995).

    NaN where p is NaN, which is then no member of the family.
    """
    values = np.asarray(p, dtype=float)
    q = np.full(values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    scaled = values[order] * order.size / np.arange(1, order.size + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def mcnemar_exact(only_one: int, only_two: int) -> float:
    """Return McNemar's exact two-sided p for problems that only one of two models solved; 1 where there are none."""
    total = only_one + only_two
    k = np.arange(min(only_one, only_two) + 1)
    tail = np.exp(_log_choose(total, k) - total * np.log(2.0)).sum()
    return float(min(1.0, 2.0 * tail))


def ratio_bound(c_one: int, n_one: int, c_two: int, n_two: int, level: float = 0.95) -> float:
    """Return the one-sided lower bound of p_one / p_two for rare successes; 0 where c_one is 0.

    Given the total, c_one is binomial with share ρ n_one / (ρ n_one + n_two); the bound is that of Clopper and Pearson.
    """
    if c_one == 0:
        return 0.0
    share = float(betaincinv(c_one, c_two + 1, 1 - level))
    return share * n_two / ((1 - share) * n_one)


def sign_flip_p(differences: npt.ArrayLike, *, draws: int = 10_000, seed: int = 0) -> Floats:
    """Return the two-sided p of mean differences over problems when each difference could as well have the other sign.

    differences: shape (problems, points), or (problems,) for one point; the result has one p a point. All sign patterns
    are counted where at most 20 differences are not zero, else `draws` seeded ones, the seen one among them and the
    same for every point. NaN where a difference is NaN or where there is no problem; 1 where all are zero.
    """
    d = np.asarray(differences, dtype=float)
    d = d[:, None] if d.ndim == 1 else d
    p = np.full(d.shape[1], np.nan)
    if not d.shape[0]:
        return p
    known = ~np.isnan(d).any(axis=0)
    few = known & ((d != 0).sum(axis=0) <= MOST_SIGNS_COUNTED)
    p[few] = [_counted_flips(column[column != 0]) for column in d[:, few].T]
    p[known & ~few] = _drawn_flips(d[:, known & ~few], draws, seed)
    return p


def _counted_flips(d: Floats) -> float:
    """Count the sign patterns as far from 0 as the seen one."""
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    return float((np.abs(sums) >= abs(d.sum()) * (1 - 1e-12)).mean())


def _drawn_flips(d: Floats, draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    seen = np.abs(d.sum(axis=0)) * (1 - 1e-6)
    values, reached = d.astype(np.float32), np.zeros(d.shape[1])
    for start in range(0, draws, FLIPS_AT_ONCE):
        rows = min(FLIPS_AT_ONCE, draws - start)
        signs = np.unpackbits(rng.integers(0, 256, (rows, -(-d.shape[0] // 8)), dtype=np.uint8), axis=1)[
            :, : d.shape[0]
        ]
        sums = 2 * (signs.astype(np.float32) @ values) - values.sum(axis=0)
        reached += (np.abs(sums) >= seen).sum(axis=0)
    return np.asarray((1 + reached) / (draws + 1))
