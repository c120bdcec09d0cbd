"""What a verifier is: a completion and its problem in, a verdict and the answer it was read from out."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from backend.records import Problem, Verdict


@dataclass(frozen=True, kw_only=True)
class Grade:
    """What a verifier says of one completion."""

    verdict: Verdict | None
    """None: the problem lacks what this verifier compares with, so that the sample stays unscored."""
    answer: str | None = None
    """The answer as it is written in the completion."""


UNSCORED = Grade(verdict=None)


class Verifier(Protocol):
    """Gives verdicts. `grade` is total: any text gets one, quickly."""

    @property
    def name(self) -> str:
        """The name that runs are graded under."""

    @property
    def version(self) -> str:
        """Goes up whenever a verdict could change."""

    @property
    def meaning(self) -> str:
        """What counts as correct, in one sentence."""

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Return the verdict on one completion."""


Task = tuple[str, ...]
"""All that a verdict hangs on, as text: what is sent to a worker process, and what equal samples share."""


@runtime_checkable
class SlowVerifier(Verifier, Protocol):
    """A verifier whose judgement may hang or raise, and is therefore made in a process that can be killed."""

    @property
    def judge(self) -> str:
        """What loads and returns the function that judges a task, as `module:function`; for worker processes only."""

    def look(self, completion: str, problem: Problem) -> tuple[Grade, Task | None]:
        """Return the grade that can be given at once, or a grade without verdict and the task that decides it."""

    def require(self) -> None:
        """Raise BadInput where a package that the judgement needs is not installed."""
