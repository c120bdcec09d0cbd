"""What samples answered, and what a verifier of the reasoning says of them."""

from pathlib import Path

import pytest

from backend.errors import BadInput
from backend.importers import import_file
from backend.store.answers import (
    ANSWERS,
    PATHS,
    VALID,
    answer_spaces,
    answer_votes,
    metric_counts,
    reasoning_verifier,
    reasoning_verifiers,
    why_without,
)
from backend.store.database import Store
from tests.conftest import drawn, write_rows


def sample(index: int, answer: str | None, correct: bool | None, steps: bool | None = None) -> dict[str, object]:
    judged = {} if steps is None else {"verdict:cot_judge": steps}
    return {
        "problem_id": "p", "sample_index": index, "answer": answer, "correct": correct, "completion": "…", "run": "a",
        **judged,
    }  # fmt: skip


@pytest.fixture
def answered(store: Store, tmp_path: Path) -> Store:
    """A run of one problem with spellings of the right answer, wrong ones and silence, and one run without answers."""
    rows = [
        sample(0, "1/2", True, True),
        sample(1, "0.50", True, False),
        sample(2, r"\frac12", False),
        sample(3, "7", False, True),
        sample(4, "7.0", False),
        sample(5, "8", False),
        sample(6, None, False),
        sample(7, None, True),
        sample(8, "9", None),
    ]
    import_file(store, write_rows(tmp_path / "a.jsonl", rows))
    import_file(store, write_rows(tmp_path / "b.jsonl", drawn("p", [True, False], run="b", answer_space=4)))
    return store


def test_votes_go_by_normal_form_and_silence_has_none(answered: Store) -> None:
    votes = answer_votes(answered, ["a"])
    assert votes["problem"].tolist() == ["p"]
    assert votes["answers"].iloc[0] == [4, 2, 1]
    counts = metric_counts(answered, ["a"], ANSWERS)
    assert counts[["n", "c"]].to_numpy().tolist() == [[8, 3]]


def test_valid_counts_only_correct_samples_that_were_judged(answered: Store) -> None:
    counts = metric_counts(answered, ["a"], VALID, "cot_judge")
    assert counts[["c", "judged", "valid"]].to_numpy().tolist() == [[3, 2, 1]]
    with pytest.raises(BadInput, match="No verifier"):
        metric_counts(answered, ["a"], VALID)


def test_a_run_that_lacks_what_a_metric_needs_says_why(answered: Store) -> None:
    assert why_without(answered, ["a", "b"], None) == {}
    assert why_without(answered, ["a", "b"], ANSWERS) == {"b": "no answers are stored with its samples"}
    assert why_without(answered, ["a", "b"], VALID, "cot_judge") == {"b": "it has no verdicts of cot_judge"}
    assert why_without(answered, ["a", "b"], PATHS) == {}


def test_paths_are_counted_over_the_samples_that_have_a_text(store: Store, tmp_path: Path) -> None:
    rows = [
        *drawn("p", [True, True, True, False], run="c"),
        *drawn("q", [True, False], run="c"),
        *drawn("r", [False], run="c"),
    ]
    rows[0]["completion"] = rows[1]["completion"] = "The one way."
    del rows[5]["completion"]
    import_file(store, write_rows(tmp_path / "c.jsonl", rows))
    counts = metric_counts(store, ["c"], PATHS)
    assert counts[["problem", "n", "c"]].to_numpy().tolist() == [["p", 4, 3], ["q", 1, 1], ["r", 1, 0]]
    assert [sorted(paths) for paths in counts["paths"]] == [[1, 2], [1], []]


def test_a_run_without_texts_has_no_paths(store: Store, tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "completion"} for row in drawn("p", [True], run="d")]
    import_file(store, write_rows(tmp_path / "d.jsonl", rows))
    assert "no path is known" in why_without(store, ["d"], PATHS)["d"]


def test_the_verifier_of_the_reasoning_is_known_by_its_name(answered: Store) -> None:
    assert reasoning_verifiers(answered, ["a", "b"]).to_numpy().tolist() == [["a", "cot_judge"]]
    assert reasoning_verifier(["lenient", "cot_judge", "countdown_steps"]) == "countdown_steps"
    assert reasoning_verifier(["lenient"]) is None


def test_answer_spaces_are_told_a_problem(answered: Store) -> None:
    assert answer_spaces(answered, ["b"]).to_numpy().tolist() == [["p", 4]]
