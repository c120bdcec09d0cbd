"""Stage 6: sample the benchmark from every model and write one Parquet file a run."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from transformers import LlamaForCausalLM

from backend.records import Verdict
from backend.verifiers.countdown import Countdown, grade
from data.zoo.model import load_model
from data.zoo.runs import BENCHMARK, MODELS, OTHER_SEEDS, RUNS, Model, Run
from data.zoo.sampler import Drawn, sample, score
from data.zoo.task import DEMO, HOME, WORK, Task

ROWS = 1024
"""Rows sampled at once."""

COLUMNS: dict[str, pa.DataType] = {
    "benchmark": pa.string(),
    "problem_id": pa.string(),
    "model": pa.string(),
    "training": pa.string(),
    "base_model": pa.string(),
    "checkpoint_step": pa.int32(),
    "run": pa.string(),
    "sample_index": pa.int32(),
    "completion": pa.string(),
    "answer": pa.string(),
    "correct": pa.bool_(),
    "verifier": pa.string(),
    "verdict:countdown_answer": pa.bool_(),
    "verdict:countdown_steps": pa.bool_(),
    "finish_reason": pa.string(),
    "token_count": pa.int32(),
    "sum_logprob": pa.float32(),
    "min_logprob": pa.float32(),
    "temperature": pa.float32(),
    "top_p": pa.float32(),
    "max_tokens": pa.int32(),
    "seed": pa.int64(),
}


def problems() -> list[tuple[str, Task]]:
    """The benchmark's problems by id, in order."""
    rows = json.loads((HOME / "benchmark.json").read_text())
    return sorted((row["problem_id"], Task(numbers=tuple(row["numbers"]), target=row["target"])) for row in rows)


def draw_all(model: LlamaForCausalLM, run: Run) -> Iterator[tuple[str, Task, list[Drawn]]]:
    """The run's samples, problem by problem; several problems share one batch where the count is small."""
    generator = torch.Generator().manual_seed(run.seed)
    asked, together = problems(), max(1, ROWS // run.count)
    for start in range(0, len(asked), together):
        part = asked[start : start + together]
        drawn = sample(model, [task.prompt for _, task in part], generator, run.settings, copies=run.count)
        for place, (problem_id, task) in enumerate(part):
            yield problem_id, task, drawn[place * run.count : (place + 1) * run.count]


def rows(run: Run, model: Model, home: Path) -> Iterator[dict[str, Any]]:
    """One row a sample, judged, with the cross score if the run asks for one."""
    other = load_model(run.score_under) if run.score_under else None
    for problem_id, task, drawn in draw_all(load_model(run.model, home), run):
        crossed = score(other, task.prompt, drawn) if other is not None else [0.0] * len(drawn)
        for index, (one, cross) in enumerate(zip(drawn, crossed, strict=True)):
            row = _row(problem_id, task, index, one) | _described(run, model)
            if run.score_under:
                row[f"logprob:{run.score_under}"] = cross
            yield row


def write(run: Run, model: Model, target: Path, home: Path = HOME) -> None:
    """Draw one run and write it as Parquet, sorted by problem and sample."""
    columns = dict(COLUMNS)
    if run.score_under:
        columns[f"logprob:{run.score_under}"] = pa.float32()
    started = time.monotonic()
    table = pa.Table.from_pylist(list(rows(run, model, home)), schema=pa.schema(columns.items()))
    target.parent.mkdir(exist_ok=True)
    pq.write_table(table, target, compression="zstd", compression_level=19)
    share = sum(table["correct"].to_pylist()) / table.num_rows
    size, spent = target.stat().st_size / 1e6, time.monotonic() - started
    print(f"{run.name}: {table.num_rows} samples, pass@1 {share:.3f}, {size:.1f} MB, {spent:.0f} s", flush=True)


def _row(problem_id: str, task: Task, index: int, one: Drawn) -> dict[str, Any]:
    judged = grade(Countdown(numbers=task.numbers, target=task.target), one.completion)
    return {
        "problem_id": problem_id,
        "sample_index": index,
        "completion": one.completion,
        "answer": judged.answer,
        "correct": judged.strict is Verdict.CORRECT,
        "verdict:countdown_answer": judged.answer_only is Verdict.CORRECT,
        "verdict:countdown_steps": judged.steps_valid is Verdict.CORRECT,
        "finish_reason": "stop" if one.finished else "length",
        "token_count": len(one.tokens),
        "sum_logprob": sum(one.logprobs),
        "min_logprob": min(one.logprobs),
    }


def _described(run: Run, model: Model) -> dict[str, Any]:
    return {
        "benchmark": BENCHMARK,
        "model": model.name,
        "training": model.training,
        "base_model": model.base_model,
        "checkpoint_step": model.checkpoint_step,
        "run": run.name,
        "verifier": "countdown",
        "temperature": run.temperature,
        "top_p": run.top_p,
        "max_tokens": run.settings.max_tokens,
        "seed": run.seed,
    }


def main() -> None:
    """Write every run, or those of the models named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="*", help="only the runs of these models")
    wanted = options.parse_args().models
    known = {model.name: model for model in MODELS}
    for run in RUNS:
        if not wanted or run.model in wanted:
            write(run, known[run.model], DEMO / run.file)
    for run in OTHER_SEEDS:
        if run.model in wanted or (not wanted and (WORK / run.model).exists()):
            model = Model(name=run.model, training="rlvr", checkpoint_step=600, made_by="")
            write(run, model, WORK / run.file, home=WORK)


if __name__ == "__main__":
    main()
