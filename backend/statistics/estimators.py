"""Estimators: numbers in, numbers out. docs/method.md tells each formula and its source."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, comb

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CELLS_AT_ONCE = 4_000_000
LARGEST_N_BY_PRODUCT = 65_536
"""Above it, each point is computed by itself, so that memory does not grow with n."""


def pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike) -> Floats:
    """Return the unbiased estimate of pass@k for each problem and each k.

    n, c: samples and correct samples, one entry a problem; ks: budgets, whole numbers from 1. The result has shape
    (problems, ks): 1 − C(n−c, k) / C(n, k), exactly 1 where k > n − c, and NaN where k > n or n = 0, since n samples
    say nothing about larger budgets. Source: Chen et al. 2021, arXiv 2107.03374, equation 1. Raises ValueError
    where not 0 ≤ c ≤ n or where a k is less than 1.
    """
    drawn, solved, budgets = _whole(n), _whole(c), _whole(ks)
    if drawn.shape != solved.shape or (solved < 0).any() or (solved > drawn).any() or (budgets < 1).any():
        raise ValueError("pass@k wants 0 <= c <= n for each problem and k >= 1")
    n_states, c_states, problem_state = _states(drawn, solved)
    grid, k_place = np.unique(budgets, return_inverse=True)
    result = np.empty((n_states.size, grid.size))
    rows = max(1, CELLS_AT_ONCE // max(1, min(int(grid.max(initial=1)), LARGEST_N_BY_PRODUCT)))
    for start in range(0, n_states.size, rows):
        part = slice(start, start + rows)
        result[part] = _failing(n_states[part, None], c_states[part, None], grid)
    result = 1.0 - result
    return np.asarray(result[problem_state][:, k_place.ravel()])


def pass_hat_k(n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike) -> Floats:
    """Return the unbiased estimate of pass^k, the chance that k samples are all correct: C(c, k) / C(n, k).

    Shapes, NaN and errors as in `pass_at_k`. Source: Yao et al. 2024 (τ-bench), arXiv 2406.12045.
    """
    drawn, solved = _whole(n), _whole(c)
    return 1.0 - pass_at_k(drawn, drawn - solved, ks)


def pass_at_k_variance(n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike) -> Floats:
    """Return the unbiased estimate of the sampling variance of pass@k for each problem and each k.

    With u(k) = C(n−c, k) / C(n, k) it is u(k)² − u(2k), for 2k ≤ n; beyond, no unbiased estimate exists: NaN.
    """
    budgets = _whole(ks)
    return np.asarray((1.0 - pass_at_k(n, c, budgets)) ** 2 - (1.0 - pass_at_k(n, c, 2 * budgets)))


def g_pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike, threshold: Fraction) -> Floats:
    """Return G-Pass@k: the chance that at least ⌈τk⌉ of k samples, and one at the least, are correct.

    Shapes and NaN as in `pass_at_k`; the threshold τ is exact, so that ⌈τk⌉ is too. Source: Liu et al. 2024,
    arXiv 2412.13147.
    """
    return _over_successes(n, c, ks, lambda k, j: (j >= max(ceil(threshold * k), 1)).astype(float))


def mean_g_pass_at_k(n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike) -> Floats:
    """Return mG-Pass@k, the mean of G-Pass@k over thresholds above one half: (2/k) Σ over ⌈k/2⌉ < i ≤ k.

    Shapes and NaN as in `pass_at_k`. Source: as for `g_pass_at_k`.
    """
    return _over_successes(n, c, ks, lambda k, j: 2 / k * np.maximum(j - (k + 1) // 2, 0))


def _over_successes(
    n: npt.ArrayLike, c: npt.ArrayLike, ks: npt.ArrayLike, worth: Callable[[int, Integers], Floats]
) -> Floats:
    """Return the mean worth of k samples drawn without replacement, which depends on how many of them are correct.

    worth: from k and the possible numbers of correct samples to what each is worth.
    """
    budgets = _whole(ks)
    n_states, c_states, problem_state = _states(_whole(n), _whole(c))
    result = np.full((n_states.size, budgets.size), np.nan)
    logs = gammaln(np.arange(n_states.max(initial=0) + 1) + 1.0)
    for column, k in enumerate(budgets.tolist()):
        j = np.arange(k + 1)
        value = worth(k, j)
        rows = np.flatnonzero(n_states >= k)
        step = max(1, CELLS_AT_ONCE // (k + 1))
        for start in range(0, rows.size, step):
            part = rows[start : start + step]
            result[part, column] = _chances(n_states[part, None], c_states[part, None], k, j, logs) @ value
    return np.asarray(result[problem_state])


def _chances(n: Integers, c: Integers, k: int, j: Integers, factorial: Floats) -> Floats:
    """Return the chance that just j of k samples are correct; one row a state (n, c) with n ≥ k, one column a j.

    factorial: log i! for i up to the largest n.
    """
    possible = (j <= c) & (k - j <= n - c)
    hits = np.where(possible, j, np.minimum(c, k))
    misses = np.where(possible, k - j, np.maximum(k - c, 0))
    whole = factorial[c] + factorial[n - c] - factorial[n] + factorial[k] + factorial[n - k]
    parts = factorial[hits] + factorial[c - hits] + factorial[misses] + factorial[n - c - misses]
    return np.where(possible, np.exp(whole - parts), 0.0)


def log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Return log C(n, k), for 0 ≤ k ≤ n."""
    n, k = np.asarray(n), np.asarray(k)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def best_of_k(correct_by_falling_score: Sequence[bool], k: int) -> float:
    """Return the chance that the best-scored of k samples drawn from n is correct; NaN where k > n."""
    n = len(correct_by_falling_score)
    if k > n:
        return float("nan")
    wins = sum(comb(n - i, k - 1) for i, correct in enumerate(correct_by_falling_score, start=1) if correct)
    return float(Fraction(wins, comb(n, k)))


def mean_draws_to_solve(n: int, c: int) -> float:
    """Return the mean place of the first correct sample among n in random order, (n+1)/(c+1); NaN where c is 0."""
    return (n + 1) / (c + 1) if c else float("nan")


def guess_floor(answer_space: int, ks: npt.ArrayLike) -> Floats:
    """Return pass@k of a guesser who picks one of `answer_space` answers evenly each time: 1 − (1 − 1/A)^k."""
    return (
        np.asarray(-np.expm1(_whole(ks) * np.log1p(-1.0 / answer_space)))
        if answer_space > 1
        else np.ones(_whole(ks).size)
    )


def paths_at_k(times_seen: Sequence[int], n: int, ks: npt.ArrayLike) -> Floats:
    """Return paths@k: how many distinct correct paths k samples hold on average, NaN where k > n.

    times_seen: how many of the n samples took each path. It is Hurlbert's rarefaction (1971); pass@k is the case of one
    path.
    """
    budgets = _whole(ks)
    if not times_seen:
        return np.where(budgets > n, np.nan, 0.0)
    return np.asarray(pass_at_k(np.full(len(times_seen), n), times_seen, budgets).sum(axis=0))


def unseen_share(times_seen: Sequence[int]) -> float:
    """Return Good and Turing's estimate of the share of the next samples that is new; NaN: no sample."""
    n = sum(times_seen)
    return sum(count == 1 for count in times_seen) / n if n else float("nan")


def chao1(times_seen: Sequence[int]) -> float:
    """Return Chao's estimate of how many classes there are at the least, in its form for few doubletons."""
    seen = sum(count > 0 for count in times_seen)
    once, twice = (sum(count == times for count in times_seen) for times in (1, 2))
    return seen + once * (once - 1) / (2 * (twice + 1))


def answer_entropy(times_given: Sequence[int]) -> tuple[float, float]:
    """Return the entropy of a problem's answers in nats, plain and with Miller and Madow's correction; NaN for none.

    times_given: how often each distinct answer was given. The correction, (answers − 1) / 2n, is for answers not seen.
    """
    counts = np.array([count for count in times_given if count > 0], dtype=float)
    if not counts.size:
        return float("nan"), float("nan")
    shares = counts / counts.sum()
    plain = float(-(shares * np.log(shares)).sum())
    return plain, plain + (counts.size - 1) / (2 * float(counts.sum()))


def _states(n: Integers, c: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the distinct pairs (n, c), and the place of each problem's pair among them."""
    order = np.lexsort((c, n))
    n, c = n[order], c[order]
    new = np.r_[True, (n[1:] != n[:-1]) | (c[1:] != c[:-1])][: n.size]
    place = np.empty(n.size, dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return n[new], c[new], place


def _whole(values: npt.ArrayLike) -> Integers:
    return np.atleast_1d(np.asarray(values, dtype=np.int64))


def _failing(n: Integers, c: Integers, grid: Integers) -> Floats:
    """Return C(n−c, k) / C(n, k), the chance that k of the n samples are all wrong, for columns n, c and row ks."""
    out = np.full((n.shape[0], grid.size), np.nan)
    by_product = n[:, 0] <= LARGEST_N_BY_PRODUCT
    defined = grid <= n
    if by_product.any():
        out[by_product] = _running_product(n[by_product], c[by_product], grid)
    if not by_product.all():
        out[~by_product] = _short_product(n[~by_product], c[~by_product], grid)
    return np.where(defined, out, np.nan)


def _running_product(n: Integers, c: Integers, grid: Integers) -> Floats:
    """Multiply u(k+1) = u(k) · (n−c−k) / (n−k) along k; the factor is 0 once k reaches n − c."""
    k = np.arange(min(int(grid.max(initial=1)), int(n.max(initial=1))), dtype=np.float64)
    steps = (n - c) - k
    np.maximum(steps, 0.0, out=steps)
    same = n[:1] if (n == n[0]).all() else n
    steps /= np.maximum(same - k, 1.0)
    np.cumprod(steps, axis=1, out=steps)
    return np.asarray(steps[:, np.minimum(grid, k.size) - 1])


def _short_product(n: Integers, c: Integers, grid: Integers) -> Floats:
    """Sum log(1 − long/(n−j)) over j < short, with short and long the lesser and greater of c and k.

    C(n−c, k) / C(n, k) is symmetric in c and k. Below e^-745 it is 0 as a double, so that no more than about
    √(745 n) terms are ever summed.
    """
    out = np.zeros((n.shape[0], grid.size))
    for row, (drawn, solved) in enumerate(zip(n[:, 0].tolist(), c[:, 0].tolist(), strict=True)):
        for column, k in enumerate(grid.tolist()):
            short, long = min(solved, k), max(solved, k)
            if solved + k <= drawn and short * long <= 745 * drawn:
                out[row, column] = np.exp(np.log1p(-long / (drawn - np.arange(short))).sum())
    return out
