"""Multiple choice: the letter that a completion settles on."""

from dataclasses import dataclass

from backend.answers import choice_letter, final_choice
from backend.records import Problem, Verdict
from backend.verifiers.verifier import UNSCORED, Grade


@dataclass(frozen=True)
class Choice:
    """The chosen letter is the reference's."""

    name: str = "choice"
    version: str = "1"
    meaning: str = "the letter chosen last is the reference answer's"

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Compare letters; ERROR where the reference answer names none."""
        if problem.reference_answer is None:
            return UNSCORED
        letter = final_choice(completion)
        wanted = choice_letter(problem.reference_answer)
        if wanted is None:
            return Grade(verdict=Verdict.ERROR, answer=letter)
        if letter is None:
            return Grade(verdict=Verdict.NO_ANSWER)
        return Grade(verdict=Verdict.CORRECT if letter == wanted else Verdict.INCORRECT, answer=letter)
