"""reasoning-gym: each of its tasks graded by the task's own scorer; the package is optional."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from backend.answers import final_answer, marked_answer
from backend.errors import BadInput
from backend.records import Problem, Verdict
from backend.verifiers.pool import Pool
from backend.verifiers.verifier import UNSCORED, Grade, Task

PACKAGE = "reasoning-gym"
LONGEST_BARE = 2_000
"""Characters of a completion that is taken whole where it marks no answer: grids and programs are answers too."""

BY_TUPLES = frozenset(("arc_agi", "rearc"))
"""Tasks whose scorer compares grids of tuples, which no file of samples can hold: JSON makes lists of them."""


@dataclass(frozen=True)
class ReasoningGym:
    """The task's own scorer gives the answer its full score."""

    name: str = "reasoning_gym"
    meaning: str = "the scorer of the problem's reasoning-gym task gives the final answer its full score"
    judge: str = "backend.verifiers.reasoning_gym:loaded"

    @property
    def version(self) -> str:
        """Ours, and the package's."""
        try:
            return f"1 (reasoning-gym {version(PACKAGE)})"
        except PackageNotFoundError:
            return "1 (reasoning-gym is not installed)"

    def require(self) -> None:
        """Raise BadInput where the package is not installed."""
        try:
            version(PACKAGE)
        except PackageNotFoundError as error:
            raise BadInput(
                "The package reasoning-gym is not installed.",
                "Add it with `.venv/bin/python -m pip install reasoning-gym`, then grade again.",
            ) from error

    def look(self, completion: str, problem: Problem) -> tuple[Grade, Task | None]:
        """Find the answer and the task's entry; nothing is settled without the scorer."""
        if problem.reference_answer is None and not problem.metadata:
            return UNSCORED, None
        answer = marked_answer(completion)
        if answer is None:
            bare = completion.strip()
            answer = bare if 0 < len(bare) <= LONGEST_BARE else final_answer(completion)
        if answer is None:
            return Grade(verdict=Verdict.NO_ANSWER), None
        facts = _facts(problem.metadata)
        dataset = str(facts.get("source_dataset") or problem.topic or problem.benchmark)
        entry = {"question": problem.question, "answer": problem.reference_answer, "metadata": dict(facts)}
        return Grade(verdict=None, answer=answer), (dataset, answer, json.dumps(entry, default=str))

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Grade one completion, in a process of its own."""
        grade, task = self.look(completion, problem)
        if task is None:
            return grade
        with Pool(self.judge, workers=1) as pool:
            return Grade(verdict=pool.judged([task])[0], answer=grade.answer)


def _facts(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry's metadata, which stands in a column of its own or is what the rows say besides."""
    inner = metadata.get("metadata")
    if isinstance(inner, str) and inner.startswith("{"):
        inner = json.loads(inner)
    return inner if isinstance(inner, Mapping) else metadata


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tuples(inner) for name, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def loaded() -> Callable[[str, str, str], str]:
    """Load the package and return what asks a task's scorer; runs in a worker, where what it raises is an error."""
    package = import_module("reasoning_gym")

    def judged(dataset: str, answer: str, entry: str) -> str:
        said = json.loads(entry)
        if dataset in BY_TUPLES:
            said["metadata"] = _tuples(said["metadata"])
        score = package.get_score_answer_fn(dataset)(answer, said)
        return Verdict.CORRECT if float(score) >= 1.0 else Verdict.INCORRECT

    return judged
