"""Curves beyond n: near the truth where the fit is right, refused where it is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from backend.comparison.extrapolation import extrapolation, predictive_p
from backend.statistics.difficulty import fit_difficulty


def counts(rates: object, n: int, seed: int = 3) -> tuple[list[int], list[int]]:
    p = np.asarray(rates, dtype=float)
    return [n] * p.size, np.random.default_rng(seed).binomial(n, p).tolist()


def test_the_curve_goes_on_near_the_truth() -> None:
    rates = np.random.default_rng(2).beta(0.5, 4, 400)
    found = extrapolation(*counts(rates, 64))
    assert found.refused is None
    assert (found.ks[0], found.ks[-1]) == (64, 640)
    truth = [(1 - (1 - rates) ** k).mean() for k in found.ks]
    assert found.plain == pytest.approx(truth, abs=0.03)


def test_the_two_fits_part_where_problems_may_never_be_solved() -> None:
    rates = np.r_[np.random.default_rng(2).beta(1.2, 3, 150), np.zeros(100)]
    found = extrapolation(*counts(rates, 64))
    assert found.zero_inflated
    assert found.zero_inflated[-1] == pytest.approx(150 / 250, abs=0.03)
    if found.plain:
        assert found.plain[-1] > found.zero_inflated[-1]


def test_a_curve_that_neither_fit_gives_is_not_carried_on() -> None:
    """Two kinds of problems, each of one rate: no beta distribution is like that."""
    found = extrapolation(*counts(np.r_[np.full(200, 0.02), np.full(200, 0.98)], 200))
    assert (found.ks, found.plain, found.zero_inflated) == ([], None, None)
    assert found.refused
    assert "look like" in found.refused
    assert found.p_plain is not None
    assert found.p_plain < 0.05


def test_few_problems_and_counts_that_tell_nothing_are_refused() -> None:
    for n, c in (([8] * 9, [1] * 9), ([8] * 20, [0] * 20), ([8] * 20, [8] * 20), ([], [])):
        found = extrapolation(n, c)
        assert found.refused
        assert found.ks == []


@pytest.mark.parametrize("sizes", [[40, 60], range(40, 60)], ids=["few", "many"])
def test_the_check_passes_for_what_the_fit_itself_draws(sizes: Sequence[int]) -> None:
    passed = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        n = rng.choice(sizes, 120)
        c = rng.binomial(n, rng.beta(0.7, 2, 120))
        passed.append(predictive_p(n, c, fit_difficulty(n, c)) >= 0.05)
    assert sum(passed) >= 18


def test_the_same_seed_gives_the_same_answer() -> None:
    n, c = counts(np.random.default_rng(2).beta(0.5, 4, 50), 32)
    assert extrapolation(n, c, seed=7) == extrapolation(n, c, seed=7)
    assert extrapolation(n, c, seed=7).p_plain != extrapolation(n, c, seed=8).p_plain
