"""Real harness output, converted to the sample format, gives the counts and pass@k that were computed independently."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.importers import import_file
from backend.store import queries
from backend.store.database import Store
from tests.backend.test_cli import run
from tests.conftest import write_rows

pytestmark = pytest.mark.real_data


def known(real_data: Path, group: str, file: str, model: str | None = None) -> dict[str, Any]:
    entries = json.loads((real_data / "real" / "counts.json").read_text())
    (entry,) = [e for e in entries if e["group"] == group and e["file"] == file and model in (None, e["model"])]
    return dict(entry)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def assert_as_known(entry: dict[str, Any], name: str) -> None:
    counted = {row["problem"]: [row["c"], row["n"]] for row in run("counts", name, "--json").json}
    assert counted == entry["counts"]
    ks = sorted(map(int, entry["pass@k"]))
    points = run("curve", name, "--k", ",".join(map(str, ks)), "--json").json
    assert [p["pass_at_k"] for p in points] == pytest.approx([entry["pass@k"][str(k)] for k in ks], abs=1e-12)
    assert {p["problems"] for p in points} == {entry["problems"]}


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_human_eval_with_ten_samples_a_problem(real_data: Path, tmp_path: Path, kind: str) -> None:
    file = "hEvalTest35_noExp_1dPro_1CPT_500Tkns_10SPT_Samples.jsonl_results.jsonl"
    source = lines(real_data / "real" / "human-eval-results-jsonl" / file)
    rows = [
        {"problem_id": r["task_id"], "completion": r["completion"], "correct": r["passed"], "result": r["result"]}
        for r in source
    ]
    path = tmp_path / f"samples.{kind}"
    if kind == "jsonl":
        write_rows(path, rows)
    elif kind == "csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        pd.DataFrame(rows).to_parquet(path)
    imported = run("import", path, "--run", "r", "--benchmark", "humaneval", "--json")
    assert (imported.code, imported.json["imports"][0]["rows"]) == (0, len(rows))
    assert_as_known(known(real_data, "human-eval-results-jsonl", file), "r")


def test_parallel_lists_of_the_qwen_math_evaluation(real_data: Path, tmp_path: Path) -> None:
    source = lines(real_data / "real" / "qwen-math-eval-cot100" / "math_cot_100.jsonl")
    rows = [
        {
            "problem_id": line["idx"], "question": line["question"], "reference_answer": line["gt"], "sample_index": i,
            "completion": line["code"][i], "answer": line["pred"][i], "correct": line["score"][i],
        }
        for line in source
        for i in range(len(line["score"]))
    ]  # fmt: skip
    imported = run("import", write_rows(tmp_path / "samples.jsonl", rows), "--run", "r", "--json")
    assert (imported.code, imported.json["imports"][0]["added"]) == (0, 800)
    assert_as_known(known(real_data, "qwen-math-eval-cot100", "math_cot_100.jsonl"), "r")


def test_four_models_in_one_file(real_data: Path, tmp_path: Path, store: Store) -> None:
    folder = real_data / "real" / "gsm8k-openai-solutions"
    models = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    rows = [
        {"problem_id": i, "model": m, "completion": line[m]["solution"], "correct": line[m]["is_correct"]}
        for i, line in enumerate(lines(folder / "example_model_solutions.jsonl"))
        for m in models
    ]
    report = import_file(store, write_rows(tmp_path / "samples.jsonl", rows), benchmark="gsm8k")
    assert (report.added, len(report.runs)) == (4 * 1319, 4)
    for m in models:
        entry = known(real_data, folder.name, "example_model_solutions.jsonl", m)
        frame = queries.correct_counts(store, [queries.find_run(store, m)])
        assert {p: [c, n] for p, n, c in zip(frame["problem"], frame["n"], frame["c"], strict=True)} == entry["counts"]
