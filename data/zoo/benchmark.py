"""Stage 1: draw the benchmark's 144 held-out problems and solve them; writes benchmark.json and problems.parquet."""

import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.zoo.solver import Solver
from data.zoo.task import DEMO, HOME, LARGEST_NUMBER, WALK_CEILING, Key, Task

SEED = 20261124
LEVELS: tuple[tuple[str, int, int, int, int], ...] = (
    ("3 numbers", 3, 24, 1, 99),
    ("4 numbers, easy", 4, 24, 12, 999),
    ("4 numbers, hard", 4, 24, 1, 5),
    ("5 numbers, easy", 5, 24, 60, 9999),
    ("5 numbers, hard", 5, 24, 1, 20),
)
"""Name, how many numbers, how many problems, least and most distinct paths with + - * under the walks' ceiling."""
DIVISION_LEVELS = (("3 numbers, needs ÷", 3, 6), ("4 numbers, needs ÷", 4, 18))

SCHEMA = pa.schema(
    [
        ("benchmark", pa.string()),
        ("problem_id", pa.string()),
        ("question", pa.string()),
        ("reference_answer", pa.string()),
        ("level", pa.string()),
        ("topic", pa.string()),
        ("answer_space", pa.int64()),
        ("prompt", pa.string()),
        ("numbers", pa.list_(pa.int32())),
        ("target", pa.int32()),
        ("distinct_paths", pa.int32()),
        ("needs_division", pa.bool_()),
    ]
)


def main() -> None:
    """Draw every level in turn and number the problems within each count of numbers."""
    rng, seen, problems = random.Random(SEED), set[Key](), []
    for level, size, wanted, least, most in LEVELS:
        problems += [_problem(level, task) for task in _draw(rng, seen, size, wanted, least, most)]
    for level, size, wanted in DIVISION_LEVELS:
        problems += [_problem(level, task) for task in _draw(rng, seen, size, wanted, 0, 0)]
    numbered = dict.fromkeys((3, 4, 5), 0)
    for problem in problems:
        size = len(problem["numbers"])
        numbered[size] += 1
        problem["problem_id"] = f"cd-{size}-{numbered[size]:03d}"
    lines = ",\n".join(json.dumps(problem, ensure_ascii=False) for problem in problems)
    (HOME / "benchmark.json").write_text(f"[\n{lines}\n]\n")
    rows = [_row(problem) for problem in sorted(problems, key=lambda problem: str(problem["problem_id"]))]
    DEMO.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), DEMO / "problems.parquet", compression="zstd")


def _draw(rng: random.Random, seen: set[Key], size: int, wanted: int, least: int, most: int) -> list[Task]:
    """Problems whose count of plain paths lies in the range; a range of 0 to 0 asks for those that need division."""
    drawn: list[Task] = []
    while len(drawn) < wanted:
        numbers = tuple(rng.randint(1, LARGEST_NUMBER) for _ in range(size))
        plain, full = Solver("+-*", WALK_CEILING).counts(numbers), Solver().counts(numbers)
        any_plain = Solver("+-*").counts(numbers)
        fitting = [t for t in sorted(full) if 0 < t <= WALK_CEILING and least <= plain.get(t, 0) <= most]
        if most == 0:
            fitting = [t for t in fitting if t not in any_plain]
        task = Task(numbers=numbers, target=rng.choice(fitting)) if fitting else None
        if task and task.key not in seen:
            seen.add(task.key)
            drawn.append(task)
    return drawn


def _problem(level: str, task: Task) -> dict[str, Any]:
    plain, full = Solver("+-*").counts(task.numbers), Solver().counts(task.numbers)
    return {
        "problem_id": "",
        "level": level,
        "numbers": list(task.numbers),
        "target": task.target,
        "distinct_paths": full[task.target],
        "needs_division": task.target not in plain,
    }


def _row(problem: dict[str, Any]) -> dict[str, Any]:
    task = Task(numbers=tuple(problem["numbers"]), target=problem["target"])
    return {
        **problem,
        "benchmark": "countdown",
        "question": task.question,
        "reference_answer": str(task.target),
        "topic": "needs ÷" if problem["needs_division"] else "+ − × suffice",
        "answer_space": None,
        "prompt": task.prompt,
    }


if __name__ == "__main__":
    main()
