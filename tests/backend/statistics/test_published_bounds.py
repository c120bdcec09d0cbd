"""Bounds of success rates against the values that a statistician's table gives."""

from math import log

import numpy as np
import pandas as pd
import pytest

from backend.comparison.covering import cover_values
from backend.comparison.verdicts import upper_bound
from backend.statistics.bootstrap import net_ratio_interval, tango_interval
from backend.statistics.difficulty import Difficulty, posterior_pass_at_k
from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import (
    UNSEEN,
    clopper_pearson,
    draws_needed,
    population_interval,
    ratio_interval,
    wilson_share,
)


@pytest.mark.parametrize(
    ("n", "one_sided", "exact", "wilson"),
    [
        (64, 0.04573, 0.05601, 0.05662), (128, 0.02313, 0.02841, 0.02914), (256, 0.01163, 0.01431, 0.01478),
        (1024, 0.002921, 0.003596, 0.003737), (8192, 3.656e-4, 4.502e-4, 4.687e-4),
    ],
)  # fmt: skip
def test_none_of_n_has_the_known_upper_bounds(n: int, one_sided: float, exact: float, wilson: float) -> None:
    assert float(upper_bound(0, n)) == pytest.approx(one_sided, rel=5e-4)
    assert float(clopper_pearson(0, n)[1]) == pytest.approx(exact, rel=5e-4)
    assert float(wilson_share(0, n)[1]) == pytest.approx(wilson, rel=5e-4)
    assert float(upper_bound(0, n)) == pytest.approx(3 / n, rel=0.03)


def test_how_many_samples_without_a_hit_show_that_a_rate_is_small() -> None:
    assert [draws_needed(rate) for rate in (1e-2, 1e-3, 1e-4)] == [299, 2_995, 29_956]
    assert draws_needed(1 / 1024) == int(np.ceil(log(0.05) / log(1 - 1 / 1024))) == 3_067


def test_exact_intervals_of_three_in_ten_and_of_one_in_128() -> None:
    assert [float(end) for end in clopper_pearson(3, 10)] == pytest.approx([0.066740, 0.652453], abs=1e-6)
    assert [float(end) for end in clopper_pearson(1, 128)] == pytest.approx([0.000198, 0.042759], abs=1e-6)


def test_pass_at_k_rises_with_the_correct_samples() -> None:
    values = pass_at_k([64] * 65, range(65), [1, 8, 63])
    assert (np.diff(values, axis=0) >= 0).all()


def test_the_uniform_prior_s_mean_of_three_and_four_in_five() -> None:
    means, _ = posterior_pass_at_k([5, 5], [3, 4], [2], Difficulty(a=1, b=1))
    assert means.mean() == pytest.approx(47 / 56)


def test_cover_of_half_the_problems_solved_every_other_time_gives_their_pass_at_2() -> None:
    """pass@2 = 3/8 = ∫ 2 (1−τ) Cover(τ) dτ, for rates 0 and ½; so many samples that the counts tell the rates."""
    n = 20_000
    taus = (np.arange(100_000) + 0.5) / 100_000
    cover = cover_values(_counts([0, n // 2] * 10, n), taus).mean(axis=0)
    assert (2 * (1 - taus) * cover).mean() == pytest.approx(3 / 8, abs=2e-3)


def _counts(solved: list[int], n: int) -> pd.DataFrame:
    return pd.DataFrame({"n": n, "c": solved})


def test_a_ratio_of_whole_problems_has_wilsons_interval_of_those_that_count() -> None:
    """19 of the 23 problems that base solves; P = 30, and each of the 23 is a trial."""
    part, whole = np.repeat([1.0, 0.0, 0.0], [19, 4, 7]), np.repeat([1.0, 1.0, 0.0], [19, 4, 7])
    low, high = ratio_interval(part, whole)
    spread = 23 * (19 / 23) * (4 / 23)
    trials = 23 * (spread + UNSEEN) / (spread * 30 / 29 + UNSEEN)
    assert (low, high) == pytest.approx(_wilson(19 / 23, trials, 2.0452296))
    assert np.isnan(ratio_interval([0.0, 0.0], [0.0, 0.0])).all()
    assert np.isnan(ratio_interval([1.0], [1.0])).all()


def _wilson(p: float, n: float, t: float) -> tuple[float, float]:
    middle, half = p + t * t / (2 * n), t * np.sqrt(p * (1 - p) / n + t * t / (4 * n * n))
    return (middle - half) / (1 + t * t / n), (middle + half) / (1 + t * t / n)


def test_nothing_seen_bounds_a_rate_as_so_many_problems_do() -> None:
    low, high = ratio_interval(np.zeros(500), np.ones(500))
    assert low == 0
    assert high == pytest.approx(1.9647**2 / (500 + 1.9647**2), rel=1e-3)
    low, high = net_ratio_interval(np.zeros(30), np.zeros(30), np.ones(30))
    assert (low, high) == pytest.approx((-high, high))
    assert high > tango_interval(0, 0, 30)[1] > 0.1


def test_where_all_but_agree_a_mean_is_no_surer_than_so_many_problems() -> None:
    nearly = np.full((30, 1), 1.0)
    nearly[:2] = 1 - 1e-9
    _, low, _ = population_interval(nearly)
    _, agreed, _ = population_interval(np.ones((30, 1)))
    assert low[0] == pytest.approx(agreed[0], abs=1e-6)
