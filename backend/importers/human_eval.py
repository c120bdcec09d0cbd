"""HumanEval's `*_results.jsonl` and EvalPlus's `samples.jsonl`: one line a program, scored or not."""

from collections.abc import Iterator
from typing import Any

from backend.importers.evalplus import benchmark_of
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import model_named, seed_of_content, whole_name
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.importers.values import Unfit, told
from backend.store.incoming import Batch


def recognises(source: Source) -> bool:
    """Tell by the first row: a task's id with a slash, and a completion or solution."""
    seen = look(source)
    task = seen.first.get("task_id")
    return (
        seen.rows
        and isinstance(task, str)
        and "/" in task
        and bool({"completion", "solution"} & set(seen.first))
        and not seen.has("problem_id")
    )


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a line."""
    name = whole_name(source.stem.removesuffix("_results").removesuffix(".jsonl"))
    settings = {"seed": seed_of_content(source), "model": model_named(source, name) or name}

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {**settings, **row_of(row)})

    yield from batches(source, given, rows_of(source), add)


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one line. Raises Unfit where the program is no text."""
    task = needed(row, "task_id")
    program = needed(row, "completion", "solution")
    if not isinstance(program, str):
        raise Unfit(f"the program is {told(program)}; it must be text")
    return without_none(
        problem_id=task,
        benchmark=benchmark_of(str(task)),
        completion=program,
        correct=row.get("passed"),
        verifier="human-eval" if "passed" in row else None,
        result=row.get("result") if row.get("result") != "passed" else None,
    )


FORMAT = Format(
    "human-eval",
    "HumanEval *_results.jsonl, EvalPlus samples.jsonl",
    recognises,
    read,
    ("task_id", "completion", "solution", "passed", "result"),
)
