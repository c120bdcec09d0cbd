"""The three verifiers of Countdown, as verifiers of any run whose problems are stated in words."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.records import Problem, Verdict
from backend.verifiers import countdown
from backend.verifiers.verifier import UNSCORED, Grade


@dataclass(frozen=True)
class CountdownVerifier:
    """One reading of what solves a Countdown problem; the statement says all that is needed."""

    name: str
    version: str
    meaning: str
    verify: Callable[[str, str], Verdict]

    def grade(self, completion: str, problem: Problem) -> Grade:
        """Grade against the statement; ERROR where that is no Countdown problem."""
        if problem.question is None:
            return UNSCORED
        verdict = self.verify(problem.question, completion)
        return Grade(verdict=verdict, answer=countdown.last_number(completion))


_MEANINGS = {
    "countdown": "every step is valid, every number is used once and the target is reached",
    "countdown_answer": "the last number is the target, whatever came before",
    "countdown_steps": "there are steps and all are valid, wherever they lead",
}
COUNTDOWN = tuple(
    CountdownVerifier(name, str(version), _MEANINGS[name], verify)
    for (name, version), verify in countdown.VERIFIERS.items()
)
