"""Tests: could chance alone have made this difference? Exact where the counts allow it; docs/method.md tells each."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from backend.statistics.estimators import log_choose

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_SIGNS_COUNTED = 20
FLIPS_AT_ONCE = 1_000
TERMS_AT_ONCE = 32
CELLS_AT_ONCE = 2_000_000
NODES_A_DEVIATION = 10
LEAST_TERM = 1e-17
"""A term of a tail below this share of its sum adds nothing to it."""


def fisher_more(c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike) -> Floats:
    """Return Fisher's exact one-sided p: the chance, if both succeed equally often, of c_one or more of the successes.

    All arguments broadcast; NaN where an n is 0. Conditional on the total of successes, so conservative. Whole arrays
    are summed at once, whichever tail is the shorter.
    """
    c1, n1, c2, n2 = _alike(c_one, n_one, c_two, n_two)
    below = (c1 > 0) & (c1 * (n1 + n2) < (c1 + c2) * n1)
    others = np.where(c1 > 0, c2, 0)  # from none upwards is all there is: no tail to sum
    pairs = ((c2 + 1, c1), (n2, n1), (c1 - 1, others), (n1, n2))
    tail = _upper_tail([np.where(below, there, here) for there, here in pairs])
    p = np.where(c1 == 0, 1.0, np.where(below, 1.0 - tail, tail))
    return np.where((n1 == 0) | (n2 == 0), np.nan, np.clip(p, 0.0, 1.0))


def fisher_settles(
    c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike, alpha: float
) -> npt.NDArray[np.bool_]:
    """Tell where twice the lesser one-sided p is at most alpha, without summing what is surely more; n is never 0."""
    c1, n1, c2, n2 = _alike(c_one, n_one, c_two, n_two)
    ahead = c1 * n2 >= c2 * n1
    sides = [np.where(ahead, here, there) for here, there in ((c1, c2), (n1, n2), (c2, c1), (n2, n1))]
    return np.asarray(2 * _upper_tail(sides, enough=alpha) <= alpha)


def _alike(*values: npt.ArrayLike) -> tuple[Integers, ...]:
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, dtype=np.int64)) for value in values)))


def _upper_tail(sides: Sequence[Integers], enough: float = np.inf) -> Floats:
    """Return P(X ≥ c1) of the hypergeometric X, how many of the c1 + c2 successes fall to the first.

    sides: c1, n1, c2, n2.
    Summed from c1 upwards, where each term is the one before times (K − x)(n1 − x) / ((x + 1)(n2 − K + x + 1)); meant
    for c1 at the mean or above, where terms fall. A sum that has passed `enough` is not carried on.
    """
    c1, n1, c2, n2 = (side.ravel().astype(float) for side in sides)
    first = np.exp(log_choose(n1, c1) + log_choose(n2, c2) - log_choose(n1 + n2, c1 + c2))
    total, term = np.ones(first.shape), np.ones(first.shape)
    at, steps = np.arange(first.size), 0
    while at.size:
        j = steps + np.arange(TERMS_AT_ONCE)
        a, b, c, d = (side[at, None] for side in (c1, n1, c2, n2))
        ratio = np.maximum(c - j, 0) * np.maximum(b - a - j, 0) / ((a + j + 1) * np.maximum(d - c + j + 1, 1))
        terms = term[at, None] * np.cumprod(ratio, axis=1)
        total[at] += terms.sum(axis=1)
        term[at] = terms[:, -1]
        at = at[(term[at] > total[at] * LEAST_TERM) & (first[at] * total[at] <= enough)]
        steps += TERMS_AT_ONCE
    return np.asarray(first * total).reshape(sides[0].shape)


def _hypergeometric(successes: int, n_one: int, n_two: int) -> Floats:
    """Return log P(X = x) for x = 0 … successes, X being how many of the successes fall to the first; −inf: cannot."""
    x = np.arange(successes + 1)
    possible = (x <= n_one) & (successes - x <= n_two)
    inside = np.where(possible, x, min(successes, n_one))
    rest = np.clip(successes - inside, 0, n_two)
    logs = log_choose(n_one, inside) + log_choose(n_two, rest) - log_choose(n_one + n_two, np.array(successes))
    return np.where(possible, logs, -np.inf)


def fisher_two_sided(c_one: int, n_one: int, c_two: int, n_two: int) -> float:
    """Return Fisher's exact two-sided p: the chance of a split no likelier than the one seen; NaN where an n is 0."""
    if n_one == 0 or n_two == 0:
        return float("nan")
    logs = _hypergeometric(c_one + c_two, n_one, n_two)
    return float(min(1.0, np.exp(logs[logs <= logs[c_one] + 1e-9]).sum()))


def least_attainable(c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike) -> Floats:
    """Return the least one-sided p that any split of the same successes could have, either way (Tarone 1990)."""
    c1, n1, c2, n2 = _alike(c_one, n_one, c_two, n_two)
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
    tail = np.exp(log_choose(total, k) - total * np.log(2.0)).sum()
    return float(min(1.0, 2.0 * tail))


def ratio_bound(
    c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike, level: float = 0.95
) -> Floats:
    """Return the one-sided lower bound of p_one / p_two for rare successes; 0 where c_one is 0; NaN where an n is 0.

    Given the total, c_one is binomial with share ρ n_one / (ρ n_one + n_two); the bound is that of Clopper and Pearson.
    All arguments broadcast.
    """
    c1, n1, c2, n2 = (side.astype(float) for side in _alike(c_one, n_one, c_two, n_two))
    share = betaincinv(np.maximum(c1, 0.5), c2 + 1, 1 - level)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = share * n2 / ((1 - share) * n1)
    return np.where((n1 == 0) | (n2 == 0), np.nan, np.where(c1 == 0, 0.0, bound))


def chance_of_more(c_one: npt.ArrayLike, n_one: npt.ArrayLike, c_two: npt.ArrayLike, n_two: npt.ArrayLike) -> Floats:
    """Return Pr(p_one > p_two | counts) under independent Jeffreys priors, Beta(½, ½); all arguments broadcast.

    Integrated on the scale x = sin²θ, on which a posterior's spread is about 1/(2√n) wherever it lies, with ten nodes
    to that. Independent priors overstate differences somewhat: how hard a problem is for two models goes together.
    """
    sides = _alike(c_one, n_one, c_two, n_two)
    most = int(max(sides[1].max(initial=1), sides[3].max(initial=1)))
    edges = np.linspace(0.0, np.pi / 2, int(np.pi * NODES_A_DEVIATION * np.sqrt(most)) + 200)
    angle = (edges[1:] + edges[:-1]) / 2
    log_sin, log_cos = 2 * np.log(np.sin(angle)), 2 * np.log(np.cos(angle))
    result = np.empty(sides[0].size)
    rows = max(1, CELLS_AT_ONCE // angle.size)
    for start in range(0, result.size, rows):
        c1, n1, c2, n2 = (side[start : start + rows, None].astype(float) for side in sides)
        one, two = (_shares(c * log_sin + (n - c) * log_cos) for c, n in ((c1, n1), (c2, n2)))
        result[start : start + rows] = (one * (np.cumsum(two, axis=1) - two / 2)).sum(axis=1)
    return result


def _shares(logs: Floats) -> Floats:
    """Each row of logarithms as shares that sum to 1."""
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


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
    """Draw signs eight problems at a time: a byte picks one of the 256 sums that these can have."""
    rng = np.random.default_rng(seed)
    seen = np.abs(d.sum(axis=0)) * (1 - 1e-6)
    count, reached = -(-d.shape[0] // 8), np.zeros(d.shape[1])
    eights = np.concatenate([d, np.zeros((8 * count - d.shape[0], d.shape[1]))]).reshape(count, 8, -1)
    signs = 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) - 1
    sums_of = (signs @ eights).astype(np.float32)
    for start in range(0, draws, FLIPS_AT_ONCE):
        drawn = rng.integers(0, 256, (min(FLIPS_AT_ONCE, draws - start), count), dtype=np.uint8)
        sums = np.zeros((len(drawn), d.shape[1]), dtype=np.float32)
        for table, byte in zip(sums_of, np.ascontiguousarray(drawn.T), strict=True):
            sums += table.take(byte, axis=0)
        reached += (np.abs(sums) >= seen).sum(axis=0)
    return np.asarray((1 + reached) / (draws + 1))
