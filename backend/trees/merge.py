"""The levels at which steps are one: from a completion to its steps, each with the key by which it is merged."""

import sys
from collections.abc import Callable, Hashable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

from backend.answers import final_answer
from backend.errors import BadInput
from backend.normal_forms import LONGEST_ANSWER, canonical
from backend.records import Problem
from backend.trees.segment import BEGIN, Since, step_ends
from backend.trees.spelling import normal_operation, normal_step
from backend.verifiers import countdown


class Level(StrEnum):
    """How steps are merged; within one parent always, never across parents."""

    EXACT = "exact"
    """Steps of the same text, white space at its end aside, since that is missing where a completion ends."""
    NORMALISED = "normalised"
    """Steps that differ in white space, LaTeX's dress, markdown, list numbers or the capital letter of a word."""
    STATE = "state"
    """Steps that lead to the same state of the task: in Countdown, the numbers that are left."""
    SEMANTIC = "semantic"
    """Steps alike in meaning by a language model's embedding, their numbers and equations being the same."""
    ANSWER = "answer"
    """No steps: the answers alone."""


CUT = ("length", "max_tokens", "max_length", "model_length", "max_new_tokens")
"""What harnesses call the end of a completion that reached its limit."""

MOST_REMEMBERED = 10_000
"""Spellings kept while a tree is built: steps have at most 2,048 characters, answers 2,000."""


class Step(NamedTuple):
    """The next step of a completion."""

    end: int
    """The offset behind it."""
    key: Hashable
    """By this it is merged."""
    since: Since = BEGIN
    """From where reading on gives this step and all later ones again."""
    seen: int = sys.maxsize
    """A text that begins with so many of the same characters has the same steps up to here."""


Steps = Iterator[Step]
"""The steps of one completion, read as they are asked for."""


class Reading(Protocol):
    """How completions are cut into steps and these spelt."""

    def __call__(self, text: str, since: Since = BEGIN, /) -> Steps:
        """Return the steps of a text, or those behind a place in it."""
        ...


def reading(level: Level, problem: Problem) -> Reading:
    """Return how completions of this problem are read at this level.

    Raises BadInput where the level needs a task that says what state a step leads to, and the problem has none.
    """
    task = _countdown_of(problem)
    if level is Level.ANSWER:
        return lambda _text, _since=BEGIN: iter(())
    if level is Level.STATE:
        if task is None:
            raise BadInput(
                f"Problem {problem.problem} is of no task that says what state a step leads to.",
                "The level state is known for Countdown; pick normalised instead.",
            )
        return lambda text, _since=BEGIN: _states(task, text)
    spelling = _exact if level is Level.EXACT else lru_cache(maxsize=MOST_REMEMBERED)(normal_step)
    if task is None:
        return lambda text, since=BEGIN: _prose(text, spelling, since)
    return lambda text, _since=BEGIN: _steps(text, spelling, level is Level.EXACT, task)


def levels_of(problem: Problem) -> list[Level]:
    """Return the levels that this problem's tree can be merged at."""
    return [level for level in Level if level is not Level.STATE or _countdown_of(problem) is not None]


def leaf_of(verdict: str, answer: str | None, finish_reason: str | None, completion: str | None) -> tuple[str, str]:
    """Return what a sample's leaf says: its kind (correct, incorrect, no_answer, cut) and its answer, canonical or "".

    A sample that was cut and is not correct ends in `cut`, whatever it had said until then.
    """
    if verdict != "correct" and finish_reason is not None and finish_reason.strip().lower() in CUT:
        return "cut", ""
    if verdict == "no_answer":
        return "no_answer", ""
    said = answer or final_answer(completion or "") or ""
    return verdict, _canonical(said) if len(said) <= LONGEST_ANSWER else f"{said[:LONGEST_ANSWER]}…"


@lru_cache(maxsize=MOST_REMEMBERED)
def _canonical(answer: str) -> str:
    return canonical(answer)


def _exact(text: str) -> str:
    return text.rstrip()


def _countdown_of(problem: Problem) -> countdown.Countdown | None:
    try:
        return countdown.parse_problem(problem.question or "")
    except ValueError:
        return None


def _prose(text: str, spelling: Callable[[str], str], since: Since) -> Steps:
    start = since[0]
    for end, again, seen in step_ends(text, since):
        if end > start:
            yield Step(end, spelling(text[start:end]), again, seen)
        start = end


def _steps(text: str, spelling: Callable[[str], str], exact: bool, task: countdown.Countdown) -> Steps:
    """Read a text by the task's grammar where it begins with an operation, else by the rules for prose."""
    made = countdown.grade(task, text).steps
    if not made or not made[0].valid:
        yield from (Step(step.end, step.key) for step in _prose(text, spelling, BEGIN))
        return
    for step in made:
        piece = text[step.start : step.end]
        yield Step(step.end, spelling(piece) if exact or not step.valid else normal_operation(piece))


def _states(task: countdown.Countdown, text: str) -> Steps:
    for step in countdown.grade(task, text).steps:
        yield Step(step.end, step.remaining if step.valid else normal_operation(text[step.start : step.end]))
