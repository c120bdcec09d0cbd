"""Folders as harnesses leave them: what belongs together, what stands there twice, what names the model."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each
from tests.backend.importers.test_math_formats import lines, lm_row, nemo, one_run, qwen


def program(task: int, text: str, *passed: bool) -> dict[str, Any]:
    said = {"task_id": f"HumanEval/{task}", "completion": text}
    return said | ({"passed": passed[0], "result": "passed" if passed[0] else "failed"} if passed else {})


def test_programs_that_lie_beside_their_verdicts_are_counted_once(tmp_path: Path, store: Store) -> None:
    for model in ("one", "two"):
        lines(tmp_path / model / "samples.jsonl", program(0, model), program(1, model))
        lines(tmp_path / model / "samples.jsonl_results.jsonl", program(0, model, True), program(1, model, False))
    reports = each(store, [tmp_path])
    assert [(r.added, len(r.warnings)) for r in reports] == [(0, 1), (2, 0), (0, 1), (2, 0)]
    assert "brings its samples with their verdicts" in reports[0].warnings[0]
    frame = queries.runs(store).set_index("name")
    assert frame["samples"].to_dict() == {"one · humaneval": 2, "two · humaneval": 2}


def test_evalplus_programs_raw_or_not_give_way_to_their_results(tmp_path: Path, store: Store) -> None:
    result = {"task_id": "HumanEval/0", "solution": "def f(): ...", "base_status": "pass", "plus_status": "pass"}
    for ending in (".jsonl", ".raw.jsonl"):
        lines(tmp_path / f"m_vllm_temp_0.8{ending}", {"task_id": "HumanEval/0", "solution": f"def f(): ... {ending}"})
    (tmp_path / "m_vllm_temp_0.8_eval_results.json").write_text(json.dumps({"eval": {"HumanEval/0": [result]}}))
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert (list(frame["name"]), list(frame["samples"])) == (["m · humaneval · T 0.8"], [1])


def test_evalplus_in_its_oldest_words_is_named_by_its_folder(tmp_path: Path) -> None:
    base = [["success", []], ["success", []], ["timed out", []]]
    plus = [["success", []], ["failed", []], ["failed", []]]
    entries = {"HumanEval/9": [], "HumanEval/0": {"files": ["a", "b", "c"], "base": base, "plus": plus}}
    path = tmp_path / "old_temp_0.2" / "eval_results.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"date": "d", "hash": "h", "eval": entries}))
    run = one_run(path)
    assert (run["model"], run["temperature"], run["samples"], run["correct"]) == ("old", 0.2, 3, 1)


def test_evalplus_results_that_do_not_pair_up_are_refused(tmp_path: Path) -> None:
    good = {"nfiles": 1, "base": [["pass", []]], "plus": [["pass", []]]}
    bad = {"nfiles": 2, "base": [["pass", []], ["pass", []]], "plus": [["fail", []]]}
    path = tmp_path / "m_eval_results.json"
    path.write_text(json.dumps({"eval": {"HumanEval/0": good, "HumanEval/1": bad}}))
    told = inspect(path)
    assert (told["runs"][0]["samples"], told["runs"][0]["correct"]) == (1, 1)
    assert "HumanEval/1 has 2 results of the base tests" in told["rejected"][0]["reason"]


def test_seeds_of_a_humaneval_run_are_one_run(tmp_path: Path, store: Store) -> None:
    for seed in (1, 2, 3):
        lines(tmp_path / f"m_seed{seed}_results.jsonl", program(0, f"try {seed}", seed == 2))
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert (list(frame["name"]), list(frame["samples"]), list(frame["correct"])) == (["m · humaneval"], [3], [1])


def test_a_renamed_file_takes_seed_and_temperature_from_its_runs_folder(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "m_aime24_temp0.6_n2_seed5" / "eval_results" / "global_step_0" / "aime24"
    for name in ("best.jsonl", "test_cot_-1_seed5_t0.6_s0_e-1.jsonl"):
        lines(folder / name, qwen(0, True, False), qwen(1, False, False, tag=" " if "best" in name else ""))
    reports = each(store, [tmp_path])
    assert [(r.added, r.duplicates) for r in reports] == [(4, 0), (0, 2)]
    assert list(queries.runs(store)["name"]) == ["m · aime24 · T 0.6"]


def test_lm_eval_results_of_another_time_do_not_name_the_model(tmp_path: Path) -> None:
    path = lines(tmp_path / "org__m" / "samples_sums_2026-01-01T00-00-00.jsonl", lm_row(0, "none", ["x"], 1.0))
    (path.parent / "results_2026-02-02T00-00-00.json").write_text('{"results": {"sums": {}}, "model_name": "other"}')
    assert one_run(path)["model"] == "org__m"


def test_verifiers_without_metadata_are_named_by_the_runs_folder(tmp_path: Path) -> None:
    row = {"example_id": 0, "prompt": "p", "completion": "c", "reward": 1.0}
    run = one_run(lines(tmp_path / "evals" / "sums--org--m-1" / "a1b2c3d4" / "results.jsonl", row))
    assert (run["benchmark"], run["model"]) == ("sums", "org/m-1")


def test_two_lighteval_runs_of_the_same_documents_add_up(tmp_path: Path, store: Store) -> None:
    noise = random.Random(1)
    queries_asked = [" ".join(str(noise.random()) for _ in range(40)) for _ in range(200)]
    for time in ("2026-01-01T00-00-00", "2026-01-02T00-00-00"):
        rows = [
            {
                "doc": {"id": str(i), "query": asked, "choices": ["4"], "gold_index": 0},
                "model_response": {"text": [f"{time} {i}"]},
                "metric": {"length": float(i % 3), "extractive_match": float(i % 2)},
            }
            for i, asked in enumerate(queries_asked)
        ]
        path = tmp_path / "details" / "org" / "m" / time / f"details_lighteval|sums|0_{time}.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), path)
    assert [(r.added, r.rejected) for r in each(store, [tmp_path])] == [(200, []), (200, [])]
    frame = queries.runs(store)
    assert (list(frame["samples"]), list(frame["correct"])) == ([400], [200])


def test_a_lighteval_choice_has_a_verdict_and_no_text(tmp_path: Path) -> None:
    rows = [
        {
            "__doc__": {"id": i, "query": f"{i}?", "choices": ["A", "B"], "gold_index": 1},
            "__model_response__": {"text": [], "logprobs": [-1.0, -2.0]},
            "__metric__": {"acc": i % 2},
        }
        for i in (3, 2, 1, 0)
    ]
    path = tmp_path / "details_leaderboard|arc|25_2026-01-01T00-00-00.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    run = one_run(path)
    assert (run["problems"], run["samples"], run["correct"], run["incorrect"]) == (4, 4, 2, 2)


def test_one_lighteval_metric_counts_for_all_documents(tmp_path: Path) -> None:
    rows = [
        {"doc": {"id": str(i), "query": "?"}, "model_response": {"text": ["x"]}, "metric": {"f1_acc": f1, "hit": hit}}
        for i, (f1, hit) in enumerate([(0.5, 1.0), (1.0, 0.0)])
    ]
    path = tmp_path / "details_sums_2026-01-01T00-00-00.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert {row["verifier"] for row in inspect(path)["first"]} == {"hit"}
    assert one_run(path)["correct"] == 1


def test_one_verifier_of_nemo_skills_counts_for_all_lines(tmp_path: Path) -> None:
    silent = {**nemo("1+1?", True, "two"), "symbolic_correct": None, "judgement": "Judgement: Yes"}
    run = one_run(lines(tmp_path / "output-rs0.jsonl", silent, nemo("2+2?", False, "five")))
    assert (run["samples"], run["correct"], run["unscored"]) == (2, 0, 1)
