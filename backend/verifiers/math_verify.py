"""math-verify: answers compared as mathematics, by the package of that name."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from backend.answers import final_answer, stated_reference
from backend.errors import BadInput
from backend.normal_forms import canonical
from backend.records import Problem, Verdict
from backend.verifiers.pool import Pool
from backend.verifiers.verifier import UNSCORED, Grade, Task

PACKAGE = "math-verify"


@dataclass(frozen=True)
class MathVerify:
    """The final answer equals the reference answer as mathematics."""

    name: str = "math_verify"
    meaning: str = "the final answer equals the reference answer as mathematics, by the package math-verify"
    judge: str = "backend.verifiers.math_verify:loaded"

    @property
    def version(self) -> str:
        """Ours, and the package's."""
        try:
            return f"1 (math-verify {version(PACKAGE)})"
        except PackageNotFoundError:
            return "1 (math-verify is not installed)"

    def require(self) -> None:
        """Raise BadInput where the package is not installed."""
        try:
            version(PACKAGE)
        except PackageNotFoundError as error:
            raise BadInput("The package math-verify is not installed.", "Install requirements.txt.") from error

    def look(self, completion: str, problem: Problem) -> tuple[Grade, Task | None]:
        """Settle what normal forms settle; the rest is for the package."""
        if problem.reference_answer is None:
            return UNSCORED, None
        answer = final_answer(completion)
        if answer is None:
            return Grade(verdict=Verdict.NO_ANSWER), None
        reference = stated_reference(problem.reference_answer)
        if canonical(answer) in (canonical(reference), canonical(problem.reference_answer)):
            return Grade(verdict=Verdict.CORRECT, answer=answer), None
        return Grade(verdict=None, answer=answer), (reference, answer)

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Grade one completion, in a process of its own."""
        grade, task = self.look(completion, problem)
        if task is None:
            return grade
        with Pool(self.judge, workers=1) as pool:
            return Grade(verdict=pool.judged([task])[0], answer=grade.answer)


def loaded() -> Callable[[str, str], str]:
    """Load the package and return what compares a reference with an answer; runs in a worker, killed where it hangs.

    The package's own limits are off: they need signals of the main thread and do not stop what is slow in C.
    """
    package = import_module("math_verify")

    def judged(reference: str, answer: str) -> str:
        gold = package.parse(_dressed(reference), parsing_timeout=None, raise_on_error=False)
        if not gold:
            return Verdict.ERROR
        given = package.parse(_dressed(answer), parsing_timeout=None, raise_on_error=False)
        holds = package.verify(gold, given, timeout_seconds=None, raise_on_error=False)
        return Verdict.CORRECT if holds else Verdict.INCORRECT

    judged("$1$", "$2$")
    return judged


def _dressed(answer: str) -> str:
    """Return an answer as the package expects one: formulas in dollars, in a box as what counts."""
    return f"$\\boxed{{{answer.strip().strip('$')}}}$" if _balanced(answer) else answer


def _balanced(text: str) -> bool:
    depth = 0
    for before, sign in zip(" " + text, text, strict=False):
        depth += ((sign == "{") - (sign == "}")) * (before != "\\")
        if depth < 0:
            return False
    return depth == 0
