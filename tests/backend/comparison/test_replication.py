"""A published replication on MATH500: from its counts to what it publishes of them (data/published/README.md)."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.boundary import mcnemar_of_sets, self_null, solved_table, table_intervals
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.metrics import metric_curve
from backend.published import FOLDER
from backend.statistics.bootstrap import tango_interval

KS = [1, 2, 4, 8, 16, 32, 64, 128]
BASE = [0.613921875, 0.7340831692913385, 0.8143581835395576, 0.8681727477486968, 0.9043392837691936, 0.9292921989161737,
        0.9474446568195055, 0.962]  # fmt: skip
RLVR = [0.779328125, 0.8235853838582677, 0.8567501336707911, 0.8829698676500476, 0.902217497649716, 0.9150862887604729,
        0.9234943668139742, 0.93]  # fmt: skip
BOOTSTRAP = {1: (0.146390625, 0.184828125), 2: (0.07238877952755905, 0.10710875984251969),
             4: (0.027519178665166857, 0.057749097112860893), 8: (0.0009621043562960104, 0.028916760907528413),
             16: (-0.01550686720996531, 0.011272379453909938), 32: (-0.02807855627089704, -0.0007788315859846147),
             64: (-0.03982171093310804, -0.009027444393881081), 128: (-0.05, -0.014)}  # fmt: skip
"""RLVR − base, their paired bootstrap over problems at 95 %."""


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    read = pd.read_csv(FOLDER / "replication.csv")
    return pd.DataFrame({"n_base": read["n"], "c_base": read["c_base"], "n_rlvr": read["n"], "c_rlvr": read["c_rlvr"]})


def test_correct_samples_and_solved_problems_add_up_to_what_is_published(counts: pd.DataFrame) -> None:
    assert len(counts) == 500
    assert (counts["c_base"].sum(), counts["c_rlvr"].sum()) == (39_291, 49_877)
    table = solved_table(counts, 128)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == pytest.approx((462, 19, 3, 16))
    rates = 462 / 481, 1 / 155, 924 / 72091, -4 / 121
    assert (table.srr, table.ndr, table.sds, table.nscr) == pytest.approx(rates)
    assert mcnemar_of_sets(counts) == pytest.approx(897 / 1048576)


@pytest.mark.parametrize(("side", "expected"), [("base", BASE), ("rlvr", RLVR)])
def test_pass_at_k_is_the_published_one_to_twelve_digits(
    counts: pd.DataFrame, side: str, expected: list[float]
) -> None:
    data = pd.DataFrame({"n": counts[f"n_{side}"], "c": counts[f"c_{side}"]})
    assert metric_curve(data, KS)["value"].tolist() == pytest.approx(expected, abs=1e-12)


def test_differences_are_the_published_ones_with_nearly_their_intervals(counts: pd.DataFrame) -> None:
    """Theirs are quantiles of a bootstrap over problems, ours score intervals; at 500 problems they nearly agree."""
    rows = delta(counts, KS)
    assert rows["difference"].tolist() == pytest.approx(np.array(BASE) - np.array(RLVR), abs=1e-12)
    for row in rows.to_dict("records"):
        low, high = BOOTSTRAP[row["k"]]
        assert (row["low"], row["high"]) == pytest.approx((-high, -low), abs=0.004)
        assert (row["low"] > 0 or row["high"] < 0) == (row["k"] != 16)
        assert row["band_low"] < row["low"] < row["high"] < row["band_high"]
    last = rows.iloc[-1]
    assert (last["low"], last["high"]) == pytest.approx(tango_interval(19, 3, 500), abs=1e-9)
    assert rows["problems_carrying"].tolist()[-1] == 22


def test_a_rerun_of_base_would_lose_what_the_curve_gains_from_64_to_128(counts: pd.DataFrame) -> None:
    lost = self_null(counts["n_base"], counts["c_base"], 64)
    assert lost == pytest.approx(500 * (0.962 - 0.9474446568195055))
    assert lost == pytest.approx(7.28, abs=0.005)
    table = solved_table(counts, 64)
    low, high = table_intervals(counts, 64)["base_only"]
    assert lost < low < table.base_only < high


def test_the_efficiency_gap_is_that_of_the_two_published_numbers(counts: pd.DataFrame) -> None:
    assert efficiency_gap(counts)["k"] == 128
    assert efficiency_gap(counts)["value"] == pytest.approx(0.962 - 0.779328125)
