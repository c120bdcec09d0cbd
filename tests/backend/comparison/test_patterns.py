"""Patterns of solved and not solved over several runs."""

import numpy as np
import pytest

from backend.comparison.boundary import solved_table
from backend.comparison.patterns import pattern_of, pattern_shares, patterns, solved
from tests.backend.comparison.test_verdicts import counts

N = np.array([[4, 8, 4], [4, 8, 4], [4, 8, 4], [4, 8, 4]])
C = np.array([[1, 8, 0], [0, 0, 0], [2, 3, 1], [1, 5, 0]])


def test_with_all_samples_the_patterns_are_counted() -> None:
    found = patterns(N, C)
    assert found.to_numpy().tolist() == [["110", 2.0], ["111", 1.0], ["000", 1.0]]


def test_within_m_samples_the_sizes_are_expected_and_add_up_to_the_problems() -> None:
    found = patterns(N, C, 2).set_index("pattern")["size"]
    assert pattern_shares(solved(N, C, 2)).sum() == pytest.approx(4)
    g = solved(N, C, 2)
    by_hand = sum(one[0] * (1 - one[1]) * (1 - one[2]) for one in g)
    assert found["100"] == pytest.approx(by_hand)


def test_of_two_runs_the_patterns_are_the_table() -> None:
    table = solved_table(counts([tuple(np.column_stack([N, C])[i, [0, 3, 1, 4]]) for i in range(4)]), 3)
    found = patterns(N[:, :2], C[:, :2], 3).set_index("pattern")["size"]
    assert [found.get(key, 0.0) for key in ("11", "10", "01", "00")] == pytest.approx(
        [table.both, table.base_only, table.rlvr_only, table.neither]
    )


def test_too_few_samples_give_no_patterns() -> None:
    assert patterns(N, C, 5).empty
    assert patterns(N[:0], C[:0]).empty
    assert pattern_of(np.array([[0.5, 0.49]])) == ["10"]
