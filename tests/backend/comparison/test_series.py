"""Checkpoints of one training on the problems that all of them have."""

import pandas as pd
import pytest

from backend.comparison.metrics import metric_curve
from backend.comparison.series import checkpoint_series, series_in_words


def counts(n: int, **solved: int) -> pd.DataFrame:
    return pd.DataFrame({"problem": list(solved), "n": n, "c": list(solved.values())})


BY_STEP = {0: counts(8, a=1, b=1, x=8), 100: counts(4, a=2, b=0), 200: counts(8, a=8, b=0)}


def test_each_step_has_both_budgets_on_the_shared_problems() -> None:
    points = checkpoint_series(BY_STEP)
    assert points[["step", "k"]].to_numpy().tolist() == [[s, k] for s in (0, 100, 200) for k in (1, 4)]
    assert points["value"].tolist() == pytest.approx([1 / 8, 1 / 2, 1 / 4, 1 / 2, 1 / 2, 1 / 2])
    assert (points["problems"] == 2).all()


def test_its_points_are_those_of_the_curves() -> None:
    last = checkpoint_series(BY_STEP, level=0.8).query("step == 200")
    curve = metric_curve(BY_STEP[200], [1, 4], level=0.8)
    assert last[["value", "low", "high"]].to_numpy().tolist() == curve[["value", "low", "high"]].to_numpy().tolist()


def test_checkpoints_without_a_shared_problem_have_no_series() -> None:
    assert checkpoint_series({0: counts(4, a=1), 100: counts(4, b=1)}).empty
    assert checkpoint_series({}).empty


def test_the_series_in_words() -> None:
    said = series_in_words(checkpoint_series(BY_STEP))
    assert said == "From step 0 to 200 pass@1 rises from 12.5 to 50.0 % and pass@4 stays at 50.0 %"
