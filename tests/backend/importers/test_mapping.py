"""The mapper reads what no importer knows, and says what it guesses."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.errors import BadInput, NotFound
from backend.importers import Wanted, import_file
from backend.importers.mapping import from_pairs, in_plain
from backend.importers.previews import inspect
from backend.importers.saved_mappings import delete_mapping, folder_of, save_mapping, saved_mapping, saved_mappings
from backend.store.database import Store


def stored(path: Path, *pairs: str, mapping: str | None = None) -> list[dict[str, Any]]:
    """Return the rows that a file would give, without what is the same in all of these tests."""
    told = inspect(path, wanted=Wanted(map_fields=pairs, mapping=mapping))
    assert told["rejected"] == []
    return [{k: v for k, v in row.items() if k not in ("line", "seed")} for row in told["first"]]


def lines(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "file.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rows_with_columns_of_other_names(tmp_path: Path) -> None:
    path = lines(tmp_path, {"task": "a", "meta": {"gold": "4"}, "text": "four", "reward": 1.0})
    assert stored(path, "problem_id=task", "completion=text", "correct=reward", "reference_answer=meta.gold") == [
        {"problem_id": "a", "completion": "four", "verdict": "correct", "reference_answer": "4"}
    ]


def test_lists_side_by_side(tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": 7, "outs": ["x", "y"], "ok": [True, False]})
    wanted = [
        {"problem_id": "7", "completion": "x", "verdict": "correct"},
        {"problem_id": "7", "completion": "y", "verdict": "incorrect"},
    ]
    assert stored(path, "problem_id=q", "completion=outs[]", "correct=ok[]") == wanted
    assert stored(path, "problem_id=q", "completion=outs", "correct=ok") == wanted


def test_lists_of_different_length_are_refused_with_their_line(tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": 7, "outs": ["x"], "ok": [True, False]}, {"q": 8, "outs": ["z"], "ok": [True]})
    told = inspect(path, wanted=Wanted(map_fields=("problem_id=q", "completion=outs[]", "correct=ok[]")))
    assert [(r["line"], "differ in length" in r["reason"]) for r in told["rejected"]] == [(1, True)]
    assert told["runs"][0]["samples"] == 1


def test_samples_nested_in_lists(tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": "p", "tries": [{"out": {"text": "x"}, "ok": 1}, {"out": {"text": "y"}, "ok": 0}]})
    assert stored(path, "problem_id=q", "completion=tries[].out.text", "correct=tries[].ok") == [
        {"problem_id": "p", "completion": "x", "verdict": "correct"},
        {"problem_id": "p", "completion": "y", "verdict": "incorrect"},
    ]


def test_one_column_a_model(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("id,question,base,base_correct,rlvr,rlvr_correct\n1,2+2?,5,False,4,True\n")
    wanted = [
        {"problem_id": "1", "question": "2+2?", "model": "base", "completion": "5", "verdict": "incorrect"},
        {"problem_id": "1", "question": "2+2?", "model": "rlvr", "completion": "4", "verdict": "correct"},
    ]
    assert stored(path, mapping="guess") == wanted
    named = ("problem_id=id", "question=question", "correct={model}_correct", "completion={model}")
    assert stored(path, *named) == wanted


def test_a_document_whose_rows_are_a_member(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"config": {"t": 1}, "results": [{"task_id": "a", "output": "x", "passed": True}]}))
    assert stored(path, "rows=results", "problem_id=task_id", "correct=passed") == [
        {"problem_id": "a", "verdict": "correct"}
    ]
    assert stored(path, mapping="guess") == [{"problem_id": "a", "verdict": "correct", "completion": "x"}]


def test_a_document_with_a_member_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"a": [{"text": "x", "passed": True}], "b": [{"text": "y", "passed": False}]}, indent=1))
    wanted = [{"problem_id": "a", "verdict": "correct"}, {"problem_id": "b", "verdict": "incorrect"}]
    assert stored(path, "rows=*", "problem_id=@key", "correct=@value[].passed") == wanted
    assert [{k: r[k] for k in ("problem_id", "verdict")} for r in stored(path, mapping="guess")] == wanted


def test_an_array_of_lists_of_truth_values(tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text("[[true, false], [true, true]]")
    rows = stored(path, "problem_id=#", "correct=@value[]")
    assert [(r["problem_id"], r["verdict"]) for r in rows] == [
        ("0", "correct"), ("0", "incorrect"), ("1", "correct"), ("1", "correct"),
    ]  # fmt: skip


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"uid": [3, 3], "response": ["x", "y"], "reward": [0.2, 0.9]}), path)
    assert [(r["problem_id"], r["verdict"]) for r in stored(path, mapping="guess")] == [
        ("3", "incorrect"), ("3", "correct"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("True", "correct"),
        ("pass", "correct"),
        ("1.0", "correct"),
        ("C", "correct"),
        ("failed", "incorrect"),
        ("no", "incorrect"),
    ],
)
def test_words_that_stand_for_a_verdict(word: str, verdict: str, tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": "p", "ok": word})
    assert stored(path, "problem_id=q", "correct=ok")[0]["verdict"] == verdict


def test_a_score_between_needs_a_threshold(tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": "p", "s": 0.7})
    told = inspect(path, wanted=Wanted(map_fields=("problem_id=q", "correct=s")))
    assert "correct is 0.7" in told["rejected"][0]["reason"]
    assert stored(path, "problem_id=q", "correct=s", "threshold=0.7")[0]["verdict"] == "correct"


def test_a_conversation_is_one_completion(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]
    path = lines(tmp_path, {"q": "p", "messages": talk, "ok": True})
    assert stored(path, "problem_id=q", "completion=messages", "question=messages", "correct=ok") == [
        {"problem_id": "p", "completion": "4", "question": "2+2?", "verdict": "correct"}
    ]


def test_a_saved_mapping_is_used_by_name_and_can_be_overruled(tmp_path: Path, store: Store) -> None:
    assert store.path is not None
    path = lines(tmp_path, {"q": "p", "out": "x", "ok": True, "judge": False})
    save_mapping(store.path, "mine", from_pairs(["problem_id=q", "completion=out", "correct=ok"]))
    report = import_file(store, path, wanted=Wanted(mapping="mine"), run="first")
    assert (report.format, report.added) == ("mine", 1)
    other = import_file(store, path, wanted=Wanted(mapping="mine", map_fields=("correct=judge",)), run="second")
    assert other.added == 1
    assert saved_mappings(store.path) == {"mine": {"problem_id": "q", "completion": "out", "correct": "ok"}}
    assert in_plain(saved_mapping(store.path, "mine"))["correct"] == "ok"
    delete_mapping(store.path, "mine")
    with pytest.raises(NotFound, match="There is no mapping mine; there are: none"):
        saved_mapping(store.path, "mine")
    assert list(folder_of(store.path).iterdir()) == []


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["correct"], "--map correct is no mapping"),
        (["colour=red", "correct=ok"], "There is no field colour"),
        (["correct=ok", "threshold=high"], "threshold is high"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused(pairs: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        from_pairs(pairs)


def test_a_mapping_of_which_no_column_exists_names_those_that_do(tmp_path: Path) -> None:
    path = lines(tmp_path, {"q": "p", "ok": True})
    with pytest.raises(BadInput, match="has none of task, reward; its first row has ok, q"):
        inspect(path, wanted=Wanted(map_fields=("problem_id=task", "correct=reward")))


@pytest.mark.parametrize("name", ["guess", "../x", "", "a b"])
def test_a_mapping_needs_a_plain_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be a mapping's name"):
        save_mapping(tmp_path / "store.duckdb", name, from_pairs(["correct=ok"]))


def test_numbered_columns_are_samples(tmp_path: Path) -> None:
    row = {"question": "2+2?", "answer1": "4", "answer1_correct": "True", "answer2": "5", "answer2_correct": "False"}
    path = lines(tmp_path, row)
    wanted = [
        {"problem_id": "0", "question": "2+2?", "completion": "4", "verdict": "correct"},
        {"problem_id": "0", "question": "2+2?", "completion": "5", "verdict": "incorrect"},
    ]
    assert stored(path, mapping="guess") == wanted
    named = ("problem_id=#", "question=question", "completion=answer{n}", "correct=answer{n}_correct")
    assert stored(path, *named) == wanted


def test_a_problem_without_an_id_is_known_by_its_question(tmp_path: Path) -> None:
    rows = [{"id": i, "question": f"{i % 2}?", "output": f"try {i}", "passed": i > 1} for i in range(4)]
    told = inspect(lines(tmp_path, *rows), wanted=Wanted(mapping="guess"))
    assert told["mapping"]["problem_id"] == "hash(question)"
    assert (told["runs"][0]["problems"], told["runs"][0]["samples"]) == (2, 4)


def test_columns_named_as_ours_need_no_mapping(tmp_path: Path) -> None:
    path = lines(tmp_path, {"task": "a", "completion": "x", "reward": 0, "answer": "4", "temperature": 0.5})
    wanted = [{"problem_id": "a", "completion": "x", "verdict": "incorrect", "temperature": 0.5}]
    assert stored(path, "problem_id=task", "correct=reward") == wanted


@pytest.mark.parametrize(
    ("pair", "said"), [("problem_id=task", "names no sample"), ("correct=reward", "names no problem_id")]
)
def test_a_mapping_without_problem_or_sample_is_refused_with_the_columns(pair: str, said: str, tmp_path: Path) -> None:
    path = lines(tmp_path, {"task": "a", "reward": 1})
    with pytest.raises(BadInput, match=f"{said}; its first row has reward, task"):
        inspect(path, wanted=Wanted(map_fields=(pair,)))


def test_a_mapping_of_which_one_column_does_not_exist_names_it(tmp_path: Path) -> None:
    path = lines(tmp_path, {"task": "a", "output": "x"}, {"task": "a", "output": "y", "late": True})
    with pytest.raises(BadInput, match="has none of reward; its first row has output, task"):
        inspect(path, wanted=Wanted(map_fields=("problem_id=task", "completion=output", "correct=reward")))
    pairs = ("problem_id=task", "completion=output", "correct=late", "finish_reason=stop")
    assert [row.get("verdict") for row in stored(path, *pairs)] == [None, "correct"]
