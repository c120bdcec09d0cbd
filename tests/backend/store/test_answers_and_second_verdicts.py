"""What another verifier says beside the one that counts, and which answers a run gave, counted by hand."""

from pathlib import Path

import pytest

from backend.importers import import_file
from backend.store import queries
from backend.store.database import Store
from backend.store.second_verdicts import counts_by_two, second_verifiers
from backend.store.wrong_answers import answers_given, counts_and_spaces
from tests.conftest import write_rows

# problem, verdict that counts, verdict of "strict", answer
ROWS = (
    ("p", "correct", True, "4"),
    ("p", "correct", False, "4.0"),
    ("p", "incorrect", True, "5"),
    ("p", "incorrect", False, "5"),
    ("p", "no_answer", False, None),
    ("p", "correct", None, "4"),  # strict has not judged it
    ("p", "error", True, "4"),  # an error is no judgement
    ("q", "incorrect", False, "7"),
    ("q", None, True, "8"),  # not scored by the one that counts
    ("r", "correct", None, None),
)


@pytest.fixture
def runs(store: Store, tmp_path: Path) -> dict[str, str]:
    """Two runs, of which the second has no verdicts beside those that count; return name to key."""
    rows = [
        {"problem_id": p, "sample_index": i, "completion": f"{i}", "verdict": v, "answer": a, "verdict:strict": other,
         "reference_answer": "4", "answer_space": 1000 if p == "p" else None, "benchmark": "b"}
        for i, (p, v, other, a) in enumerate(ROWS)
    ]  # fmt: skip
    import_file(store, write_rows(tmp_path / "one.jsonl", rows), run="one", model="m")
    plain = [{k: v for k, v in row.items() if k != "verdict:strict"} for row in rows]
    import_file(store, write_rows(tmp_path / "two.jsonl", plain), run="two", model="n")
    frame = queries.runs(store)
    return dict(zip(frame["name"], frame["run"], strict=True))


def test_samples_that_both_have_judged_are_counted_by_both(store: Store, runs: dict[str, str]) -> None:
    frame = counts_by_two(store, runs["one"], "strict")
    assert frame.to_dict("records") == [
        {"problem": "p", "n": 5, "c": 2, "other": 2, "only_other": 1, "only_counting": 1},
        {"problem": "q", "n": 1, "c": 0, "other": 0, "only_other": 0, "only_counting": 0},
    ]
    for row in frame.to_dict("records"):
        assert row["c"] - row["only_counting"] == row["other"] - row["only_other"]


def test_a_verifier_that_has_judged_nothing_counts_nothing(store: Store, runs: dict[str, str]) -> None:
    assert counts_by_two(store, runs["one"], "nobody").empty
    assert counts_by_two(store, runs["two"], "strict").empty
    assert counts_by_two(store, "no-such-run", "strict").empty


def test_a_second_verifier_is_one_that_has_judged_every_run(store: Store, runs: dict[str, str]) -> None:
    assert second_verifiers(store, [runs["one"]]) == ["strict"]
    assert second_verifiers(store, [runs["two"]]) == []
    assert second_verifiers(store, [runs["one"], runs["two"]]) == []
    assert second_verifiers(store, []) == []


def test_answers_are_counted_by_problem_and_text(store: Store, runs: dict[str, str]) -> None:
    given = answers_given(store, runs["one"])
    found = {(r.problem, r.answer): (r.correct, r.wrong) for r in given.itertuples()}
    assert found == {("p", "4"): (2, 0), ("p", "4.0"): (1, 0), ("p", "5"): (0, 2), ("q", "7"): (0, 1)}
    assert answers_given(store, "no-such-run").empty


def test_counts_come_with_the_right_answer_and_the_space_of_answers(store: Store, runs: dict[str, str]) -> None:
    frame = counts_and_spaces(store, runs["one"])
    assert list(frame["problem"]) == ["p", "q", "r"]
    assert list(zip(frame["n"], frame["c"], strict=True)) == [(6, 3), (1, 0), (1, 1)]
    assert list(frame["reference_answer"]) == ["4", "4", "4"]
    assert frame["answer_space"].fillna(-1).astype(int).tolist() == [1000, -1, -1]
    counted = queries.correct_counts(store, [runs["one"]])
    assert list(frame["n"]) == [n for n in counted["n"] if n]
