"""A published replication on MATH500: what it publishes follows from its sums and from its four sets of problems.

Qwen2.5-7B and its SimpleRL-Zoo model, 500 problems, 128 samples each (github.com,
cc1107yss/limit-of-rlvr-qwen7b-math500-reproduction): 39,291 and 49,877 samples are correct; 462 problems are solved by
both, 19 by base alone, 3 by RLVR alone, 16 by neither. How the correct samples lie within a set is not kept here, so
only k = 1 and k = 128 can be told: there the estimators hang on nothing else.
"""

import pandas as pd
import pytest

from backend.comparison.boundary import mcnemar_of_sets, solved_table
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.metrics import metric_curve
from backend.statistics.bootstrap import tango_interval

N, BOTH, BASE_ONLY, RLVR_ONLY, NEITHER = 128, 462, 19, 3, 16
CORRECT = {"base": 39_291, "rlvr": 49_877}
PASS = {"base": {1: 0.613921875, 128: 0.962}, "rlvr": {1: 0.779328125, 128: 0.93}}
BOOTSTRAP = -0.05, -0.014
"""RLVR − base at k = 128, their paired bootstrap over problems at 95 %."""


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    base = spread(CORRECT["base"], BOTH + BASE_ONLY)
    rlvr = spread(CORRECT["rlvr"], BOTH + RLVR_ONLY)
    unsolved = [0] * (RLVR_ONLY + NEITHER)
    return pd.DataFrame(
        {
            "n_base": N,
            "c_base": [*base, *unsolved],
            "n_rlvr": N,
            "c_rlvr": [*rlvr[:BOTH], *[0] * BASE_ONLY, *rlvr[BOTH:], *[0] * NEITHER],
        }
    )


def spread(correct: int, problems: int) -> list[int]:
    """Spread correct samples over the problems that were solved, as evenly as can be."""
    least, more = divmod(correct, problems)
    return [least + 1] * more + [least] * (problems - more)


def test_solved_sets_have_the_published_ratios(counts: pd.DataFrame) -> None:
    assert len(counts) == 500
    table = solved_table(counts, N)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == pytest.approx((462, 19, 3, 16))
    rates = 462 / 481, 1 / 155, 924 / 72091, -4 / 121
    assert (table.srr, table.ndr, table.sds, table.nscr) == pytest.approx(rates)
    assert mcnemar_of_sets(counts) == pytest.approx(897 / 1048576)


@pytest.mark.parametrize("side", ["base", "rlvr"])
def test_the_ends_of_the_curves_are_the_published_ones_to_twelve_digits(counts: pd.DataFrame, side: str) -> None:
    data = pd.DataFrame({"n": counts[f"n_{side}"], "c": counts[f"c_{side}"]})
    expected = PASS[side]
    assert metric_curve(data, list(expected))["value"].tolist() == pytest.approx(list(expected.values()), abs=1e-12)


def test_the_last_difference_has_nearly_the_published_interval(counts: pd.DataFrame) -> None:
    """Theirs is of a bootstrap over problems, ours a score interval; at 500 problems they nearly agree."""
    (last,) = delta(counts, [N]).to_dict("records")
    assert last["difference"] == pytest.approx(0.962 - 0.93, abs=1e-12)
    assert (last["low"], last["high"]) == pytest.approx(tango_interval(BASE_ONLY, RLVR_ONLY, 500), abs=1e-9)
    assert (last["low"], last["high"]) == pytest.approx((-BOOTSTRAP[1], -BOOTSTRAP[0]), abs=0.004)
    assert last["problems_carrying"] == BASE_ONLY + RLVR_ONLY


def test_the_efficiency_gap_is_that_of_the_two_published_numbers(counts: pd.DataFrame) -> None:
    gap = efficiency_gap(counts)
    assert gap["k"] == N
    assert gap["value"] == pytest.approx(PASS["base"][N] - PASS["rlvr"][1])
