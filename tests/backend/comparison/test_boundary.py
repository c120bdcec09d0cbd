"""Solved sets at one budget and the rerun null, against exact fractions and published tables."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.boundary import (
    SolvedTable,
    difference_of_sets,
    mcnemar_of_sets,
    self_null,
    solved_table,
    table_intervals,
)


def counts(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n_base", "c_base", "n_rlvr", "c_rlvr"])


def sets(both: int, base: int, rlvr: int, neither: int, n: int = 1024) -> pd.DataFrame:
    rows = [(n, 1, n, 1)] * both + [(n, 1, n, 0)] * base + [(n, 0, n, 1)] * rlvr + [(n, 0, n, 0)] * neither
    return counts(rows)


@pytest.mark.parametrize(
    ("sizes", "srr", "ndr", "sds", "nscr", "p"),
    [
        ((19, 4, 0, 7), 19 / 23, 0, 0, -4 / 23, 1 / 8),
        ((19, 4, 1, 26), 19 / 23, 1 / 20, 38 / 403, -1 / 8, 3 / 8),
        ((462, 18, 5, 15), 77 / 80, 5 / 467, 770 / 36359, -13 / 485, 5569 / 524288),
        ((462, 19, 3, 16), 462 / 481, 1 / 155, 924 / 72091, -4 / 121, 897 / 1048576),
    ],
)
def test_published_tables(
    sizes: tuple[int, int, int, int], srr: float, ndr: float, sds: float, nscr: float, p: float
) -> None:
    frame = sets(*sizes)
    table = solved_table(frame, 1024)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == pytest.approx(sizes)
    assert (table.srr, table.ndr, table.sds, table.nscr) == pytest.approx((srr, ndr, sds, nscr))
    assert mcnemar_of_sets(frame) == pytest.approx(p)


def test_a_table_of_nothing_has_no_rates() -> None:
    table = solved_table(sets(0, 0, 0, 5), 1024)
    assert np.isnan([table.srr, table.ndr, table.nscr]).all()
    only_lost = SolvedTable(m=1, both=0, base_only=2, rlvr_only=0, neither=0)
    assert (only_lost.srr, only_lost.nscr) == (0, -1)
    assert np.isnan(only_lost.ndr)


def test_a_smaller_budget_gives_fractions_and_the_same_for_both() -> None:
    table = solved_table(counts([(4, 1, 4, 0)]), 2)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == (0, 0.5, 0, 0.5)
    assert np.isnan(solved_table(counts([(4, 1, 2, 0)]), 3).both)


def test_a_rerun_loses_problems_too() -> None:
    frame = counts([(4, 1, 4, 0)])
    assert self_null(frame["n_base"], frame["c_base"], 2) == 0.5
    assert np.isnan(self_null(frame["n_base"], frame["c_base"], 3))


def test_the_rerun_null_is_what_two_halves_show_on_average() -> None:
    rng = np.random.default_rng(5)
    n, c, m = 16, np.array([0, 1, 2, 5, 16]), 8
    lost = []
    for _ in range(4000):
        halves = [rng.permutation([1] * k + [0] * (n - k)).reshape(2, m).any(axis=1) for k in c]
        lost.append(sum(bool(first) and not second for first, second in np.array(halves).tolist()))
    expected = self_null(pd.Series([n] * 5), pd.Series(c), m)
    assert np.mean(lost) == pytest.approx(expected, abs=0.03)


def test_the_long_run_of_prorl_by_its_published_counts() -> None:
    table = SolvedTable(m=1024, both=2388, base_only=175, rlvr_only=48, neither=0)
    assert table.srr == pytest.approx(2388 / 2563)
    assert table.ndr == pytest.approx(4 / 203)
    assert table.nscr == pytest.approx(-127 / 2611)


def test_the_sets_differ_by_the_papers_table_with_an_interval_that_holds_zero() -> None:
    value, low, high = difference_of_sets(sets(19, 4, 0, 7))
    assert value == pytest.approx(4 / 30)
    assert low < 0.02 < value < high < 0.35
    assert np.isnan(difference_of_sets(sets(0, 0, 0, 0))).all()


def test_intervals_hold_their_estimates_and_say_nothing_of_one_problem() -> None:
    frame = sets(19, 4, 1, 26)
    table, ends = solved_table(frame, 512), table_intervals(frame, 512)
    for name, (low, high) in ends.items():
        assert low <= getattr(table, name) <= high
    assert np.isnan(list(table_intervals(sets(1, 0, 0, 0), 512).values())).all()
