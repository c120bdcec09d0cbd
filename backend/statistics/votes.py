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
Integers = npt.NDArray[np.int64]

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


def majority_curves(
    answers: Sequence[Sequence[int]],
    silent: Sequence[int],
    ks: Sequence[int],
    *,
    draws: int = 2_000,
    seed: int = 0,
) -> Floats:
    """Return maj@k of shape (problems, ks) as `majority_at_k`, by seeded orders where counting would take long.

    answers: for each problem how often each distinct answer was given, the right one first (0: by nobody); silent: its
    samples without an answer. Drawn, each k is the head of the same orders; a problem's standard error is at most
    ½ / √draws. All problems of one n draw from the same few shuffled orders, each time begun elsewhere; the problem at
    one place draws the same ones whatever its answers are. At k = 1, k = 2 and k = n it is exact all the same.
    """
    budgets = np.asarray(ks, dtype=np.int64)
    out = np.full((len(answers), len(budgets)), np.nan)
    open_at: dict[int, list[int]] = defaultdict(list)
    for place, (counts, unsaid) in enumerate(zip(answers, silent, strict=True)):
        settled = _settled(counts, unsaid, budgets)
        if settled is None:
            open_at[sum(counts) + unsaid].append(place)
        else:
            out[place] = settled
    chances = np.random.default_rng(seed).random((2, len(answers), draws)) if open_at else np.empty((2, 0, 0))
    for n, places in open_at.items():
        out[places] = _drawn(n, [answers[at] for at in places], [silent[at] for at in places], budgets,
                             chances[:, places])  # fmt: skip
    return out


def _settled(answers: Sequence[int], silent: int, budgets: Integers) -> Floats | None:
    """Return the maj@k of a problem where it takes no drawing; else None."""
    n = sum(answers) + silent
    if not answers[0]:
        return np.where(budgets > n, np.nan, 0.0)
    if n**2 * len(answers) * len(budgets) <= EXACT_WORK:
        return np.array([majority_at_k(answers, 0, int(k), silent=silent) for k in budgets])
    if answers[0] + silent == n:
        return np.where(budgets > n, np.nan, _not_all_silent(n, silent, budgets))
    return None


def _exact(answers: Sequence[int], silent: int) -> dict[int, float]:
    """Return maj@k at the k where it takes no counting of draws: 1, 2 and n."""
    right, n = answers[0], sum(answers) + silent
    pairs = comb(right, 2) + right * silent + right * (n - right - silent) / 2
    tied = sum(count == right for count in answers)
    return {2: pairs / comb(n, 2), 1: right / n, n: 1 / tied if right == max(answers) else 0.0}


def _not_all_silent(n: int, silent: int, budgets: Integers) -> Floats:
    """With no wrong answer the vote is lost only where every drawn sample is silent."""
    return np.array([1.0 - (comb(silent, int(k)) / comb(n, int(k)) if k <= n else 0.0) for k in budgets])


@lru_cache(maxsize=4)
def _orders(n: int, ks: tuple[int, ...]) -> npt.NDArray[np.integer[Any]]:
    """Return, for a few orders of n samples, how many of the first i samples come before place k; by order, i, k.

    An order may also be begun at any other sample, so that a few hold many: i goes twice around.
    """
    many = int(np.clip(LETTERS_AT_ONCE // (2 * n * len(ks)), FEWEST_ORDERS, MOST_ORDERS))
    rng = np.random.default_rng([ORDERS_SEED, n])
    places = rng.permuted(np.tile(np.arange(n, dtype=np.int32), (many, 1)), axis=1)
    before = np.zeros((many, 2 * n + 1, len(ks)), dtype=np.uint16 if 2 * n < 2**16 else np.uint32)
    np.cumsum(np.tile(places, 2)[:, :, None] < np.array(ks), axis=1, out=before[:, 1:])
    before.setflags(write=False)
    return before


def _drawn(
    n: int, answers: Sequence[Sequence[int]], silent: Sequence[int], budgets: Integers, chances: Floats
) -> Floats:
    """Return maj@k of problems of one n by drawn orders; chances, in [0, 1): which order, and where it is begun."""
    inside = np.unique(budgets[budgets <= n])
    if not inside.size:
        return np.full((len(answers), budgets.size), np.nan)
    before = _orders(n, tuple(inside.tolist()))
    credit = np.empty((len(answers), inside.size))
    draws = chances.shape[2]
    # Problems with about as many answers go together, since an answer that a problem has not counts as given by nobody.
    by_size = sorted(range(len(answers)), key=lambda at: len(answers[at]))
    while by_size:
        at_once = max(1, LETTERS_AT_ONCE // (draws * inside.size * (len(answers[by_size[-1]]) + 1)))
        some, by_size = by_size[-at_once:], by_size[:-at_once]
        edges = _edges([answers[at] for at in some])
        credit[some] = _mean_credit(before, edges, chances[:, some])
    for place, (counts, unsaid) in enumerate(zip(answers, silent, strict=True)):
        for k, exact in _exact(counts, unsaid).items():
            credit[place, inside == k] = exact
    at = np.minimum(np.searchsorted(inside, budgets), inside.size - 1)
    return np.where(budgets > n, np.nan, credit[:, at])


def _edges(answers: Sequence[Sequence[int]]) -> Integers:
    """Return where each answer's samples begin and end, one row a problem, padded by answers that nobody gave."""
    edges = np.zeros((len(answers), max(map(len, answers)) + 1), dtype=np.int64)
    for row, counts in zip(edges, answers, strict=True):
        row[1 : len(counts) + 1] = counts
    return np.asarray(np.cumsum(edges, axis=1))


def _mean_credit(before: npt.NDArray[np.integer[Any]], edges: Integers, chances: Floats) -> Floats:
    """Return the mean credit of the right answer over drawn orders, of shape (problems, ks)."""
    many, n = before.shape[0], (before.shape[1] - 1) // 2
    which, begun = (chances * np.array([many, n])[:, None, None]).astype(np.int64)
    total, draws = np.zeros((len(edges), before.shape[2])), chances.shape[2]
    rows = max(1, LETTERS_AT_ONCE // (edges.size * before.shape[2]))
    for first in range(0, draws, rows):
        some = slice(first, first + rows)
        reached = before[which[:, some, None], begun[:, some, None] + edges[:, None]]
        total += _credit(reached[:, :, 1:] - reached[:, :, :-1])
    return np.asarray(total / draws)


def _credit(votes: npt.NDArray[np.integer[Any]]) -> Floats:
    """Sum the credit of the first answer over orders; votes has shape (problems, orders, answers, ks)."""
    right, others = votes[:, :, 0], votes[:, :, 1:]
    most = others.max(axis=2, initial=0)
    tied = (others == right[:, :, None]).sum(axis=2)
    won = (right > 0) & (right >= most)
    return np.asarray((won / (tied + 1.0)).sum(axis=1))
