"""Many completions graded by one verifier: what is quick here, what may hang in the pool, equal answers once."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from backend.records import Problem, Verdict
from backend.verifiers.pool import Pool
from backend.verifiers.verifier import Grade, SlowVerifier, Task, Verifier

MOST_REMEMBERED = 200_000

Attempt = tuple[str, Problem]
"""A completion and its problem."""


class Grader:
    """Grades batch after batch; use it in a `with` block, which ends its processes."""

    def __init__(self, verifier: Verifier, *, workers: int | None = None) -> None:
        self._verifier = verifier
        self._known: dict[Task, Verdict] = {}
        self._stack = ExitStack()
        self._pool: Pool | None = None
        if isinstance(verifier, SlowVerifier):
            verifier.require()
            self._pool = self._stack.enter_context(Pool(verifier.judge, workers=workers))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def graded(self, attempts: Sequence[Attempt], tick: Callable[[int], None] | None = None) -> list[Grade]:
        """Return a grade for each attempt, in order."""
        if not isinstance(self._verifier, SlowVerifier) or self._pool is None:
            return [self._verifier.grade(completion, problem) for completion, problem in attempts]
        looks = [self._verifier.look(completion, problem) for completion, problem in attempts]
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        open_tasks = list(dict.fromkeys(task for _, task in looks if task is not None and task not in self._known))
        self._known.update(zip(open_tasks, self._pool.judged(open_tasks, tick), strict=True))
        return [
            grade if task is None else Grade(verdict=self._known[task], answer=grade.answer) for grade, task in looks
        ]
