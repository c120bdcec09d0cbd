"""Intervals against hand-checked values and against their formulas written out in plain steps."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import UNSEEN, population_interval, wilson_share


def test_wilson_of_three_in_ten() -> None:
    low, high = wilson_share(3, 10)
    assert (float(low), float(high)) == pytest.approx((0.107791, 0.603222), abs=1e-6)


def test_wilson_of_nothing_drawn_is_undefined_and_of_none_solved_begins_at_zero() -> None:
    low, high = wilson_share([0, 0, 128], [0, 128, 128])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] == 0.0
    assert high[1] == pytest.approx(0.02914, abs=1e-5)
    assert high[2] == 1.0


def wilson_by_hand(p: float, n: float, t: float) -> tuple[float, float]:
    middle = (p + t * t / (2 * n)) / (1 + t * t / n)
    half = t / (1 + t * t / n) * sqrt(p * (1 - p) / n + t * t / (4 * n * n))
    return middle - half, middle + half


def test_population_interval_is_wilson_with_the_effective_number_of_problems() -> None:
    rng = np.random.default_rng(1)
    n, c = np.full(30, 64), rng.binomial(64, rng.beta(0.3, 1.5, 30))
    values = pass_at_k(n, c, [1, 8, 64])
    mean, low, high = population_interval(values)
    for at in range(3):
        g = values[:, at]
        squares = 30 * sum((x - g.mean()) ** 2 for x in g) / 29
        effective = 30 * (30 * g.mean() * (1 - g.mean()) + UNSEEN) / (squares + UNSEEN)
        expected = wilson_by_hand(float(g.mean()), effective, float(stats.t.ppf(0.975, 29)))
        assert mean[at] == pytest.approx(g.mean())
        assert (low[at], high[at]) == pytest.approx(expected)


def test_when_all_problems_are_unsolved_or_agree_their_number_counts() -> None:
    t = float(stats.t.ppf(0.975, 19))
    mean, low, high = population_interval(np.stack([np.zeros(20), np.ones(20), np.full(20, 0.3)], axis=1))
    assert mean.tolist() == pytest.approx([0, 1, 0.3])
    for at, share in enumerate([0.0, 1.0, 0.3]):
        assert (low[at], high[at]) == pytest.approx(wilson_by_hand(share, 20, t))


def test_one_problem_has_a_mean_and_no_interval() -> None:
    mean, low, high = population_interval([[0.25, 0.5]])
    assert mean.tolist() == [0.25, 0.5]
    assert np.isnan([low, high]).all()


def test_an_undefined_value_makes_its_point_undefined_and_no_other() -> None:
    mean, low, high = population_interval([[0.25, np.nan], [0.5, 0.5]])
    assert mean[0] == 0.375
    assert np.isnan([mean[1], low[1], high[1]]).all()
    assert not np.isnan([low[0], high[0]]).any()


def test_no_problem_gives_nothing() -> None:
    assert all(np.isnan(part).all() for part in population_interval(np.empty((0, 2))))


@pytest.mark.parametrize(("a", "b"), [(0.2, 3.0), (0.4, 0.6)])
def test_ninety_five_percent_covers_the_truth_about_as_often(a: float, b: float) -> None:
    rng, k, n, covered, rounds = np.random.default_rng(7), 8, 64, 0, 300
    truth = 1 - np.exp(sum(np.log((b + i) / (a + b + i)) for i in range(k)))
    for _ in range(rounds):
        c = rng.binomial(n, rng.beta(a, b, 60))
        _, low, high = population_interval(pass_at_k(np.full(60, n), c, [k]))
        covered += bool(low[0] <= truth <= high[0])
    assert covered / rounds >= 0.91
