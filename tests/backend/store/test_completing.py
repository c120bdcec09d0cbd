"""A later file completes the samples of an earlier one, and overwrites nothing."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend import regrade
from backend.importers import import_file
from backend.store import queries
from backend.store.database import Store
from backend.store.verdicts import set_counting_verifier
from backend.store.writes import ImportReport
from tests.conftest import write_rows

FACTS: dict[str, Any] = {
    "token_count": 7,
    "finish_reason": "length",
    "sum_logprob": -3.5,
    "min_logprob": -1.25,
    "colour": "red",
}


def brought(store: Store, folder: Path, rows: list[dict[str, Any]]) -> ImportReport:
    """Import rows of one problem of one run."""
    rows = [{"problem_id": "p", "sample_index": at, **row} for at, row in enumerate(rows)]
    return import_file(store, write_rows(folder / "f.jsonl", rows), benchmark="b", run="r")


def fates(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.rows == report.added + report.completed + report.duplicates + report.rejected_total
    return report.added, report.completed, report.duplicates, report.rejected_total


def told(store: Store, column: str) -> list[Any]:
    run = queries.runs(store)["run"][0]
    return [None if pd.isna(v) else v for v in queries.samples_with_texts(store, run, "p")[column]]


def counts(store: Store) -> tuple[int, ...]:
    return tuple(store.rows("select n, c, no_answer, errors, unscored from counts")[0])


def test_texts_that_come_later_are_filled_in_once(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [{"correct": True}, {"correct": False}])
    texts = [{"correct": True, "completion": "a"}, {"correct": False, "completion": "b"}]
    assert fates(brought(store, tmp_path, texts)) == (0, 2, 0, 0)
    assert told(store, "completion") == ["a", "b"]
    assert counts(store) == (2, 1, 0, 0, 0)
    assert fates(brought(store, tmp_path, texts)) == (0, 0, 2, 0)
    assert store.rows("select count(*) from completions") == [(2,)]


def test_texts_without_verdicts_complete_samples_that_have_them(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [{"correct": True}, {"correct": False}])
    assert fates(brought(store, tmp_path, [{"completion": "a"}, {"completion": "b"}, {"completion": "c"}])) == (
        1,
        2,
        0,
        0,
    )
    assert told(store, "verdict") == ["correct", "incorrect", None]
    assert counts(store) == (2, 1, 0, 0, 1)


def test_facts_are_filled_in_where_there_were_none_and_stay_where_there_were(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [{"correct": True}, {"correct": True, "token_count": 3, "answer": "5"}])
    later: list[dict[str, Any]] = [{"correct": True, "answer": "6", **FACTS}] * 2
    assert fates(brought(store, tmp_path, later)) == (0, 2, 0, 0)
    assert told(store, "token_count") == [7, 3]
    assert told(store, "answer") == ["6", "5"]
    assert told(store, "finish_reason") == ["length", "length"]
    assert told(store, "sum_logprob") == [-3.5, -3.5]
    assert told(store, "min_logprob") == [-1.25, -1.25]
    assert [json.loads(said) for said in told(store, "metadata")] == [{"colour": "red"}] * 2


def test_a_verdict_that_comes_later_counts_with_the_name_of_who_gave_it(store: Store, tmp_path: Path) -> None:
    report = brought(store, tmp_path, [{"completion": "a"}, {"completion": "b"}, {"completion": "c", "correct": False}])
    assert report.unscored == 2
    assert counts(store) == (1, 0, 0, 0, 2)
    scored: list[dict[str, Any]] = [
        {"correct": True, "verifier": "v"},
        {"verdict": "error"},
        {"correct": False, "verifier": "v"},
    ]
    assert fates(brought(store, tmp_path, scored)) == (0, 2, 1, 0)
    assert counts(store) == (2, 1, 0, 1, 0)
    assert told(store, "verifier") == ["v", None, None]


@pytest.mark.parametrize(
    ("before", "later", "what"),
    [
        ({"correct": True}, {"correct": False, "completion": "a"}, "verdict"),
        ({"completion": "a"}, {"correct": True, "completion": "b"}, "completion"),
    ],
)
def test_a_row_that_contradicts_fills_nothing_in(
    store: Store, tmp_path: Path, before: dict[str, Any], later: dict[str, Any], what: str
) -> None:
    brought(store, tmp_path, [before])
    report = brought(store, tmp_path, [{**later, **FACTS}])
    assert fates(report) == (0, 0, 0, 1)
    assert f"another {what} in the store" in report.rejected[0].reason
    assert told(store, "token_count") == [None]
    assert told(store, "completion") == [before.get("completion")]
    assert told(store, "verdict") == ["correct" if "correct" in before else None]


def test_rows_of_one_file_complete_each_other_in_their_order(store: Store, tmp_path: Path) -> None:
    sample = {"sample_index": 0}
    rows: list[dict[str, Any]] = [
        {"correct": True},
        {"completion": "a"},
        {"completion": "b"},
        {"answer": "1"},
        {"completion": "a"},
    ]
    report = brought(store, tmp_path, [{"correct": True, **row, **sample} for row in rows])
    assert fates(report) == (1, 2, 1, 1)
    assert [r.line for r in report.rejected] == [3]
    assert (told(store, "completion"), told(store, "answer")) == (["a"], ["1"])


def test_what_others_say_is_added_where_they_said_nothing(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [{"correct": True, "verdict:v'1": False}, {"correct": True}])
    later = [{"correct": True, "verdict:v'1": True, "logprob:m": -2.0}] * 2
    assert fates(brought(store, tmp_path, later)) == (0, 2, 0, 0)
    assert fates(brought(store, tmp_path, later)) == (0, 0, 2, 0)
    assert store.rows("select verifier, verdict::varchar from other_verdicts order by sample_id") == [
        ("v'1", "incorrect"),
        ("v'1", "correct"),
    ]
    assert store.rows("select model, sum_logprob from other_logprobs") == [("m", -2.0)] * 2


def test_a_late_verdict_of_the_file_stands_beside_ours_where_ours_counts(store: Store, tmp_path: Path) -> None:
    problem = {"problem_id": "p", "reference_answer": "4"}
    import_file(store, write_rows(tmp_path / "p.jsonl", [problem]), benchmark="b")
    brought(store, tmp_path, [{"completion": r"\boxed{4}"}, {"completion": r"\boxed{5}"}])
    run = queries.runs(store)["run"][0]
    regrade.regrade(store, run, "exact", counts=True)
    assert counts(store)[:2] == (2, 1)
    assert fates(brought(store, tmp_path, [{"correct": False, "answer": "x"}, {"correct": False}])) == (0, 2, 0, 0)
    assert counts(store)[:2] == (2, 1)
    assert told(store, "answer") == ["4", "5"]
    assert fates(brought(store, tmp_path, [{"correct": True}, {"correct": False}])) == (0, 0, 1, 1)
    set_counting_verifier(store, run, "imported")
    assert counts(store)[:2] == (2, 0)
    assert told(store, "answer") == ["x", None]


def test_the_report_and_the_list_of_imports_tell_how_many_were_completed(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [{"correct": True}])
    brought(store, tmp_path, [{"correct": True, "completion": "a"}])
    assert list(queries.imports(store)["completed"]) == [1, 0]
