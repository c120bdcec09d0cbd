"""What the files' names and folders say, and what the harnesses' files leave open."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.importers import import_file
from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def one_run(path: Path) -> dict[str, Any]:
    told = inspect(path)
    assert told["rejected"] == []
    (run,) = told["runs"]
    return dict(run)


def qwen(problem: int, *scores: bool, tag: str = "") -> dict[str, Any]:
    texts = [f"try {i} of {problem} {tag}" for i in range(len(scores))]
    return {
        "idx": problem,
        "gt": "4",
        "question": f"{problem}?",
        "code": texts,
        "pred": ["4"] * len(scores),
        "score": scores,
    }


def test_limit_of_rlvr_says_model_step_and_benchmark_in_its_folders(tmp_path: Path, store: Store) -> None:
    run = "Qwen2.5-7B-RL_aime24_temp0.6_n2_seed{}/eval_results/global_step_{}/aime24"
    for seed in (1, 2):
        for step in (0, 100):
            folder = tmp_path / "checkpoints" / run.format(seed, step)
            name = f"test_qwen-boxed_-1_seed{seed}_t0.6_s0_e-1.jsonl"
            lines(folder / name, qwen(0, True, False, tag=str(seed)), qwen(1, False, False, tag=str(seed)))
            (folder / name.replace(".jsonl", "_metrics.json")).write_text('{"acc": 25.0, "num_samples": 2}')
    reports = each(store, [tmp_path / "checkpoints"])
    assert sum(r.added for r in reports) == 16
    frame = queries.runs(store).sort_values("samples")
    assert set(frame["name"]) == {"Qwen2.5-7B-RL · aime24 · T 0.6", "Qwen2.5-7B-RL step 100 · aime24 · T 0.6"}
    assert list(frame["samples"]) == [8, 8]
    assert list(frame["correct"]) == [2, 2]
    assert set(frame["checkpoint_step"].dropna()) == {100}


def test_parts_of_one_seed_are_joined_and_the_same_seed_again_is_not_doubled(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "m" / "math_eval" / "amc23"
    lines(folder / "test_cot_-1_seed0_t1.0_s0_e1.jsonl", qwen(0, True))
    lines(folder / "test_cot_-1_seed0_t1.0_s0_e-1.jsonl", qwen(0, True), qwen(1, False))
    reports = each(store, [folder])
    assert sum(r.added for r in reports) == 2
    assert sum(r.duplicates for r in reports) == 1
    frame = queries.runs(store)
    assert list(frame["name"]) == ["m · amc23 · T 1"]


def test_a_problem_that_stands_twice_is_taken_once(tmp_path: Path) -> None:
    told = inspect(lines(tmp_path / "a.jsonl", qwen(0, True), qwen(0, True)))
    assert told["runs"][0]["samples"] == 1
    assert told["rejected"] == [{"line": 2, "reason": "idx 0 stands on an earlier line already"}]


def test_files_without_scores_come_unscored_with_their_answers(tmp_path: Path) -> None:
    row = {k: v for k, v in qwen(0, True, True).items() if k != "score"}
    told = inspect(lines(tmp_path / "tora.jsonl", row))
    assert told["runs"][0]["unscored"] == 2
    assert (told["first"][0]["answer"], told["first"][0]["reference_answer"]) == ("4", "4")


def nemo(problem: str, correct: bool, text: str) -> dict[str, Any]:
    return {
        "problem": problem,
        "expected_answer": "4",
        "generation": text,
        "predicted_answer": "4",
        "symbolic_correct": correct,
    }


def test_nemo_skills_seeds_are_joined_by_problem_whatever_the_order_of_lines(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "qwen" / "eval-results" / "sums"
    lines(folder / "output-rs0.jsonl", nemo("2+2?", True, "a"), nemo("1+1?", False, "b"))
    lines(folder / "output-rs1.jsonl", nemo("1+1?", False, "c"), nemo("2+2?", True, "d"))
    lines(folder / "output.jsonl", nemo("2+2?", False, "greedy"), nemo("1+1?", False, "greedy"))
    (folder / "metrics.json").write_text('{"sums": {}}')
    each(store, [folder])
    frame = queries.runs(store).set_index("name")
    assert frame["samples"].to_dict() == {"qwen · sums": 4, "qwen · sums · T 0": 2}
    counts = queries.correct_counts(store, [queries.find_run(store, "qwen · sums")])
    assert sorted(zip(counts["c"], counts["n"], strict=True)) == [(0, 2), (2, 2)]


def lm_row(doc: int, name: str, texts: list[str], metric: Any, answer: Any = "4") -> dict[str, Any]:
    return {
        "doc_id": doc, "doc": {"question": f"{doc}?"}, "target": "so #### 4", "resps": [texts],
        "filtered_resps": [answer],
        "arguments": {"gen_args_0": {"arg_0": "p", "arg_1": {"do_sample": False, "max_gen_toks": 64}}},
        "filter": name, "metrics": ["exact_match"], "exact_match": metric,
    }  # fmt: skip


def test_lm_eval_counts_a_document_once_whatever_its_filters(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "samples_gsm8k_2026-01-01T00-00-00.jsonl",
        lm_row(0, "strict", ["x"], 0.0, "[invalid]"), lm_row(1, "strict", ["y"], 1.0),
        lm_row(0, "flexible", ["x"], 1.0), lm_row(1, "flexible", ["y"], 1.0),
    )  # fmt: skip
    (tmp_path / "results_2026-01-01T00-00-00.json").write_text('{"results": {"gsm8k": {}}, "model_name": "org/m"}')
    told = inspect(path)
    (run,) = told["runs"]
    assert (run["model"], run["benchmark"], run["temperature"], run["max_tokens"]) == ("org/m", "gsm8k", 0.0, 64)
    assert (run["samples"], run["correct"], run["no_answer"]) == (2, 1, 1)
    assert told["first"][0]["verdict:exact_match,flexible"] == "correct"
    assert told["first"][0]["verifier"] == "exact_match,strict"


def test_lm_eval_repeats_come_unscored_with_the_reference_answer(tmp_path: Path) -> None:
    told = inspect(lines(tmp_path / "s.jsonl", lm_row(0, "none", ["x", "y", "z"], 1.0)))
    assert (told["runs"][0]["samples"], told["runs"][0]["unscored"]) == (3, 3)
    assert told["first"][0]["reference_answer"] == "4"


def test_lm_eval_metrics_that_are_no_verdict_leave_the_sample_unscored(tmp_path: Path) -> None:
    row = {**lm_row(0, "none", ["x"], 0.37), "metrics": ["exact_match"]}
    assert one_run(lines(tmp_path / "s.jsonl", row))["unscored"] == 1


def test_lighteval_names_model_task_and_settings_by_its_folders(tmp_path: Path) -> None:
    time = "2026-01-01T00-00-00.000000"
    folder = tmp_path / "details" / "org" / "m" / time
    folder.mkdir(parents=True)
    rows = [
        {
            "__doc__": {
                "id": "",
                "query": "2+2?",
                "choices": ["4"],
                "gold_index": [0],
                "task_name": "lighteval|aime24|0",
            },
            "__model_response__": {"text": ["4", "5"]},
            "__metric__": {"pass@k:k=1&n=2": 0.5},
        }
    ]
    path = folder / f"details_lighteval|aime24|0_{time}.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    results = tmp_path / "results" / "org" / "m" / f"results_{time}.json"
    results.parent.mkdir(parents=True)
    results.write_text('{"config_general": {"model_config": {"generation_parameters": {"temperature": 0.6}}}}')
    run = one_run(path)
    assert (run["model"], run["benchmark"], run["temperature"], run["unscored"]) == ("org/m", "aime24", 0.6, 2)


def test_verifiers_take_settings_and_threshold_from_the_metadata(tmp_path: Path) -> None:
    row = {
        "example_id": 0,
        "prompt": "p",
        "completion": "c",
        "reward": 0.7,
        "answer": "4",
        "token_usage": {"output_tokens": 3},
    }
    path = lines(tmp_path / "results.jsonl", row)
    assert one_run(path)["correct"] == 1
    said = {
        "env_id": "sums",
        "model": "m",
        "pass_threshold": 0.9,
        "sampling_args": {"temperature": 0.2, "max_tokens": 9},
    }
    (tmp_path / "metadata.json").write_text(json.dumps(said))
    run = one_run(path)
    assert (run["correct"], run["model"], run["benchmark"], run["max_tokens"]) == (0, "m", "sums", 9)


def test_two_files_of_one_run_without_seeds_add_up(tmp_path: Path, store: Store) -> None:
    for i in (1, 2):
        row = {"example_id": 0, "prompt": "p", "completion": f"c{i}", "reward": 1.0}
        folder = tmp_path / f"run{i}"
        lines(folder / "results.jsonl", row)
        (folder / "metadata.json").write_text('{"env_id": "sums", "model": "m"}')
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert list(frame["samples"]) == [2]


def test_verl_groups_by_prompt_and_reference_and_names_each_step(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "rollouts" / "50.jsonl",
        {"input": "p", "output": "a", "gts": "1", "score": 0.1, "step": 50, "acc": 0.0},
        {"input": "p", "output": "b", "gts": "2", "score": 1.0, "step": 50, "acc": 1.0},
        {"input": "p", "output": "c", "gts": "1", "score": 1.0, "step": 50, "acc": 1.0},
    )
    run = one_run(path)
    assert (run["model"], run["problems"], run["correct"]) == (f"{tmp_path.name}/rollouts step 50", 2, 2)


def test_evalplus_in_its_older_form(tmp_path: Path) -> None:
    entry = {"nfiles": 2, "base": [["pass", []], ["fail", []]], "plus": [["fail", []], ["fail", []]]}
    path = tmp_path / "x_eval_results.json"
    path.write_text(json.dumps({"date": "d", "hash": "h", "eval": {"Mbpp/2": entry}}))
    told = inspect(path)
    assert told["runs"][0]["samples"] == told["rejected_total"] + 2 - told["rejected_total"]
    assert told["first"][0]["verdict:evalplus base"] == "correct"
    assert (told["runs"][0]["correct"], told["runs"][0]["benchmark"]) == (0, "mbpp")


def test_unscored_programs(tmp_path: Path) -> None:
    run = one_run(lines(tmp_path / "samples.jsonl", {"task_id": "HumanEval/0", "solution": "def f(): ..."}))
    assert (run["unscored"], run["benchmark"]) == (1, "humaneval")


def test_opencompass_predictions_join_replicas_by_their_prompt(tmp_path: Path) -> None:
    def row(text: str, prompt: str) -> dict[str, Any]:
        return {"origin_prompt": [{"role": "HUMAN", "prompt": prompt}], "prediction": text, "gold": "4"}

    path = tmp_path / "sums.json"
    path.write_text(
        json.dumps({"0": row("a", "p"), "1": row("b", "q"), "2": row("c", "p"), "3": row("d", "q")}, indent=4)
    )
    told = inspect(path)
    assert (told["runs"][0]["problems"], told["runs"][0]["unscored"]) == (2, 4)
    assert told["first"][0]["question"] == "p"


def test_matharena_rows_and_a_packed_document(tmp_path: Path) -> None:
    said = {
        "idx": 3, "problem": "2+2?", "gold_answer": "4", "answers": ["4", "5"], "correct": [True, "TODO"],
        "manual_overwrite": [True, False],
        "messages": [[{"role": "assistant", "content": "4"}], [{"role": "assistant", "content": "5"}]],
    }  # fmt: skip
    path = tmp_path / "outputs" / "aime" / "aime_2025" / "org" / "m" / "3.json.zst"
    path.parent.mkdir(parents=True)
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(json.dumps(said).encode())
    run = one_run(path)
    assert (run["model"], run["benchmark"], run["correct"], run["unscored"]) == ("org/m", "aime_2025", 1, 1)
    row = {
        "problem_idx": 3,
        "problem": "2+2?",
        "model_name": "m",
        "idx_answer": 0,
        "answer": "x",
        "parsed_answer": "None",
        "correct": False,
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "rows.parquet")
    assert one_run(tmp_path / "rows.parquet")["no_answer"] == 1


def test_the_same_upload_under_two_names_brings_no_second_sample(tmp_path: Path, store: Store) -> None:
    path = lines(tmp_path / "a.jsonl", {"task_id": "HumanEval/0", "completion": "x", "passed": True})
    assert import_file(store, path, model="m").added == 1
    assert import_file(store, path.rename(tmp_path / "b.jsonl"), model="m").duplicates == 1


def test_shards_of_the_questions_lie_beside_their_metrics_under_any_folder(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "Qwen2.5-7B" / "sums_hard"
    for start, end in ((0, 1), (1, -1)):
        stem = f"test_qwen-boxed_-1_seed1_t0.6_s{start}_e{end}"
        lines(folder / f"{stem}.jsonl", qwen(start, True, False))
        (folder / f"{stem}_metrics.json").write_text('{"num_samples": 1, "acc": 50.0}')
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert (list(frame["name"]), list(frame["problems"])) == (["Qwen2.5-7B · sums_hard · T 0.6"], [2])


def test_a_harness_row_that_names_its_problem_as_ours_do_is_still_the_harness(tmp_path: Path) -> None:
    row = {**nemo("2+2?", True, "four"), "problem_id": "a", "question": "2+2?"}
    assert inspect(lines(tmp_path / "output-rs0.jsonl", row))["format"] == "nemo-skills"
    own = {"problem_id": "a", "question": "2+2?", "reference_answer": "4"}
    assert inspect(lines(tmp_path / "problems.jsonl", own))["format"] == "samples-jsonl"


def test_our_own_rows_as_one_array(tmp_path: Path) -> None:
    path = tmp_path / "samples.json"
    path.write_text('[{"problem_id": "a", "correct": true, "mood": "good"}]')
    told = inspect(path)
    assert (told["format"], told["runs"][0]["correct"]) == ("samples-json", 1)


def test_an_lm_eval_metric_counts_only_where_every_row_says_right_or_wrong(tmp_path: Path) -> None:
    rows = [
        {**lm_row(i, "none", ["x"], None), "metrics": ["bleu_max", "bleu_acc"], "bleu_max": score, "bleu_acc": right}
        for i, (score, right) in enumerate([(1.0, 0), (27.5, 1), (0.0, 1)])
    ]
    told = inspect(lines(tmp_path / "s.jsonl", *rows))
    assert {row["verifier"] for row in told["first"]} == {"bleu_acc,none"}
    assert told["runs"][0]["correct"] == 2


def test_an_older_choice_with_likelihoods_as_texts(tmp_path: Path) -> None:
    row = {
        "doc_id": 0, "doc": {"query": "2+2?", "choices": {"text": ["4", "5"]}}, "target": "0",
        "arguments": {"gen_args_0": {"arg_0": "p", "arg_1": " A"}, "gen_args_1": {"arg_0": "p", "arg_1": " B"}},
        "resps": [[["-0.5", "True"]], [["-2.5", "False"]]], "filtered_resps": [["-0.5", "True"], ["-2.5", "False"]],
        "acc": "1.0", "acc_norm": 0.0,
    }  # fmt: skip
    told = inspect(lines(tmp_path / "s.jsonl", row))
    (first,) = told["first"]
    assert (first["answer"], first["reference_answer"], first["verdict"], first["verifier"]) == (
        "4",
        "4",
        "correct",
        "acc",
    )
    assert first["verdict:acc_norm"] == "incorrect"


def test_opencompass_details_by_number_beside_their_type(tmp_path: Path) -> None:
    path = tmp_path / "gsm8k.json"
    entries = {
        "type": "GEN",
        "0": {"pred": "4", "answer": "4", "correct": True},
        "1": {"pred": "", "answer": "5", "correct": False},
    }
    path.write_text(json.dumps({"accuracy": 50.0, "details": entries}, indent=4))
    run = one_run(path)
    assert (run["problems"], run["correct"], run["no_answer"]) == (2, 1, 1)
