"""What stands under curves: where the intervals that are drawn do not hold their level."""

import pandas as pd
import pytest

from backend.comparison.curve_words import doubts
from backend.comparison.curves import curves
from backend.comparison.metrics import BENCHMARK, POPULATION, find_metric

FITTED = "a beta distribution fitted to the success rates"


def drawn(n: int, metric: str, interval: str, problems: int = 12) -> list[str]:
    counts = pd.DataFrame({"run": "r", "problem": [str(i) for i in range(problems)], "n": n})
    counts = counts.assign(c=[min(i, n) for i in range(problems)])
    return doubts(curves(counts, metric=metric, interval=interval), find_metric(metric), interval)


def test_the_curve_over_a_population_needs_no_word() -> None:
    assert drawn(16, "pass_at_k", POPULATION) == []


def test_noise_beyond_half_of_the_samples_rests_on_a_fit() -> None:
    (said,) = drawn(16, "pass_at_k", BENCHMARK)
    assert said.startswith("Beyond k = 8, half of the samples,")
    assert FITTED in said


@pytest.mark.parametrize(("n", "few"), [(16, True), (128, False)])
def test_cover_rests_on_a_fit_and_more_so_with_few_samples(n: int, few: bool) -> None:
    (said,) = drawn(n, "cover_at", POPULATION)
    assert FITTED in said
    assert (f"with {n} samples a problem" in said) == few


def test_where_no_interval_is_drawn_there_is_nothing_to_doubt() -> None:
    assert drawn(16, "cover_at", POPULATION, problems=1) == []
