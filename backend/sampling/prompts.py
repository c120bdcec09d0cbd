"""Prompts: a problem's statement put into a template; stop strings that would cut texts at ordinary words."""

import re
from collections.abc import Iterable

from backend.errors import BadInput
from backend.records import Problem

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z_0-9]*)\}")
_WORD = re.compile(r"[\w' -]*[^\W\d_][\w' -]*")
STATEMENTS = ("question", "prompt")


def default_template(problems: Iterable[Problem]) -> str:
    """Return the template that fits these problems: their own prompts where all have one, else their statements."""
    return "{prompt}" if all(isinstance(p.metadata.get("prompt"), str) for p in problems) else "{question}"


def filled(template: str, problem: Problem) -> str:
    """Return the prompt of one problem.

    In braces may stand `question`, `level`, `topic`, and whatever else the benchmark says of its problems in words or
    numbers; other braces, as formulas have them, stay. Raises BadInput where the statement has no place in the
    template, or the problem lacks what the template asks for.
    """
    facts = {name: value for name, value in problem.metadata.items() if isinstance(value, str | int | float)}
    known: dict[str, object] = {**facts, "level": problem.level, "topic": problem.topic, "question": problem.question}
    named = _PLACE.findall(template)
    if not any(name in STATEMENTS for name in named):
        raise BadInput("The prompt template holds no {question}.", "Put {question} where the statement belongs.")
    for name in named:
        if name in (*STATEMENTS, "level", "topic") and known.get(name) is None:
            raise BadInput(
                f"Problem {problem.problem} has no {name}, which the prompt template asks for.",
                "Import the problems with it, or leave them out.",
            )
    return _PLACE.sub(lambda found: str(known[found[1]]) if found[1] in known else found[0], template)


def natural_words(stop: Iterable[str]) -> list[str]:
    """Return the stop strings that an ordinary text may hold, and so be cut at, such as `user` or `Question`."""
    return [text for text in stop if _WORD.fullmatch(text.strip()) and text.strip()]
