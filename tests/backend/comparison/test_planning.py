"""The planner: exact variances, spreads without bias, and simulated benchmarks that find what was planned for."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.difference import FEWEST_DIFFERING
from backend.comparison.planning import (
    ESTIMATED,
    FITTED,
    PRIOR,
    Spread,
    assumed_spread,
    observed_spread,
    plan,
    problems_needed,
    sampling_variance,
)
from backend.statistics.bootstrap import difference_interval
from backend.statistics.difficulty import JEFFREYS
from backend.statistics.estimators import pass_at_k, pass_at_k_variance
from backend.statistics.intervals import draws_needed

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def failing(rates: Floats, k: int) -> Floats:
    return np.asarray(((1 - rates)[:, None] ** np.arange(2 * k + 1)).mean(axis=0))


def test_the_sampling_variance_is_exact() -> None:
    assert sampling_variance(failing(np.array([1 / 3]), 2), 2, 6) == pytest.approx(28 / 405)
    assert sampling_variance(failing(np.array([0.3]), 1), 1, 5) == pytest.approx(0.3 * 0.7 / 5)
    at_k = sampling_variance(failing(np.array([0.3]), 4), 4, 4)
    assert at_k == pytest.approx(0.7**4 * (1 - 0.7**4))
    assert np.isnan(sampling_variance(failing(np.array([0.3]), 4), 4, 3))


def test_at_the_present_n_it_is_the_mean_of_the_unbiased_variances() -> None:
    counts = pd.DataFrame({"n_base": 16, "c_base": [0, 1, 5, 9], "n_rlvr": 16, "c_rlvr": [3, 0, 16, 2]})
    found = observed_spread(counts, 4)
    for side, each in zip(("base", "rlvr"), found.failing, strict=True):
        unbiased = pass_at_k_variance(counts[f"n_{side}"], counts[f"c_{side}"], [4]).mean()
        assert sampling_variance(each, 4, 16) == pytest.approx(unbiased)
    assert found.basis == ESTIMATED
    assert observed_spread(counts, 16).basis == PRIOR, "four problems are too few to fit"
    more = pd.concat([counts] * 3, ignore_index=True)
    assert observed_spread(more, 16).basis == FITTED


def test_the_true_spread_is_estimated_without_the_sampling_part() -> None:
    rng = np.random.default_rng(5)
    rates = rng.beta(0.8, 0.8, 20_000)
    counts = pd.DataFrame({"n_base": 32, "c_base": rng.binomial(32, rates), "n_rlvr": 32})
    counts["c_rlvr"] = rng.binomial(32, rates / 2)
    true = ((1 - (1 - rates) ** 8) - (1 - (1 - rates / 2) ** 8)).var()
    found = observed_spread(counts, 8)
    assert found.true == pytest.approx(true, rel=0.1)
    assert found.sampling(32) == pytest.approx(
        sampling_variance(failing(rates, 8), 8, 32) + sampling_variance(failing(rates / 2, 8), 8, 32), rel=0.05
    )


def test_without_runs_two_independent_models_are_assumed() -> None:
    found = assumed_spread(1)
    assert found.true == pytest.approx(2 * 1 / 8), "the variance of Beta(½, ½) is 1/8"
    assert found.failing[0].tolist() == pytest.approx([1, 1 / 2, 3 / 8])
    assert found.sampling(1) == pytest.approx(2 * (1 / 4 - 1 / 8))
    assert assumed_spread(4).failing[0][4] == pytest.approx(1 - JEFFREYS.pass_at_k([4])[0])


def test_a_plan_has_a_row_a_doubling_and_marks_the_one_with_the_fewest_samples() -> None:
    found = plan(assumed_spread(4), 0.02, problems=100)
    assert found["n"].tolist() == [4, 8, 16, 32, 64, 128]
    assert (found["samples"] == 2 * found["n"] * found["problems"]).all()
    assert found["problems"].is_monotonic_decreasing
    assert found["cheapest"].sum() == 1
    assert found.loc[found["cheapest"], "samples"].item() == found["samples"].min()
    variance = assumed_spread(4).variance(8)
    assert found["problems"][1] == problems_needed(variance, 0.02)
    assert found["problems"][1] == pytest.approx((1.95996 + 0.84162) ** 2 * variance / 0.02**2 + 1.92, abs=1)


def test_at_k_equal_n_six_problems_at_least_must_differ() -> None:
    assert problems_needed(1e-9, 0.02, whole=True) == FEWEST_DIFFERING / 0.02
    assert problems_needed(1e-9, 0.02) == 2


@pytest.mark.parametrize(("epsilon", "samples"), [(1e-2, 299), (1e-3, 2_995), (1e-4, 29_956), (1 / 1024, 3_067)])
def test_the_samples_that_exclude_a_rate(epsilon: float, samples: int) -> None:
    assert draws_needed(epsilon) == samples
    assert (1 - epsilon) ** samples < 0.05 <= (1 - epsilon) ** (samples - 1)


def two_models(rng: np.random.Generator, problems: int) -> tuple[Floats, Floats]:
    """Rates of a base model from a mixture of two betas, and of one that solves each problem less often."""
    hard = rng.random(problems) < 0.4
    base = np.where(hard, rng.beta(0.3, 6, problems), rng.beta(1.2, 1.2, problems))
    return base, base * rng.beta(6, 1, problems)


@pytest.mark.parametrize(("k", "times"), [(1, 1), (1, 4), (8, 1), (8, 2), (8, 4)])
def test_planned_benchmarks_find_the_difference_as_often_as_planned(k: int, times: int) -> None:
    rng, draws = np.random.default_rng([k, times]), 300
    base, other = two_models(rng, 400_000)
    apart = (1 - other) ** k - (1 - base) ** k
    spread = Spread(k=k, true=float(apart.var()), failing=(failing(base, k), failing(other, k)), basis=ESTIMATED)
    n, difference = times * k, float(apart.mean())
    problems = problems_needed(spread.variance(n), difference, power=0.8, whole=times == 1)
    found = 0
    for _ in range(draws):
        sides = [pass_at_k(np.full(problems, n), rng.binomial(n, rates), k) for rates in two_models(rng, problems)]
        low, _ = difference_interval(sides[0] - sides[1])
        found += bool(low[0] > 0)
    assert found / draws == pytest.approx(0.8, abs=3 * (0.8 * 0.2 / draws) ** 0.5)
