"""Answers compared as text: character by character, or in their normal form."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.answers import final_answer, stated_reference
from backend.normal_forms import canonical
from backend.records import Problem, Verdict
from backend.verifiers.verifier import UNSCORED, Grade

LONGEST_BARE = 300
"""Characters of a completion that may be nothing but its answer."""


@dataclass(frozen=True)
class Exact:
    """The written answer and the reference answer are the same characters."""

    name: str = "exact"
    version: str = "1"
    meaning: str = "the final answer is the reference answer, character by character"

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Compare the final answer, or a completion that is nothing but an answer, with the reference answer."""
        if problem.reference_answer is None:
            return UNSCORED
        reference = problem.reference_answer.strip()
        return _compared(completion, lambda answer: answer in (reference, stated_reference(reference)))


@dataclass(frozen=True)
class Normalised:
    """The written answer and the reference answer have the same normal form."""

    name: str = "normalised"
    version: str = "1"
    meaning: str = "the final answer has the reference answer's normal form: 0.50 is 1/2, 073 is 73, 5 cm is 5"

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Compare normal forms."""
        if problem.reference_answer is None:
            return UNSCORED
        accepted = {canonical(problem.reference_answer), canonical(stated_reference(problem.reference_answer))}
        return _compared(completion, lambda answer: canonical(answer) in accepted)


def _compared(completion: str, holds: Callable[[str], bool]) -> Grade:
    bare = completion.strip()
    if bare and len(bare) <= LONGEST_BARE and holds(bare):
        return Grade(verdict=Verdict.CORRECT, answer=bare)
    answer = final_answer(completion)
    if answer is None:
        return Grade(verdict=Verdict.NO_ANSWER)
    return Grade(verdict=Verdict.CORRECT if holds(answer) else Verdict.INCORRECT, answer=answer)
