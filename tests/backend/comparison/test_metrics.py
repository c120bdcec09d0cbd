"""Every metric against its definition, and the three kinds of interval."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from backend.comparison.covering import cover_noise, cover_population, cover_values
from backend.comparison.curves import curves, floor_of_guessing
from backend.comparison.metrics import BENCHMARK, INTERVALS, POPULATION, SIMULTANEOUS, find_metric, metric_curve
from backend.errors import BadInput
from backend.statistics.difficulty import Difficulty, fit_difficulty, posterior_pass_at_k
from backend.statistics.votes import majority_at_k, majority_curves

SOME = pd.DataFrame({"n": [8] * 12, "c": [0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8]})


def test_the_documented_values_of_three_metrics() -> None:
    data = pd.DataFrame({"n": [5, 5], "c": [3, 4]})
    assert metric_curve(data, [1, 2])["value"].tolist() == pytest.approx([0.7, 0.95])
    assert metric_curve(data, [2], metric="pass_hat_k")["value"].tolist() == pytest.approx([0.45])
    ten = pd.DataFrame({"n": [10], "c": [8]})
    assert metric_curve(ten, [4], metric="mg_pass_at_k")["value"].tolist() == pytest.approx([3 / 5])
    assert metric_curve(ten, [4], metric="g_pass_at_k", threshold=Fraction(1))["value"].tolist() == pytest.approx(
        [1 / 3]
    )
    six = pd.DataFrame({"n": [6], "c": [3]})
    assert metric_curve(six, [3], metric="g_pass_at_k")["value"].tolist() == pytest.approx([1 / 2])


def test_the_majority_of_three_answers() -> None:
    data = pd.DataFrame({"n": [3], "c": [2], "answers": [[2, 1]]})
    assert metric_curve(data, [1, 2, 3], metric="maj_at_k")["value"].tolist() == pytest.approx([2 / 3, 2 / 3, 1])


@pytest.mark.parametrize(("answers", "silent"), [([3, 2, 1], 1), ([2, 2, 2], 0), ([1, 4], 2)])
def test_the_majority_is_that_of_all_subsets(answers: list[int], silent: int) -> None:
    samples = [at for at, count in enumerate(answers) for _ in range(count)] + [None] * silent
    for k in range(1, len(samples) + 1):
        credit = []
        for draw in combinations(samples, k):
            votes = [sum(s == at for s in draw) for at in range(len(answers))]
            credit.append(1 / votes.count(votes[0]) if votes[0] == max(votes) > 0 else 0.0)
        assert majority_at_k(answers, 0, k, silent=silent) == pytest.approx(np.mean(credit))


def test_a_drawn_majority_is_exact_where_it_can_be_and_near_elsewhere() -> None:
    answers, silent = [40, 35, 20, 3, 1, 1], 28
    (drawn,) = majority_curves([answers], [silent], [1, 2, 4, 128])
    exact = [majority_at_k(answers, 0, k, silent=silent) for k in (1, 2, 4)]
    assert drawn[[0, 1]].tolist() == pytest.approx(exact[:2])
    assert drawn[2] == pytest.approx(exact[2], abs=0.03)
    assert drawn[3] == 1


def test_drawn_majorities_of_many_problems_are_right_on_average_whatever_stands_beside_them() -> None:
    """60 problems of few and of many answers, some of another n: the mean over them is that of exact counting."""
    rng = np.random.default_rng(5)
    answers = [rng.multinomial(64 + 32 * (i % 3), rng.dirichlet(np.full(2 + i % 9, 0.7))).tolist() for i in range(60)]
    ks = [1, 2, 3, 8, 32, 64, 96, 128]
    drawn = majority_curves(answers, [32] * 60, ks, draws=400)
    exact = np.array([[majority_at_k(a, 0 if a[0] else None, k, silent=32) for k in (3, 8)] for a in answers])
    assert np.abs(drawn[:, 2:4] - exact).max() < 0.1
    assert drawn[:, 2:4].mean(axis=0) == pytest.approx(exact.mean(axis=0), abs=0.01)
    assert np.array_equal(np.isnan(drawn), np.array(ks) > np.array([[sum(a) + 32] for a in answers]))
    alone = np.concatenate([majority_curves([a], [32], ks, draws=4_000, seed=i) for i, a in enumerate(answers)])
    assert np.nanmax(np.abs(drawn - alone)) < 0.12


def test_paths_and_valid_reasoning() -> None:
    data = pd.DataFrame({"n": [10], "c": [5], "paths": [[3, 1, 1]], "valid": [2]})
    values = metric_curve(data, [1, 2, 5, 10], metric="paths_at_k")["value"]
    assert values.tolist() == pytest.approx([1 / 2, 14 / 15, 23 / 12, 3])
    assert metric_curve(data, [1], metric="cot_pass_at_k")["value"].tolist() == pytest.approx([0.2])


def test_a_metric_without_what_it_needs_is_refused() -> None:
    with pytest.raises(BadInput, match="needs answers"):
        metric_curve(SOME, [1], metric="maj_at_k")
    with pytest.raises(BadInput, match="The threshold is 2"):
        find_metric("g_pass_at_k", Fraction(2))


def test_pass_at_k_is_the_integral_of_cover() -> None:
    """pass@k = ∫ k (1−τ)^(k−1) Cover(τ) dτ, under one posterior."""
    taus = (np.arange(200_000) + 0.5) / 200_000
    cover = cover_values(SOME, taus).mean(axis=0)
    fit = fit_difficulty(SOME["n"], SOME["c"])
    for k in (1, 2, 8, 30):
        integral = (k * (1 - taus) ** (k - 1) * cover).mean()
        assert integral == pytest.approx(posterior_pass_at_k(SOME["n"], SOME["c"], [k], fit)[0].mean(), abs=1e-4)


def test_cover_falls_with_the_threshold_and_has_all_three_intervals() -> None:
    for interval in INTERVALS:
        points = metric_curve(SOME, [0.1, 0.5, 0.9], metric="cover_at", interval=interval)
        assert points["value"].is_monotonic_decreasing
        assert (points["low"] <= points["value"]).all()
        assert (points["value"] <= points["high"]).all()
    surely = np.array([[1.0], [0.0]])
    assert cover_noise(surely, 0.95)[:, 0].tolist() == pytest.approx([0.5, 0.5, 0.5], abs=1e-3)


def test_few_chances_of_reaching_a_threshold_leave_as_much_open_as_none() -> None:
    mean, low, high = cover_population(np.column_stack([np.zeros(144), np.full(144, 1e-9)]), 0.95)
    assert mean.tolist() == pytest.approx([0, 1e-9])
    assert low.tolist() == pytest.approx([0, 0], abs=1e-9)
    assert high.tolist() == pytest.approx([0.0264, 0.0264], abs=5e-5)


def test_cover_is_drawn_over_thresholds_for_every_run() -> None:
    counts = pd.concat([SOME.assign(run=run, problem=[f"p{i}" for i in range(12)]) for run in ("a", "b")])
    points = curves(counts, metric="cover_at")
    assert points.groupby("run")["k"].agg(["min", "max"]).to_numpy().tolist() == [[0.01, 0.99]] * 2
    assert set(points["part"]) == {"all"}


def test_the_band_over_all_k_holds_the_pointwise_one_and_a_lower_level_is_narrower() -> None:
    pointwise = metric_curve(SOME, [1, 2, 4], interval=POPULATION)
    together = metric_curve(SOME, [1, 2, 4], interval=SIMULTANEOUS)
    lower = metric_curve(SOME, [1, 2, 4], interval=POPULATION, level=0.8)
    assert (together["low"] <= pointwise["low"]).all()
    assert (together["high"] >= pointwise["high"]).all()
    assert (lower["low"] > pointwise["low"]).all()


def test_sampling_noise_is_less_than_that_of_other_problems() -> None:
    benchmark = metric_curve(SOME, [1, 2, 4], interval=BENCHMARK)
    population = metric_curve(SOME, [1, 2, 4], interval=POPULATION)
    assert ((benchmark["high"] - benchmark["low"]) < (population["high"] - population["low"])).all()


def test_the_interval_of_a_metric_whose_noise_is_not_known_is_missing() -> None:
    points = metric_curve(SOME, [2, 4], metric="g_pass_at_k", interval=BENCHMARK)
    assert points["value"].notna().all()
    assert points[["low", "high"]].isna().all(axis=None)


def test_guessing_evenly() -> None:
    floor = floor_of_guessing([1000, 1000], [128, 512, 1024])
    assert floor is not None
    assert floor.round(6).tolist() == [0.120203, 0.400858, 0.641029]
    mixed = floor_of_guessing([2, 4], [1])
    assert mixed is not None
    assert mixed.tolist() == pytest.approx([0.375])
    assert floor_of_guessing([4, None], [1]) is None
    assert floor_of_guessing([], [1]) is None


def test_the_beta_distribution_has_its_pass_at_k() -> None:
    assert Difficulty(a=1, b=1).pass_at_k([1, 3, 9]).tolist() == pytest.approx([1 / 2, 3 / 4, 9 / 10])
    assert Difficulty(a=0.5, b=0.5).pass_at_k([1, 2, 3]).tolist() == pytest.approx([1 / 2, 5 / 8, 11 / 16])


@pytest.mark.parametrize("zero_inflated", [False, True])
def test_a_fit_finds_the_distribution_that_counts_came_from(zero_inflated: bool) -> None:
    rng = np.random.default_rng(1)
    rates = rng.beta(0.6, 1.5, 4_000) * (rng.random(4_000) >= (0.3 if zero_inflated else 0))
    fit = fit_difficulty(np.full(4_000, 200), rng.binomial(200, rates), zero_inflated=zero_inflated)
    assert [fit.a, fit.b] == pytest.approx([0.6, 1.5], rel=0.1)
    assert fit.never == pytest.approx(0.3 if zero_inflated else 0, abs=0.03)
