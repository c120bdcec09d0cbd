"""LiveCodeBench, OpenCompass, MathArena, EvalScope: the forms in which their own writers vary."""

import json
from pathlib import Path
from typing import Any

from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each
from tests.conftest import write_rows


def written(path: Path, said: Any, indent: int | None = None) -> Path:
    """Write a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=indent))
    return path


def test_a_question_with_several_tests_or_programs_is_several_problems(tmp_path: Path) -> None:
    same = {"question_id": "7", "output_list": ["a", "b"], "pred_list": ["1", "2"], "graded_list": [True, False]}
    tests = [{**same, "question_content": "Guess.", "test_id": i} for i in (0, 1)]
    told = inspect(written(tmp_path / "m" / "Scenario.testoutputprediction_2_0.2_eval_all.json", tests))
    assert (told["format"], {row["problem_id"] for row in told["first"]}) == ("livecodebench", {"7/0", "7/1"})
    runs = [{**same, "code": "f", "input": "f(1)", "output": "1", "id": f"sample_{i}", "problem_id": 1} for i in (0, 1)]
    told = inspect(written(tmp_path / "m" / "Scenario.codeexecution_2_0.2_eval_all.json", runs))
    first = told["first"][0]
    assert (first["problem_id"], first["completion"], first["answer"], first["reference_answer"], first["model"]) == (
        "sample_0", "a", "1", "1", "m",
    )  # fmt: skip
    assert (told["runs"][0]["problems"], told["runs"][0]["correct"]) == (2, 2)


def test_in_an_array_on_one_line_a_bad_element_is_told_by_its_number(tmp_path: Path) -> None:
    good = {"question_id": "a", "output_list": ["x"], "code_list": ["x"], "graded_list": [True]}
    bad = {**good, "graded_list": [True, False]}
    for indent, line in ((None, 3), (1, 26)):
        told = inspect(written(tmp_path / "x_eval_all.json", [good, good, bad], indent))
        assert [(r["line"], "differ in length" in r["reason"]) for r in told["rejected"]] == [(line, True)]


def test_opencompass_details_take_prompts_and_completions_from_the_predictions_beside(
    tmp_path: Path, store: Store
) -> None:
    prompts = ["1+1?", "2+2?"]
    rows = [(p, f"{p} try {i}") for i in (0, 1) for p in prompts]
    said = {
        str(i): {"origin_prompt": [{"role": "HUMAN", "prompt": p}], "prediction": t, "gold": "4"}
        for i, (p, t) in enumerate(rows)
    }
    written(tmp_path / "predictions" / "m" / "sums.json", said)
    details = [{"example_abbr": f"sums_{i}", "correct": [True, False], "pred": ["4", "5"]} for i in (0, 1)]
    path = written(tmp_path / "results" / "m" / "sums.json", {"accuracy": 50.0, "details": details})
    told = [(r["problem_id"], r.get("question"), r["completion"], r["verdict"]) for r in inspect(path)["first"]]
    assert told == [
        ("sums_0", "1+1?", "1+1? try 0", "correct"),
        ("sums_0", "1+1?", "1+1? try 1", "incorrect"),
        ("sums_1", "2+2?", "2+2? try 0", "correct"),
        ("sums_1", "2+2?", "2+2? try 1", "incorrect"),
    ]
    reports = {r.file: r for r in each(store, [tmp_path])}
    assert "results/m/sums.json brings its samples" in reports["predictions/m/sums.json"].warnings[0]
    frame = queries.runs(store)
    assert list(zip(frame["problems"], frame["samples"], frame["correct"], strict=True)) == [(2, 4, 2)]


def test_opencompass_predictions_of_other_prompts_are_not_taken_for_the_details(tmp_path: Path) -> None:
    said = {str(i): {"origin_prompt": f"{i}?", "prediction": "x"} for i in range(4)}
    written(tmp_path / "predictions" / "m" / "sums.json", said)
    details = [{"example_abbr": f"sums_{i}", "correct": [True, False], "pred": ["4", "5"]} for i in (0, 1)]
    path = written(tmp_path / "results" / "m" / "sums.json", {"details": details})
    assert [row["completion"] for row in inspect(path)["first"]] == ["4", "5", "4", "5"]


def test_parts_of_opencompass_predictions_are_one_benchmark(tmp_path: Path, store: Store) -> None:
    for part in (0, 1):
        said = {"0": {"origin_prompt": f"{part}?", "prediction": "x", "gold": "4"}}
        written(tmp_path / "predictions" / "m" / f"sums_{part}.json", said)
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert list(zip(frame["benchmark"], frame["problems"], frame["unscored"], strict=True)) == [("sums", 2, 2)]


def test_opencompass_details_by_judge_or_likelihood(tmp_path: Path) -> None:
    entries = {
        "0": {"prompt": [{"role": "HUMAN", "prompt": "2+2?"}], "predictions": "A", "references": "A", "correct": True},
        "1": {"prompt": "3+3?", "predictions": "B", "references": "C", "correct": False},
    }
    first, second = inspect(written(tmp_path / "sums.json", {"details": entries}))["first"]
    assert (first["question"], first["answer"], first["reference_answer"]) == ("2+2?", "A", "A")
    assert (second["question"], second["verdict"]) == ("3+3?", "incorrect")


def arena(idx: int, **said: Any) -> dict[str, Any]:
    """Return one problem as MathArena writes it."""
    talk = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]
    same = {"problem": "2+2?", "gold_answer": "4", "answers": ["4"], "correct": [True], "messages": [talk]}
    return {"idx": idx, **same, **said}


def test_matharena_problems_are_named_by_their_file_since_older_files_count_from_0(
    tmp_path: Path, store: Store
) -> None:
    for model, idx in (("old", 0), ("new", 1)):
        written(tmp_path / "outputs" / "aime_2025" / model / "1.json", arena(idx))
    each(store, [tmp_path])
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (len(frame), set(frame["problem"])) == (2, {"1"})


def test_a_matharena_file_without_its_conversations_keeps_its_verdicts(tmp_path: Path) -> None:
    told = inspect(written(tmp_path / "3.json", arena(3, messages=None)))
    assert (told["format"], told["runs"][0]["correct"]) == ("matharena", 1)


def test_older_evalscope_reviews_tell_the_question_as_their_input(tmp_path: Path) -> None:
    score = {"value": {"acc": 0.0}, "prediction": "It is 5", "main_score_name": "acc"}
    path = tmp_path / "sums_default.jsonl"
    write_rows(path, [{"index": 0, "input": "2+2?", "target": "4", "sample_score": {"score": score, "sample_id": 0}}])
    (row,) = inspect(path)["first"]
    assert (row["question"], row["completion"], row["verdict"]) == ("2+2?", "It is 5", "incorrect")


def test_of_a_cut_matharena_file_nothing_is_read_and_the_report_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "3.json", arena(3), indent=1)
    path.write_text(path.read_text()[:-20])
    told = inspect(path)
    assert (told["format"], told["runs"]) == ("matharena", [])
    assert told["rejected"][0]["reason"].endswith("the file ends in the middle of a value; nothing of it was read")
