"""One thing wrong at a time: a sentence with the line tells it, and the good rows are kept."""

from pathlib import Path
from typing import Any

import pytest

from backend.errors import BadInput
from backend.importers import Wanted
from backend.importers.previews import inspect
from tests.backend.importers.test_documented_examples import Example, examples, written

LINES = [e for e in examples() if e.kind == "jsonl"]
DOCUMENTS = [e for e in examples() if e.kind == "json" and e.name != "1.json"]


def told(example: Example, content: bytes, folder: Path) -> dict[str, Any]:
    """Return what would be stored of a changed file."""
    path = folder / example.name
    path.write_bytes(content)
    return inspect(path, wanted=Wanted(mapping=example.mapping))


def drawn(answer: dict[str, Any]) -> int:
    return sum(run["samples"] for run in answer["runs"])


@pytest.mark.parametrize("example", LINES, ids=lambda e: e.name)
def test_a_cut_last_line_is_named_and_the_lines_before_it_are_kept(example: Example, tmp_path: Path) -> None:
    whole = example.text.encode()
    before = told(example, b"\n".join(whole.splitlines()[:2]), tmp_path)
    cut = told(example, whole[: -len(whole.splitlines()[2]) // 2], tmp_path)
    assert drawn(cut) == drawn(before)
    assert [r["line"] for r in cut["rejected"]] == [3]
    assert "not valid JSON" in cut["rejected"][0]["reason"]


@pytest.mark.parametrize("example", LINES, ids=lambda e: e.name)
def test_a_damaged_first_line_does_not_hide_the_others(example: Example, tmp_path: Path) -> None:
    lines = example.text.encode().splitlines()
    damaged = told(example, b"\n".join([lines[0][:-20], *lines[1:]]), tmp_path)
    assert [r["line"] for r in damaged["rejected"]] == [1]
    assert drawn(damaged) > 0


@pytest.mark.parametrize("example", LINES + DOCUMENTS, ids=lambda e: e.name)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(example: Example, tmp_path: Path) -> None:
    plain = told(example, example.text.encode(), tmp_path)
    changed = told(example, b"\xef\xbb\xbf" + example.text.encode().replace(b"\n", b"\r\n"), tmp_path)
    assert [{**r, "first": None} for r in changed["runs"]] == [{**r, "first": None} for r in plain["runs"]]
    assert changed["rejected"] == []


@pytest.mark.parametrize("example", LINES, ids=lambda e: e.name)
def test_lines_that_hold_no_object_are_named(example: Example, tmp_path: Path) -> None:
    lines = example.text.encode().splitlines()
    answer = told(example, b"\n".join([lines[0], b"[1, 2]", b"", b"nonsense", *lines[1:]]), tmp_path)
    assert [r["line"] for r in answer["rejected"]] == [2, 4]
    assert drawn(answer) == drawn(told(example, example.text.encode(), tmp_path))


@pytest.mark.parametrize("example", DOCUMENTS, ids=lambda e: e.name)
def test_of_a_cut_document_what_stands_before_the_cut_is_kept(example: Example, tmp_path: Path) -> None:
    text = example.text.rstrip()
    answer = told(example, text[:-25].encode(), tmp_path)
    assert drawn(answer) > 0
    assert "the file ends" in answer["rejected"][0]["reason"]
    assert "what stands before it was read" in answer["rejected"][0]["reason"]


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.name)
def test_a_file_cut_after_its_first_bytes_is_refused_with_a_sentence(example: Example, tmp_path: Path) -> None:
    path = written(example, tmp_path)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(BadInput, match=r"\.$"):
        inspect(path, wanted=Wanted(mapping=example.mapping))


@pytest.mark.parametrize("example", [e for e in examples() if e.kind == "parquet"], ids=lambda e: e.name)
def test_a_cut_parquet_file_is_refused_with_a_sentence(example: Example, tmp_path: Path) -> None:
    path = written(example, tmp_path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match="damaged Parquet"):
        inspect(path)


def test_a_damaged_archive_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (example,) = [e for e in examples() if e.kind == "zip"]
    path = written(example, tmp_path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(BadInput, match="damaged ZIP archive"):
        inspect(path)


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("qwen", '{"idx": 0, "gt": "4", "code": ["a", "b"], "pred": ["4"], "score": [true, true]}', "differ in length"),
        ("qwen", '{"idx": 0, "gt": "4", "code": ["a"], "pred": ["4"], "score": "true"}', "score is a str"),
        ("qwen", '{"gt": "4", "code": ["a"], "pred": ["4"], "score": [true]}', "idx is missing"),
        ("qwen", '{"idx": 0, "gt": "4", "code": ["a"], "pred": ["4"], "score": ["maybe"]}', "correct is 'maybe'"),
        ("results", '{"example_id": 1, "prompt": "p", "completion": "c", "reward": "good"}', "reward is 'good'"),
        ("human", '{"task_id": "HumanEval/1", "completion": ["a"], "passed": true}', "it must be text"),
        ("human", '{"task_id": "HumanEval/1", "completion": "a", "passed": "so so"}', "correct is 'so so'"),
        ("verl", '{"input": "p", "output": "o", "score": [1], "step": 1}', "score is [1]"),
        ("scope", '{"index": 1, "sample_score": {"score": {"value": 1}}, "messages": []}', "value is missing"),
    ],
)
def test_a_wrong_type_or_a_missing_key_is_told_with_its_value(
    name: str, line: str, reason: str, tmp_path: Path
) -> None:
    good = {
        "qwen": '{"idx": 9, "gt": "4", "code": ["a"], "pred": ["4"], "score": [true]}',
        "results": '{"example_id": 9, "prompt": "p", "completion": "c", "reward": 1}',
        "human": '{"task_id": "HumanEval/9", "completion": "a", "passed": true}',
        "verl": '{"input": "p9", "output": "o", "score": 1, "step": 1}',
        "scope": '{"index": 9, "sample_score": {"score": {"value": {"acc": 1}}}, "messages": []}',
    }[name]
    path = tmp_path / "file.jsonl"
    path.write_text(f"{good}\n{line}\n")
    answer = inspect(path)
    assert drawn(answer) >= 1
    assert [r["line"] for r in answer["rejected"]] == [2]
    assert reason in answer["rejected"][0]["reason"]


@pytest.mark.parametrize(
    "line",
    [
        '{"example_id": 1, "prompt": "p", "completion": "c", "reward": NaN}',
        '{"idx": 0, "gt": "4", "code": ["a"], "pred": ["4"], "score": [NaN]}',
        '{"input": "p", "output": "o", "score": NaN, "step": 1}',
        '{"index": 1, "sample_score": {"score": {"value": {"acc": NaN}, "prediction": "a"}}, "messages": []}',
    ],
)
def test_a_score_that_is_no_number_is_unscored_and_not_wrong(line: str, tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(line + "\n")
    (run,) = inspect(path)["runs"]
    assert (run["samples"], run["unscored"], run["incorrect"]) == (1, 1, 0)
