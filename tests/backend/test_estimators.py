"""pass@k against its definition, by enumeration, and against exact fractions."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.estimators import pass_at_k

EXACT = [
    *((5, 2, k, Fraction(*f)) for k, f in enumerate([(2, 5), (7, 10), (9, 10), (1, 1), (1, 1)], start=1)),
    (10, 3, 5, Fraction(11, 12)),
    (4, 1, 2, Fraction(1, 2)),
    (4, 2, 2, Fraction(5, 6)),
    (8, 8, 3, Fraction(1)),
    (1024, 1, 512, Fraction(1, 2)),
    (1024, 2, 512, Fraction(1535, 2046)),
    (1024, 0, 1024, Fraction(0)),
    (1024, 1, 1024, Fraction(1)),
    (200, 3, 100, Fraction(349, 398)),
    (128, 104, 2, Fraction(1963, 2032)),
    (128, 3, 64, Fraction(223, 254)),
    (128, 17, 8, Fraction(5988940829, 8664864560)),
]

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


def definition(n: int, c: int, k: int) -> Fraction:
    return 1 - Fraction(comb(n - c, k), comb(n, k))


@pytest.mark.parametrize(("n", "c", "k", "expected"), EXACT)
def test_published_fractions_come_out(n: int, c: int, k: int, expected: Fraction) -> None:
    assert pass_at_k(n, c, k)[0, 0] == pytest.approx(float(expected), abs=1e-13)


@pytest.mark.parametrize(("n", "c"), [(1, 0), (1, 1), (5, 2), (6, 1), (7, 4)])
def test_it_is_the_share_of_subsets_that_hold_a_correct_sample(n: int, c: int) -> None:
    drawn = [True] * c + [False] * (n - c)
    for k in range(1, n + 1):
        subsets = list(combinations(drawn, k))
        share = sum(map(any, subsets)) / len(subsets)
        assert pass_at_k(n, c, k)[0, 0] == pytest.approx(share, abs=1e-15)


@given(counts)
def test_it_agrees_with_the_exact_definition(case: tuple[int, int, int]) -> None:
    n, c, k = case
    assert pass_at_k(n, c, k)[0, 0] == pytest.approx(float(definition(n, c, k)), abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(16384, 1, 8000), (16384, 5, 16000), (16384, 8000, 2), (16384, 3, 1)])
def test_large_n_keeps_twelve_digits(n: int, c: int, k: int) -> None:
    assert pass_at_k(n, c, k)[0, 0] == pytest.approx(float(definition(n, c, k)), abs=1e-12)


def test_very_large_n_keeps_twelve_digits_and_the_exact_ends() -> None:
    n, ks = 1_000_000, np.array([1, 1000, 999_997, 999_998, 1_000_000, 1_000_001])
    values = pass_at_k([n], [3], ks)[0]
    assert values[:3] == pytest.approx([float(definition(n, 3, int(k))) for k in ks[:3]], abs=1e-12)
    assert values[3:5].tolist() == [1.0, 1.0]
    assert np.isnan(values[5])


@pytest.mark.parametrize(("n", "c", "k"), [(3, 0, 5), (3, 3, 4), (0, 0, 1)])
def test_more_than_was_drawn_is_undefined(n: int, c: int, k: int) -> None:
    assert np.isnan(pass_at_k(n, c, k)[0, 0])


def test_whole_curve_rises_from_the_mean_to_solved_or_not() -> None:
    values = pass_at_k([128, 128, 128], [0, 1, 17], range(1, 129))
    assert (np.diff(values, axis=1) >= 0).all()
    assert values[:, 0] == pytest.approx([0, 1 / 128, 17 / 128])
    assert values[:, -1].tolist() == [0.0, 1.0, 1.0]
    assert values[1] == pytest.approx(np.arange(1, 129) / 128)


def test_order_and_repeats_of_problems_and_budgets_are_kept() -> None:
    values = pass_at_k([4, 8, 4], [1, 8, 1], [2, 1, 2])
    assert values.tolist() == [[0.5, 0.25, 0.5], [1.0, 1.0, 1.0], [0.5, 0.25, 0.5]]


def test_no_problems_give_no_rows() -> None:
    assert pass_at_k([], [], [1, 2]).shape == (0, 2)


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 0)])
def test_impossible_counts_are_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="0 <= c <= n"):
        pass_at_k(n, c, k)
