"""Scores that are neither right nor wrong: a threshold is told where it decides, and no scale is taken for another."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BadInput
from backend.importers import Wanted, import_file
from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.test_inspect import archive, header, sample, summary
from tests.backend.importers.test_training_dumps import completions
from tests.conftest import write_rows

SCALED = (
    "{0} × match grades on a scale of its own (up to {1}), so no verdict was taken from it; its scores are kept, and a "
    "verifier can grade the run"
)


def verl(path: Path, scores: list[Any]) -> Path:
    return write_rows(path, [{"input": "2+2?", "output": str(i), "score": s, "step": 3} for i, s in enumerate(scores)])


def test_the_threshold_is_told_with_the_number_of_samples_that_it_decides(store: Store, tmp_path: Path) -> None:
    report = import_file(store, verl(tmp_path / "3.jsonl", [0, 1, 0.5, 0.1, -1, 1.5]))
    assert report.warnings == ["4 × score is neither 0 nor 1; from 0.5 on it counts as correct"]
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (frame["c"].sum(), frame["n"].sum()) == (3, 6)


def test_rewards_of_0_and_1_need_no_word_of_a_threshold(store: Store, tmp_path: Path) -> None:
    assert import_file(store, verl(tmp_path / "3.jsonl", [0, 1, 1.0, True, None])).warnings == []


@pytest.mark.parametrize("name", ["verl", "trl", "verifiers", "evalscope"])
def test_a_score_on_a_scale_of_its_own_is_refused_with_the_way_to_name_its_threshold(
    name: str, store: Store, tmp_path: Path
) -> None:
    scores = [1.0, 7.0]
    if name == "verl":
        path = verl(tmp_path / "3.jsonl", scores)
    elif name == "trl":
        path = completions(tmp_path / "completions_00005.parquet", accuracy_reward=scores)
    elif name == "verifiers":
        rows = [{"example_id": 1, "prompt": "2+2?", "completion": "4", "reward": s} for s in scores]
        path = write_rows(tmp_path / "results.jsonl", rows)
    else:
        values = [{"score": {"value": {"acc": s}, "main_score_name": "acc"}, "group_id": 0} for s in scores]
        path = write_rows(tmp_path / "b.jsonl", [{"index": 0, "target": "4", "sample_score": v} for v in values])
    with pytest.raises(BadInput, match=r"is 7\.0; scores above .* on a scale of their own.*--map threshold=NUMBER"):
        import_file(store, path)
    assert queries.runs(store).empty


def test_a_threshold_that_the_metadata_names_holds_on_any_scale(store: Store, tmp_path: Path) -> None:
    rows = [{"example_id": 1, "prompt": "2+2?", "completion": str(s), "reward": s} for s in (7.0, 4.9, 5.0)]
    path = write_rows(tmp_path / "results.jsonl", rows)
    (tmp_path / "metadata.json").write_text(json.dumps({"env_id": "sums", "model": "m", "pass_threshold": 5}))
    report = import_file(store, path)
    assert report.warnings == ["3 × reward is neither 0 nor 1; from 5 on it counts as correct"]
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (frame["c"].sum(), frame["n"].sum()) == (2, 3)


@pytest.mark.parametrize("form", ["archive", "document"])
@pytest.mark.parametrize("values", [[0, 1, 7, 10], [0, 1] * 300 + [10]], ids=["soon", "late"])
def test_inspect_scores_from_0_to_10_are_no_verdicts(
    values: list[int], form: str, store: Store, tmp_path: Path
) -> None:
    if form == "archive":
        members = {"header.json": header(), "summaries.json": [summary("p", i, v) for i, v in enumerate(values, 1)]}
        path = archive(tmp_path / "log.eval", members)
    else:
        samples = [{**sample("p", i), **summary("p", i, v)} for i, v in enumerate(values, 1)]
        path = tmp_path / "log.json"
        path.write_text(json.dumps({**header(), "samples": samples}))
    report = import_file(store, path)
    assert (report.added, report.unscored, report.rejected) == (len(values), len(values), [])
    assert report.warnings == [SCALED.format(f"{len(values):,}", 10)]
    kept = [json.loads(m)["score:match"] for (m,) in store.rows("select metadata from samples order by sample_index")]
    assert kept == values


def test_an_inspect_log_whose_last_score_shows_another_scale_is_refused_whole(store: Store, tmp_path: Path) -> None:
    samples = [{**sample("p", i), **summary("p", i, v)} for i, v in enumerate(["C", "I", 7], 1)]
    samples[:2] = samples[:2] * 300
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**header(), "samples": samples}))
    with pytest.raises(
        BadInput, match=r"match scores 7 here and from 0 to 1 in the samples before.*Nothing was stored"
    ):
        import_file(store, path)
    assert queries.runs(store).empty


def test_of_two_inspect_scorers_the_one_that_says_right_or_wrong_counts(store: Store, tmp_path: Path) -> None:
    said = [
        {**summary("p", i, None), "scores": {"match": {"value": grade}, "exact": {"value": letter}}}
        for i, (grade, letter) in enumerate([(9, "I"), (2, "C"), (1, "C")], 1)
    ]
    report = import_file(store, archive(tmp_path / "log.eval", {"header.json": header(), "summaries.json": said}))
    assert report.warnings == [SCALED.format(3, 9)]
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (frame["c"].sum(), frame["n"].sum()) == (2, 3)


def test_the_guess_tells_its_threshold_and_takes_none_on_another_scale(store: Store, tmp_path: Path) -> None:
    rows = [{"task": f"t{i % 2}", "response": str(i), "reward": r} for i, r in enumerate([0.5, 0.49, 1.0, 0.0])]
    told = inspect(write_rows(tmp_path / "a.jsonl", rows), wanted=Wanted(mapping="guess"))
    assert told["warnings"] == ["2 × correct is neither 0 nor 1; from 0.5 on it counts as correct"]
    assert told["runs"][0]["correct"] == 2
    rows = [{"task": f"t{i % 2}", "response": str(i), "reward": r} for i, r in enumerate([10, 0, 1, 7])]
    report = import_file(store, write_rows(tmp_path / "b.jsonl", rows), wanted=Wanted(mapping="guess"))
    assert (report.added, report.rejected_total) == (2, 2)
    assert "--map threshold=NUMBER" in report.rejected[0].reason


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"q": "a", "ok": true, "ok": false}', "ok"),
        ('{"q": "a", "ok" : true, "ok" : false}', "ok"),
        ('{"q": "a", "ok": true, "meta": {"x": 1, "x": 2}}', "x"),
        ('{"q": "a", "ok": true, "s": [{"t": "1", "t": "2"}]}', "t"),
        ('{"q": "a", "ok": true, "text": "{\\"ok\\": 1, \\"ok\\": 2}"}', None),
        ('{"q": "a", "ok": true, "ko": true}', None),
    ],
)
def test_a_key_that_comes_twice_is_refused_and_never_settled_in_silence(
    text: str, key: str | None, store: Store, tmp_path: Path
) -> None:
    for name, form in (("f.jsonl", "{0}\n{1}\n"), ("f.json", "[{0},\n{1}]"), ("d.json", '{{"rows": [\n{0},\n{1}]}}')):
        path = tmp_path / name
        path.write_text(form.format(text, '{"q": "b", "ok": true}'))
        pairs = ("problem_id=q", "correct=ok", *(("rows=rows",) if name == "d.json" else ()))
        report = import_file(store, path, run=f"{name} {key}", wanted=Wanted(map_fields=pairs))
        wrong = [f"the key {key} is given more than once"] if key else []
        assert [r.reason for r in report.rejected] == wrong, name
        assert report.added == 2 - len(wrong), name


@pytest.mark.parametrize("word", ["n/a", "NaN", "None", "null", "NA", "<NA>", ""])
def test_a_word_for_a_missing_value_is_no_verdict_and_no_reason_to_lose_the_row(
    word: str, store: Store, tmp_path: Path
) -> None:
    for name, columns in (("own.csv", "problem_id,correct,completion"), ("other.csv", "task_id,passed,response")):
        path = tmp_path / name
        path.write_text(f"{columns}\na,TRUE,1\na,{word},2\nb,False,3\n")
        report = import_file(store, path, run=name, wanted=Wanted(mapping=None if name == "own.csv" else "guess"))
        assert (report.added, report.unscored, report.rejected) == (3, 1, []), name


def test_percentages_are_shares_of_1(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("task_id,score,response\na,100%,1\na,0%,2\nb,49 %,3\nb,50%,4\n")
    report = import_file(store, path, wanted=Wanted(mapping="guess"))
    assert report.warnings == ["2 × correct is neither 0 nor 1; from 0.5 on it counts as correct"]
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (frame["c"].sum(), frame["n"].sum()) == (2, 4)


def test_counts_a_model_stay_counts_where_one_of_them_is_wrong(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("task,n,base_solved,rl_solved\na,8,3,4\nb,8,0,9\n")
    report = import_file(store, path, wanted=Wanted(mapping="guess"))
    assert [r.reason for r in report.rejected] == ["c is 9, more than n, which is 8"]
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert sorted(zip(frame["problem"], frame["n"], frame["c"], strict=True)) == [("a", 8, 3), ("a", 8, 4), ("b", 8, 0)]


def test_evalplus_never_mixes_the_base_tests_with_both(store: Store, tmp_path: Path) -> None:
    status = [("pass", "pass"), ("pass", "fail"), ("pass", None), ("fail", None)]
    samples = [{"solution": f"{b} {p}", "base_status": b, "plus_status": p} for b, p in status]
    path = tmp_path / "m_eval_results.json"
    path.write_text(json.dumps({"date": "d", "hash": "h", "eval": {"HumanEval/0": samples}}))
    report = import_file(store, path)
    assert (report.unscored, report.warnings) == (1, [])
    frame = queries.correct_counts(store, list(queries.runs(store)["run"]))
    assert (frame["c"].sum(), frame["n"].sum()) == (1, 3)
