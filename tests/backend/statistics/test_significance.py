"""Tests of significance against exact fractions and against enumeration."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from backend.statistics.significance import (
    benjamini_hochberg,
    chance_of_more,
    fisher_more,
    fisher_settles,
    fisher_two_sided,
    least_attainable,
    mcnemar_exact,
    ratio_bound,
    sign_flip_p,
)


@pytest.mark.parametrize(
    ("n", "c", "p"),
    [
        *((n, 1, Fraction(1, 2)) for n in (1, 16, 1024)),
        (16, 2, Fraction(15, 62)),
        (32, 2, Fraction(31, 126)),
        (128, 2, Fraction(127, 510)),
        (1024, 2, Fraction(1023, 4094)),
    ],
)
def test_fisher_of_a_few_against_none(n: int, c: int, p: Fraction) -> None:
    assert fisher_more(c, n, 0, n)[0] == pytest.approx(float(p), rel=1e-9)
    assert float(p) == pytest.approx(comb(n, c) / comb(2 * n, c))


def test_fisher_at_128() -> None:
    assert fisher_more([5, 6], 128, 0, 128) == pytest.approx([0.030032, 0.014717], abs=1e-6)
    assert [fisher_two_sided(c, 128, 0, 128) for c in (1, 5, 6)] == pytest.approx([1, 0.06006, 0.02943], abs=1e-5)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fisher_is_the_hypergeometric_tail(n_one: int, n_two: int, data: st.DataObject) -> None:
    c_one, c_two = data.draw(st.integers(0, n_one)), data.draw(st.integers(0, n_two))
    expected = stats.hypergeom.sf(c_one - 1, n_one + n_two, c_one + c_two, n_one)
    assert fisher_more(c_one, n_one, c_two, n_two)[0] == pytest.approx(expected, abs=1e-9)
    two = stats.fisher_exact(np.array([[c_one, n_one - c_one], [c_two, n_two - c_two]])).pvalue
    assert fisher_two_sided(c_one, n_one, c_two, n_two) == pytest.approx(two, abs=1e-6)
    least = least_attainable(c_one, n_one, c_two, n_two)[0]
    assert least <= min(fisher_more(c_one, n_one, c_two, n_two)[0], fisher_more(c_two, n_two, c_one, n_one)[0]) + 1e-9


def test_nothing_drawn_has_no_p() -> None:
    assert np.isnan(fisher_more(0, 0, 1, 4)[0])
    assert np.isnan(fisher_two_sided(0, 4, 0, 0))


def test_fisher_far_out_in_the_tail_and_at_large_n() -> None:
    exact = [Fraction(comb(100_000, 40), comb(200_000, 40)), Fraction(comb(1024, 300), comb(2048, 300))]
    assert fisher_more([40, 300], [100_000, 1024], 0, [100_000, 1024]) == pytest.approx([float(p) for p in exact])
    drawn = [(900, 1000, 200, 1000), (3, 1000, 70, 1000), (0, 1000, 70, 1000)]
    expected = [stats.hypergeom.sf(c - 1, n + o, c + d, n) for c, n, d, o in drawn]
    assert fisher_more(*np.array(drawn).T) == pytest.approx(expected, rel=1e-9)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_settled_is_what_twice_the_lesser_p_says(n_one: int, n_two: int, data: st.DataObject) -> None:
    c_one, c_two = data.draw(st.integers(0, n_one)), data.draw(st.integers(0, n_two))
    p = 2 * min(fisher_more(c_one, n_one, c_two, n_two)[0], fisher_more(c_two, n_two, c_one, n_one)[0])
    assert fisher_settles(c_one, n_one, c_two, n_two, 0.01)[0] == (p <= 0.01)


@pytest.mark.parametrize("case", [(1, 4, 0, 7), (3, 128, 0, 1024), (20, 64, 15, 64), (5, 5, 0, 5)])
def test_the_chance_of_more_is_the_integral_over_both_posteriors(case: tuple[int, int, int, int]) -> None:
    c_one, n_one, c_two, n_two = case
    ahead = stats.beta(c_one + 0.5, n_one - c_one + 0.5)
    behind = stats.beta(c_two + 0.5, n_two - c_two + 0.5)
    nodes = (np.arange(200_000) + 0.5) / 200_000
    assert chance_of_more(*case)[0] == pytest.approx(behind.cdf(ahead.ppf(nodes)).mean(), abs=2e-4)
    assert chance_of_more(*case)[0] + chance_of_more(*case[2:], *case[:2])[0] == pytest.approx(1)


def test_one_of_many_against_none_is_ahead_with_the_known_chance() -> None:
    assert chance_of_more(1, 100_000, 0, 100_000)[0] == pytest.approx(0.5 + 1 / np.pi, abs=3e-4)
    assert chance_of_more([2, 3, 4, 5], 10_000, 0, 10_000) == pytest.approx([0.924, 0.967, 0.985, 0.993], abs=1e-3)


def test_benjamini_hochberg() -> None:
    assert benjamini_hochberg([0.01, 0.02, 0.03, 0.04, 0.2]) == pytest.approx([0.05, 0.05, 0.05, 0.05, 0.2])
    values = benjamini_hochberg([0.2, np.nan, 0.01])
    assert values[[0, 2]] == pytest.approx([0.2, 0.02])
    assert np.isnan(values[1])
    assert benjamini_hochberg([]).size == 0


@pytest.mark.parametrize(
    ("one", "two", "p"),
    [
        (4, 0, 1 / 8), (4, 1, 3 / 8), (5, 0, 1 / 16), (6, 0, 1 / 32), (1, 0, 1), (0, 0, 1),
        (18, 5, 5569 / 524288), (19, 3, 897 / 1048576),
    ],
)  # fmt: skip
def test_mcnemar(one: int, two: int, p: float) -> None:
    assert mcnemar_exact(one, two) == pytest.approx(p, rel=1e-9)
    assert mcnemar_exact(two, one) == pytest.approx(p, rel=1e-9)


def test_ratio_bound_of_some_against_none() -> None:
    assert ratio_bound([5, 6, 10, 20], 1024, 0, 1024) == pytest.approx([1.22, 1.54, 2.86, 6.19], abs=0.005)
    assert ratio_bound(0, 10, 3, 10)[0] == 0.0
    assert np.isnan(ratio_bound(0, 10, 0, 0)).all()
    assert ratio_bound(5, 512, 0, 1024)[0] == pytest.approx(2 * ratio_bound(5, 1024, 0, 1024)[0])


def test_sign_flips_are_enumerated_when_few() -> None:
    d = [0.5, 0.25, 0.0, -0.125, 0.5]
    sums = [sum(s * x for s, x in zip(signs, d, strict=True)) for signs in product((1, -1), repeat=5)]
    assert sign_flip_p(d) == sum(abs(s) >= sum(d) - 1e-12 for s in sums) / len(sums)
    assert sign_flip_p([0.0, 0.0]) == 1.0
    assert np.isnan(sign_flip_p([])).all()


def test_many_sign_flips_are_drawn_with_a_seed() -> None:
    rng = np.random.default_rng(3)
    d = rng.normal(0.4, 1, 80)
    assert sign_flip_p(d) == sign_flip_p(d)
    assert sign_flip_p(d) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.01)
