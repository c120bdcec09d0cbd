"""maj@k: how often the right answer is the most frequent of k samples."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EXACT_WORK = 200_000
"""Steps of the exact count beyond which it gives way to drawing."""
LETTERS_AT_ONCE = 1_500_000
FEWEST_ORDERS, MOST_ORDERS, ORDERS_SEED = 16, 512, 20_250_418


def majority_at_k(answers: Sequence[int], reference: int | None, k: int, *, silent: int = 0) -> float:
    """Return maj@k: the chance that the reference answer is the most frequent of k samples drawn without replacement.

    answers: how often each distinct answer was given; reference: the place of the right one, None where nobody gave
    it; silent: samples without an answer, which may be drawn and have no vote. Ties share the credit. Exact, by
    counting draws answer by answer; NaN where k exceeds the samples.
    """
    n = sum(answers) + silent
    if k > n:
        return float("nan")
    if reference is None:
        return 0.0
    others = [count for at, count in enumerate(answers) if at != reference]
    won = Fraction(0)
    for votes in range(1, min(answers[reference], k) + 1):
        for unsaid in range(min(silent, k - votes) + 1):
            ways = _ways_below(others, votes, k - votes - unsaid)
            share = sum(Fraction(count, tied + 1) for tied, count in enumerate(ways))
            won += comb(answers[reference], votes) * comb(silent, unsaid) * share
    return float(won / comb(n, k))


def _ways_below(others: Sequence[int], votes: int, drawn: int) -> list[int]:
    """Count the draws of `drawn` samples in which no other answer has more than `votes`, by how many have just that."""
    ways = {(0, 0): 1}
    for count in others:
        following: dict[tuple[int, int], int] = defaultdict(int)
        for (used, tied), number in ways.items():
            for j in range(min(count, votes, drawn - used) + 1):
                following[used + j, tied + (j == votes)] += number * comb(count, j)
        ways = following
    by_ties = [0] * (len(others) + 1)
    for (used, tied), number in ways.items():
        if used == drawn:
            by_ties[tied] += number
    return by_ties


def majority_curve(
    answers: Sequence[int],
    reference: int | None,
    ks: Sequence[int],
    *,
    silent: int = 0,
    draws: int = 2_000,
    seed: int = 0,
) -> Floats:
    """Return maj@k at each k as `majority_at_k`, by seeded orders of the samples where counting would take long.

    Drawn, each k is the head of the same orders; its standard error is at most ½ / √draws. All problems of one n draw
    from the same few shuffled orders, each time begun elsewhere. At k = 1, k = 2 and k = n it is exact all the same.
    """
    n = sum(answers) + silent
    budgets = np.asarray(ks, dtype=np.int64)
    if reference is None or not answers[reference]:
        return np.where(budgets > n, np.nan, 0.0)
    if n**2 * len(answers) * len(budgets) <= EXACT_WORK:
        return np.array([majority_at_k(answers, reference, int(k), silent=silent) for k in budgets])
    if answers[reference] + silent == n:
        return np.where(budgets > n, np.nan, _not_all_silent(n, silent, budgets))
    inside = np.unique(budgets[budgets <= n])
    drawn = _drawn(answers, reference, inside, silent, draws, seed)
    for k, exact in _exact(answers, reference, silent).items():
        drawn[inside == k] = exact
    at = np.searchsorted(inside, np.minimum(budgets, n))
    return np.where(budgets > n, np.nan, drawn[np.minimum(at, max(len(inside) - 1, 0))] if len(inside) else np.nan)


def _exact(answers: Sequence[int], reference: int, silent: int) -> dict[int, float]:
    """Return maj@k at the k where it takes no counting of draws: 1, 2 and n."""
    right, n = answers[reference], sum(answers) + silent
    pairs = comb(right, 2) + right * silent + right * (n - right - silent) / 2
    tied = sum(count == right for count in answers)
    return {2: pairs / comb(n, 2), 1: right / n, n: 1 / tied if right == max(answers) else 0.0}


def _not_all_silent(n: int, silent: int, budgets: npt.NDArray[np.int64]) -> Floats:
    """With no wrong answer the vote is lost only where every drawn sample is silent."""
    return np.array([1.0 - (comb(silent, int(k)) / comb(n, int(k)) if k <= n else 0.0) for k in budgets])


@lru_cache(maxsize=4)
def _orders(n: int, ks: tuple[int, ...]) -> npt.NDArray[np.integer[Any]]:
    """Return, for a few orders of n samples, how many of the first i samples come before place k; by order, i, k.

    An order may also be begun at any other sample, so that a few hold many.
    """
    many = int(np.clip(LETTERS_AT_ONCE // (n * len(ks)), FEWEST_ORDERS, MOST_ORDERS))
    rng = np.random.default_rng([ORDERS_SEED, n])
    places = rng.permuted(np.tile(np.arange(n, dtype=np.int32), (many, 1)), axis=1)
    before = np.zeros((many, n + 1, len(ks)), dtype=np.uint16 if n < 2**16 else np.uint32)
    np.cumsum(places[:, :, None] < np.array(ks), axis=1, out=before[:, 1:])
    before.setflags(write=False)
    return before


def _drawn(
    answers: Sequence[int], reference: int, ks: npt.NDArray[np.int64], silent: int, draws: int, seed: int
) -> Floats:
    """Return the mean credit of the right answer over drawn orders, each begun at a random sample."""
    n, budgets = sum(answers) + silent, tuple(ks.tolist())
    before, rng = _orders(n, budgets), np.random.default_rng(seed)
    others = [count for at, count in enumerate(answers) if at != reference]
    edges = np.cumsum([0, answers[reference], *others])
    credit, done = np.zeros(len(ks)), 0
    while done < draws:
        rows = min(draws - done, max(1, LETTERS_AT_ONCE // (edges.size * len(ks))))
        start = edges + rng.integers(0, n, rows)[:, None]
        reached = before[rng.integers(0, len(before), rows)[:, None], start % n] + (start >= n)[:, :, None] * ks.astype(
            np.int32
        )
        credit += _credit(np.diff(reached, axis=1))
        done += rows
    return credit / draws


def _credit(votes: npt.NDArray[np.int32]) -> Floats:
    """Sum the credit of the first answer over orders; votes has shape (orders, answers, ks)."""
    right, others = votes[:, 0], votes[:, 1:]
    tied = (others == right[:, None]).sum(axis=1)
    won = (right > 0) & (right >= others.max(axis=1, initial=0))
    return np.asarray((won / (tied + 1.0)).sum(axis=0))
