"""A tiny part of every simulation, so that none of them rots; `make statistics` runs them in full."""

import numpy as np
import pytest

from tests.statistics.report import bias, means, printed, shares, unless_rare
from tests.statistics.suites import SUITES, TINY, tasks


@pytest.mark.parametrize("name", SUITES)
def test_a_tiny_part_of_each_simulation_keeps_its_bounds(name: str) -> None:
    rows = [row for task in tasks(name, TINY) for row in task.run()]
    assert rows
    assert [row for row in rows if row.broken] == []


def test_a_missed_bound_is_told_from_chance() -> None:
    hits = np.repeat([1.0, 0.0], [88, 12])[:, None]
    near, far = (shares("t", "c", ["k"], hits, least=least)[0] for least in (0.95, 0.99))
    assert (near.value, near.broken, far.broken) == (0.88, False, True)
    assert shares("t", "c", ["k"], hits, most=0.5)[0].broken
    assert not shares("t", "c", ["k"], hits)[0].broken


def test_rounds_without_a_claim_do_not_count_and_few_rounds_say_nothing() -> None:
    hits = np.r_[np.ones(40), np.full(60, np.nan)][:, None]
    assert shares("t", "c", ["k"], hits, least=0.9)[0].value == 1
    assert shares("t", "c", ["k"], hits[35:], least=0.9) == []
    assert means("t", "c", ["k"], np.full((5, 1), np.nan)) == []


def test_less_is_stated_where_hardly_a_problem_tells_of_it() -> None:
    assert unless_rare(0.91, [0.2, 1.0, 30.0]).tolist() == [0.8, 0.91, 0.91]


def test_a_bias_is_told_in_standard_errors() -> None:
    assert bias("t", "c", "k", np.array([1.0, -1.0] * 50)).value == 0
    assert bias("t", "c", "k", np.array([1.0, 0.9] * 50)).broken
    assert not bias("t", "c", "k", np.zeros(5)).broken


def test_a_table_shows_each_case_on_a_line_and_marks_what_is_broken() -> None:
    rows = [row for case in ("a", "b") for row in shares("T", case, ["k = 1"], np.zeros((50, 1)), least=0.9)]
    lines = printed([*rows, *means("T", "b", ["k = n"], np.ones((3, 1)))]).splitlines()
    assert lines[0].startswith("T (stated: at least 0.9): 0.000 to 1.000")
    assert lines[2].split() == ["a", "0.000!", "–"]
    assert lines[3].split() == ["b", "0.000!", "1.000"]
