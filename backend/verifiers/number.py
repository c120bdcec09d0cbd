"""Answers compared as numbers: exactly, as fractions, never as floats."""

import re
from dataclasses import dataclass
from fractions import Fraction

from backend.answers import final_answer, last_expression, stated_reference
from backend.normal_forms import number
from backend.records import Problem, Verdict
from backend.verifiers.verifier import UNSCORED, Grade

_NUMBER = re.compile(r"(?<![\w.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?|(?<![\w.])-?\.\d+", re.A)


@dataclass(frozen=True)
class Number:
    """The final answer is, or ends in, the reference number."""

    name: str = "number"
    version: str = "1"
    meaning: str = "the final answer is the reference number, or ends in it; units and percent signs are left aside"

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Compare exact values; ERROR where the reference answer is no number."""
        if problem.reference_answer is None:
            return UNSCORED
        wanted = number(problem.reference_answer)
        if wanted is None:
            wanted = number(stated_reference(problem.reference_answer))
        if wanted is None:
            return Grade(verdict=Verdict.ERROR, answer=final_answer(completion))
        answer = final_answer(completion)
        if answer is None:
            return Grade(verdict=Verdict.NO_ANSWER)
        if (value := _value(answer)) is None and (last := last_expression(completion)):
            answer, value = last, _value(last)
        if value is None:
            return Grade(verdict=Verdict.NO_ANSWER, answer=answer)
        return Grade(verdict=Verdict.CORRECT if value == wanted else Verdict.INCORRECT, answer=answer)


def _value(answer: str) -> Fraction | None:
    """Return the number that an answer is, or else the last one in it."""
    value = number(answer)
    if value is not None:
        return value
    found = _NUMBER.findall(answer)
    return number(found[-1]) if found else None
