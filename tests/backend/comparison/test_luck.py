"""Lucky hits by how far wrong answers scatter, and tables by two verifiers."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.luck import expected_lucky, lenience, lucky_hits


def problem(reference: str | None, space: int | None, n: int = 400, c: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        {"problem": ["p"], "n": n, "c": c, "reference_answer": [reference], "answer_space": pd.array([space], "Int64")}
    )


def answers(*wrong: str, correct: str | None = None) -> pd.DataFrame:
    rows = [("p", answer, 0, 1) for answer in wrong] + ([("p", correct, 1, 0)] if correct else [])
    return pd.DataFrame(rows, columns=["problem", "answer", "correct", "wrong"])


def test_three_hundred_wrong_answers_of_a_thousand_hit_by_luck_in_three_of_ten() -> None:
    hits = lucky_hits(problem("73", 1000), answers(*(str(i) for i in range(100, 400))))
    assert hits["distinct_wrong"].tolist() == [300]
    assert hits["lucky"].tolist() == pytest.approx([300 / 999])


@pytest.mark.parametrize(
    ("reference", "space", "wrong", "distinct"),
    [
        ("73", 1000, ("5", "005", "5.0", "1000", "-3", "1/2", "073", "x"), 1),
        ("1000", 1000, ("1000", "999", "1001"), 1),
        ("B", 4, ("A", "(a)", "C", "E", "17"), 2),
        ("\\frac12", 50, ("0.5", "1/3", "2/6", "x+1"), 2),
        (None, 10, ("1", "2"), 2),
    ],
)
def test_only_answers_that_a_guesser_could_give_are_counted_and_once(
    reference: str | None, space: int, wrong: tuple[str, ...], distinct: int
) -> None:
    assert lucky_hits(problem(reference, space), answers(*wrong))["distinct_wrong"].tolist() == [distinct]


def test_an_answer_that_was_judged_correct_as_well_is_not_wrong() -> None:
    assert lucky_hits(problem(None, 10), answers("7", "8", correct="7.0"))["distinct_wrong"].tolist() == [1]


def test_without_an_answer_space_nothing_is_claimed_unless_one_is_given() -> None:
    unknown = lucky_hits(problem("3", None), answers("1", "2"))
    assert unknown["lucky"].isna().all()
    assert np.isnan(expected_lucky(unknown)[0])
    assert lucky_hits(problem("3", None), answers("1", "2"), 11)["lucky"].tolist() == pytest.approx([0.2])
    assert lucky_hits(problem("3", 5), answers("1", "2"), 11)["lucky"].tolist() == pytest.approx([0.5])
    assert lucky_hits(problem("3", 1), answers("1"))["lucky"].isna().all()


def test_a_run_without_stored_answers_has_no_luck_rather_than_none() -> None:
    silent = lucky_hits(problem("3", 1000), answers())
    assert silent["lucky"].isna().all()
    assert np.isnan(expected_lucky(silent)[0])


def test_luck_is_expected_over_problems_that_few_samples_solve() -> None:
    three = pd.concat([problem("3", 11, c=c) for c in (0, 2, 3)]).assign(problem=["p", "q", "r"])
    said = pd.concat([answers("1", "2").assign(problem=name) for name in ("p", "q", "r")])
    assert expected_lucky(lucky_hits(three, said)) == pytest.approx((0.2, 1))


def test_a_lenient_verifier_takes_back_what_only_the_format_made() -> None:
    columns = ["problem", "n", "c", "other", "only_other", "only_counting"]
    base = pd.DataFrame([("a", 4, 0, 4, 4, 0), ("b", 4, 2, 2, 0, 0)], columns=columns)
    rlvr = pd.DataFrame([("a", 4, 4, 4, 0, 0), ("b", 4, 0, 0, 0, 0)], columns=columns)
    found = lenience(base, rlvr, 4)
    assert (found.counting.rlvr_only, found.other.rlvr_only, found.other.both) == (1, 0, 1)
    assert (found.gained_by_format, found.lost_by_format) == (1, 0)
    assert found.shares == {
        "base": {"only_other": 0.5, "only_counting": 0.0},
        "rlvr": {"only_other": 0.0, "only_counting": 0.0},
    }
