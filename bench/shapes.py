"""Files of the shapes that harnesses write, as large as wanted, with texts drawn from a fixed seed."""

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.measure import ROOT

WORDS = tuple(
    re.split(
        " ",
        r"the of we so let have then since which equals value number sum prime \frac{1}{2} \boxed{} $x^2$ therefore "
        r"modulo divide both sides check again wait hence \\sqrt{3} answer triangle 12 345 7 n k = + - ( ) é 角",
    )
)
DEMO_COLUMNS = ["benchmark", "problem_id", "model", "training", "run", "sample_index", "completion", "answer"]

Row = Mapping[str, Any]


def texts(shortest: int, longest: int) -> Iterator[str]:
    """Yield texts of this many characters, more or less, for ever; none comes twice."""
    draw = random.Random(7)
    pool = [" ".join(draw.choices(WORDS, k=4000)) + "\n" for _ in range(200)]
    for number in itertools.count():
        start, length = draw.randrange(3000), draw.randint(shortest, longest)
        yield f"{number}: {draw.choice(pool)[start : start + length // 2]}\n{draw.choice(pool)[: length // 2]}"


def short_rows() -> Iterator[Row]:
    """Yield verdicts alone: a problem, a number, right or wrong."""
    for number in itertools.count():
        problem, index = divmod(number, 4096)
        yield {"problem_id": f"p-{problem}", "sample_index": index, "correct": number % 7 == 0}


def medium_rows() -> Iterator[Row]:
    """Yield the demo's samples again and again, under other problem ids."""
    rows: list[dict[str, Any]] = []
    for file in sorted((ROOT / "data/demo").glob("*.t1.0.parquet")):
        columns = [*DEMO_COLUMNS, "correct", "finish_reason", "token_count"]
        rows += pq.read_table(file, columns=columns).to_pylist()
    for again in itertools.count():
        yield from ({**row, "problem_id": f"{row['problem_id']}-{again}"} for row in rows)


def long_rows() -> Iterator[Row]:
    """Yield samples with long texts."""
    for number, text in enumerate(texts(4_000, 16_000)):
        problem, index = divmod(number, 256)
        yield {"problem_id": f"p-{problem}", "model": "m", "benchmark": "b", "sample_index": index, "completion": text,
               "answer": str(number % 97), "correct": number % 3 == 0, "token_count": len(text) // 4}  # fmt: skip


def list_rows() -> Iterator[Row]:
    """Yield problems with parallel lists of samples, as limit-of-RLVR writes them."""
    completions = texts(1_000, 4_000)
    for number in itertools.count():
        some = list(itertools.islice(completions, 32))
        yield {"idx": number, "question": f"What is {number} + {number}?", "gt_cot": "", "gt": str(2 * number),
               "solution": "", "answer": str(2 * number), "code": some, "pred": [str(i) for i in range(32)],
               "report": [None] * 32, "score": [i % 3 == 0 for i in range(32)],
               "finish_reason": ["stop"] * 32}  # fmt: skip


def nemo_rows() -> Iterator[Row]:
    """Yield samples as NeMo-Skills writes them, a line a problem."""
    for number, text in enumerate(texts(1_000, 6_000)):
        yield {"problem": f"What is {number} + {number}?", "expected_answer": str(2 * number), "generation": text,
               "predicted_answer": str(number % 50), "symbolic_correct": number % 3 == 0, "num_generated_tokens": 512,
               "judgement": "Judgement: Yes", "subset_for_metrics": "algebra", "problem_type": "sum",
               "generation_start_time": 1.5, "generation_end_time": 2.25}  # fmt: skip


def inspect_rows() -> Iterator[Row]:
    """Yield samples as they stand in an Inspect log."""
    for number, text in enumerate(texts(1_000, 4_000)):
        problem, epoch = divmod(number, 32)
        asked, reply = {"role": "user", "content": f"What is {problem}?"}, {"role": "assistant", "content": text}
        choice = {"message": reply, "stop_reason": "stop"}
        yield {"id": f"p-{problem}", "epoch": epoch + 1, "input": f"What is {problem}?", "target": str(problem),
               "messages": [{"id": f"{number}-0", **asked}, {"id": f"{number}-1", **reply}],
               "output": {"model": "m", "choices": [choice], "usage": {"input_tokens": 20, "output_tokens": 400}},
               "scores": {"match": {"value": "C" if number % 3 else "I", "answer": str(number % 9)}},
               "metadata": {"level": "5"}, "events": [{"event": "model", "at": number}] * 3}  # fmt: skip


INSPECT_HEAD = {
    "version": 2,
    "status": "success",
    "eval": {"run_id": "r", "task": "sums", "task_id": "t", "model": "m", "dataset": {}, "config": {"epochs": 32}},
    "plan": {},
}


@dataclass(frozen=True)
class Shape:
    """One kind of file."""

    title: str
    rows: Callable[[], Iterator[Row]]
    wanted: float
    """The least share of DuckDB's speed that an import may have."""
    samples_a_row: int = 1
    document: bool = False
    """Whether the rows stand in one Inspect log rather than on lines."""


SHAPES = {
    "flat-short": Shape("flat, verdicts alone", short_rows, 0.5),
    "flat-medium": Shape("flat, the demo's samples", medium_rows, 0.5),
    "flat-long": Shape("flat, texts of 4 to 16 kB", long_rows, 0.5),
    "nested-lists": Shape("nested, parallel lists (limit-of-RLVR)", list_rows, 0.25, samples_a_row=32),
    "nested-nemo": Shape("NeMo-Skills", nemo_rows, 0.25),
    "nested-inspect": Shape("nested, an Inspect log", inspect_rows, 0.25, document=True),
}


def write_shape(path: Path, name: str, size: int) -> int:
    """Write a file of this shape of about `size` bytes and return how many samples it holds."""
    shape, samples = SHAPES[name], 0
    with path.open("w", encoding="utf-8") as out:
        if shape.document:
            out.write(json.dumps(INSPECT_HEAD)[:-1] + ', "samples": [')
        for row in shape.rows():
            out.write((",\n" if samples else "\n") * shape.document + json.dumps(row) + "\n" * (not shape.document))
            samples += shape.samples_a_row
            if samples % 64 == 0 and out.tell() >= size:
                break
        if shape.document:
            out.write("]}\n")
    return samples
