"""Curves of several runs together."""

import pandas as pd
import pytest

from backend.comparison.curves import curve_ends, curves


def counts(run: str, **problems: tuple[int, int]) -> pd.DataFrame:
    rows = [{"run": run, "problem": problem, "n": n, "c": c} for problem, (n, c) in problems.items()]
    return pd.DataFrame(rows)


def test_runs_are_drawn_over_the_problems_that_all_of_them_have() -> None:
    points = curves(pd.concat([counts("a", x=(4, 2), y=(4, 0), z=(4, 4)), counts("b", x=(4, 1), z=(4, 0))]))
    assert set(points["problems"]) == {2}
    at_1 = points[points["k"] == 1].set_index("run")["value"]
    assert at_1["a"] == pytest.approx(0.75)
    assert at_1["b"] == pytest.approx(0.125)


def test_a_problem_without_scored_samples_is_no_problem_in_common() -> None:
    points = curves(pd.concat([counts("a", x=(4, 2), y=(4, 0)), counts("b", x=(4, 1), y=(0, 0))]))
    assert set(points["problems"]) == {1}


def test_a_curve_ends_at_the_smallest_n_and_goes_on_over_the_fixed_subset_with_the_largest() -> None:
    points = curves(counts("a", x=(2, 1), y=(8, 1), z=(8, 0), w=(4, 4)))
    whole, subset = points[points["part"] == "all"], points[points["part"] == "subset"]
    assert whole["k"].max() == 2
    assert (whole["problems"] == 4).all()
    assert (subset["k"].min(), subset["k"].max()) == (2, 8)
    assert (subset["problems"] == 2).all()
    assert subset["value"].iloc[-1] == pytest.approx(0.5)
    assert (whole["n_min"].iloc[0], whole["n_max"].iloc[0]) == (2, 8)


def test_ends_are_compared_at_the_largest_k_that_every_run_reaches() -> None:
    points = curves(pd.concat([counts("a", x=(100, 50)), counts("b", x=(11, 1))]))
    ends = curve_ends(points).set_index("run")
    assert ends.loc["a", "k_max"] == 100
    assert (ends["k_common"] == 11).all()
    assert ends["at_k_common"].notna().all()
    assert ends.loc["b", "at_k_common"] == pytest.approx(1.0)


def test_runs_with_nothing_in_common_have_no_curve() -> None:
    points = curves(pd.concat([counts("a", x=(4, 2)), counts("b", y=(4, 1))]))
    assert points.empty
    assert curve_ends(points).empty
