"""Estimators: numbers in, numbers out. docs/method.md tells each formula and its source."""

import numpy as np
import numpy.typing as npt

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
