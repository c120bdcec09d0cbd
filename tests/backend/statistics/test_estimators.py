"""pass@k against its definition, by enumeration, and against exact fractions."""

from fractions import Fraction
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.estimators import (
    answer_entropy,
    best_of_k,
    chao1,
    g_pass_at_k,
    guess_floor,
    mean_draws_to_solve,
    mean_g_pass_at_k,
    pass_at_k,
    pass_at_k_variance,
    pass_hat_k,
    paths_at_k,
    unseen_share,
)
from backend.statistics.votes import majority_at_k

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


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (4, 2, 1, Fraction(1, 12)), (4, 2, 2, Fraction(1, 36)), (8, 4, 2, Fraction(31, 980)),
        (10, 3, 2, Fraction(23, 450)), (10, 3, 5, Fraction(1, 144)), (10, 1, 2, Fraction(1, 25)),
    ],
)  # fmt: skip
def test_variance_of_pass_at_k(n: int, c: int, k: int, expected: Fraction) -> None:
    assert pass_at_k_variance(n, c, k)[0, 0] == pytest.approx(float(expected), abs=1e-14)


def test_the_variance_is_unbiased_and_undefined_beyond_half_of_n() -> None:
    n, k, p = 6, 2, Fraction(1, 3)
    chance = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    estimates = [definition(n, c, k) for c in range(n + 1)]
    mean = sum(w * g for w, g in zip(chance, estimates, strict=True))
    assert mean == Fraction(5, 9)
    assert sum(w * (g - mean) ** 2 for w, g in zip(chance, estimates, strict=True)) == Fraction(28, 405)
    variances = pass_at_k_variance([n] * (n + 1), range(n + 1), k)[:, 0]
    assert sum(float(w) * v for w, v in zip(chance, variances, strict=True)) == pytest.approx(28 / 405)
    assert np.isnan(pass_at_k_variance(n, 2, 4)[0, 0])


def test_pass_hat_k_of_three_and_four_in_five() -> None:
    assert pass_hat_k([5, 5], [3, 4], [1, 2]).mean(axis=0) == pytest.approx([0.7, 0.45])
    assert np.isnan(pass_hat_k(3, 3, 4)[0, 0])


@pytest.mark.parametrize(
    ("n", "c", "k", "least", "expected"), [(6, 3, 3, 2, 1 / 2), (5, 3, 4, 2, 1), (5, 2, 4, 3, 0), (10, 8, 4, 4, 1 / 3)]
)
def test_g_pass_at_k(n: int, c: int, k: int, least: int, expected: float) -> None:
    assert g_pass_at_k([n], [c], [k], Fraction(least, k))[0, 0] == pytest.approx(expected, abs=1e-12)


def test_g_pass_at_k_is_the_share_of_subsets_with_enough_correct_ones() -> None:
    for n, c, k, threshold in product(range(1, 7), range(7), range(1, 7), (Fraction(1, 2), Fraction(3, 4))):
        if c <= n and k <= n:
            draws = [sum(draw) for draw in combinations([1] * c + [0] * (n - c), k)]
            share = sum(found >= threshold * k for found in draws) / len(draws)
            assert g_pass_at_k([n], [c], [k], threshold)[0, 0] == pytest.approx(share, abs=1e-12)


def test_g_pass_at_the_ends_of_its_threshold_is_pass_at_k_and_pass_hat_k() -> None:
    n, c, ks = [1024, 1000, 7], [3, 900, 7], [1, 7, 512, 1001]
    assert g_pass_at_k(n, c, ks, Fraction(0)) == pytest.approx(pass_at_k(n, c, ks), abs=1e-10, nan_ok=True)
    assert g_pass_at_k(n, c, ks, Fraction(1)) == pytest.approx(pass_hat_k(n, c, ks), abs=1e-10, nan_ok=True)


def test_mean_g_pass_at_k() -> None:
    assert mean_g_pass_at_k([10, 10, 3], [8, 8, 1], [4])[:, 0] == pytest.approx([3 / 5, 3 / 5, np.nan], nan_ok=True)
    assert mean_g_pass_at_k([10], [8], [1])[0, 0] == 0
    over = [g_pass_at_k([20], [13], [9], Fraction(i, 9))[0, 0] for i in range(6, 10)]
    assert mean_g_pass_at_k([20], [13], [9])[0, 0] == pytest.approx(2 / 9 * sum(over))


def test_majority_of_two_right_and_one_wrong() -> None:
    assert [majority_at_k([2, 1], 0, k) for k in (1, 2, 3)] == pytest.approx([2 / 3, 2 / 3, 1])
    assert majority_at_k([2, 1], None, 2) == 0
    assert np.isnan(majority_at_k([2, 1], 0, 4))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 6))
def test_majority_is_the_share_of_subsets_that_vote_for_it(answers: list[int], k: int) -> None:
    samples = [at for at, count in enumerate(answers) for _ in range(count)]
    if k > len(samples):
        return
    credit = []
    for subset in combinations(range(len(samples)), k):
        votes = [sum(samples[i] == at for i in subset) for at in range(len(answers))]
        winners = [at for at, v in enumerate(votes) if v == max(votes)]
        credit.append(1 / len(winners) if 0 in winners else 0)
    assert majority_at_k(answers, 0, k) == pytest.approx(sum(credit) / len(credit))


def test_best_of_k() -> None:
    assert [best_of_k([True, False, True], k) for k in (1, 2, 3)] == pytest.approx([2 / 3, 2 / 3, 1])
    assert best_of_k([False, True, True, False], 2) == pytest.approx(1 / 2)


def test_draws_until_the_first_success() -> None:
    assert mean_draws_to_solve(5, 2) == 2
    assert mean_draws_to_solve(128, 1) == 129 / 2
    assert np.isnan(mean_draws_to_solve(5, 0))


def test_a_guesser_of_a_thousand_answers() -> None:
    assert guess_floor(1000, [128, 512, 1024]) == pytest.approx([0.120203, 0.400858, 0.641029], abs=1e-6)
    assert guess_floor(1, [1, 2]).tolist() == [1, 1]


def test_paths_at_k() -> None:
    assert paths_at_k([3, 1, 1], 10, [1, 2, 5, 10]) == pytest.approx([1 / 2, 14 / 15, 23 / 12, 3])
    assert paths_at_k([8], 10, [1, 2, 5, 10]) == pytest.approx([4 / 5, 44 / 45, 1, 1])
    assert paths_at_k([], 10, [1]).tolist() == [0]
    assert np.isnan(paths_at_k([3], 10, [11])[0])


def test_what_was_not_seen() -> None:
    assert unseen_share([3, 1, 1, 1, 2, 2]) == pytest.approx(3 / 10)
    assert chao1([1, 1, 1, 2, 5]) == 13 / 2
    assert np.isnan(unseen_share([]))


def test_the_entropy_of_answers_in_nats_and_corrected_for_those_not_seen() -> None:
    plain, corrected = answer_entropy([2, 1, 1, 0])
    assert plain == pytest.approx(1.5 * np.log(2))
    assert plain == pytest.approx(1.039721, abs=1e-6)
    assert corrected == pytest.approx(plain + 1 / 4)
    assert answer_entropy([7]) == (0.0, 0.0)
    assert np.isnan(answer_entropy([])).all()
