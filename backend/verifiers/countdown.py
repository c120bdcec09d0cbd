r"""The exact verifier of Countdown: reach a target from given numbers, each used once, one operation a line.

A problem is read from a sentence (`Reach 57 from 4, 6, 9 and 3. Use each number once.`) or from the prompt of the tiny
models (`4 6 9 3|57:`). A completion is one operation a line, `6*9=54`, and grading it is total: any text gets a
verdict, quickly and in exact integers. What counts, where opinions may differ:

- An operation is `a+b=c`, `a-b=c`, `a*b=c` or `a/b=c`; `×`, `÷` and `−` are read as well, and blanks are allowed
  anywhere but inside a number. Numbers are plain decimal digits, without sign and without leading zeros.
- A result is a whole number and not negative: `3-5=-2` and `7/2=3` are invalid, and so is division by zero.
- Each operation takes two numbers that are available then (given and unused, or the result of an earlier line).
- Blank lines, a trailing newline and `\r\n` do not matter. Any other line that is not an operation is invalid: a
  remark, a line cut short, an operation after all numbers are used.
- A completion that stops after its last operation is judged by its text, whether or not an end token followed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.records import Verdict

MOST_NUMBERS = 12
LONGEST_NUMBER = 18
"""Digits of a number in a problem; with this and the above, no valid result needs more than 216 digits."""
LONGEST_OPERAND = 400
"""Digits of a number in a completion; a longer one cannot be right, and is never turned into an integer."""
MOST_STEPS = 64
"""Lines that become steps of their own; what follows them is one last step."""

_SENTENCE = re.compile(r"Reach (\d+) from ([\d, ]+?) and (\d+)\. Use each number once\.", re.ASCII)
_PROMPT = re.compile(r"(\d+(?: \d+)+)\|(\d+):", re.ASCII)
_BLANK = r"[ \t]*+"
_NUMBER = r"(0|[1-9][0-9]*+)"
_OPERATION = re.compile(rf"{_BLANK}{_NUMBER}{_BLANK}([-+*/×÷−]){_BLANK}{_NUMBER}{_BLANK}={_BLANK}{_NUMBER}{_BLANK}")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WHITE = " \t\r\n"
_PLAIN_SIGNS = str.maketrans("×÷−", "*/-")


@dataclass(frozen=True, kw_only=True)
class Countdown:
    """One problem: reach `target` using each of `numbers` once."""

    numbers: tuple[int, ...]
    target: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a completion; the steps' spans follow each other and together cover the whole text."""

    start: int
    """Offset of the first character in the completion."""
    end: int
    """Offset behind the last character, line break included."""
    valid: bool
    """Whether this line is a valid operation and every line before it was one."""
    move: str | None
    """A valid operation in canonical form: no blanks, the larger operand of + and * first."""
    remaining: tuple[int, ...] | None
    """The numbers available after a valid operation, sorted; None after an invalid one."""


@dataclass(frozen=True, kw_only=True)
class Grade:
    """Everything the verifier has to say of one completion."""

    strict: Verdict
    """Every step valid, every given number used exactly once, target reached: the verdict that counts."""
    answer_only: Verdict
    """Whether the last number in the text is the target, whatever came before."""
    steps_valid: Verdict
    """Whether there is a step and all steps are valid, wherever they lead."""
    answer: str | None
    """The last number in the text, without leading zeros; None if there is none."""
    steps: tuple[Step, ...]


def parse_problem(statement: str) -> Countdown:
    """Read a problem from its sentence or its prompt form; ValueError says what was expected."""
    if sentence := _SENTENCE.fullmatch(statement.strip()):
        target, numbers = sentence[1], [*sentence[2].replace(" ", "").split(","), sentence[3]]
    elif prompt := _PROMPT.fullmatch(statement.strip()):
        target, numbers = prompt[2], prompt[1].split(" ")
    else:
        raise ValueError(_expectation(statement))
    sizes = [len(number) for number in (target, *numbers)]
    if min(sizes) == 0 or max(sizes) > LONGEST_NUMBER or len(numbers) > MOST_NUMBERS:
        raise ValueError(_expectation(statement))
    return Countdown(numbers=tuple(map(int, numbers)), target=int(target))


def grade(problem: Countdown, completion: str) -> Grade:
    """All verdicts on one completion, its answer and its steps; never raises, whatever the text."""
    steps = tuple(_steps(problem, completion))
    answer = last_number(completion)
    all_valid = bool(steps) and all(step.valid for step in steps)
    reached = all_valid and steps[-1].remaining == (problem.target,)
    return Grade(
        strict=_verdict(reached, answer),
        answer_only=_verdict(answer == str(problem.target), answer),
        steps_valid=_verdict(all_valid, answer),
        answer=answer,
        steps=steps,
    )


def states(problem: Countdown, completion: str) -> tuple[tuple[int, ...], ...]:
    """The sorted available numbers at the start and after each valid step, up to the first invalid one."""
    reached = (step.remaining for step in _steps(problem, completion))
    return (tuple(sorted(problem.numbers)), *(state for state in reached if state is not None))


def last_number(text: str) -> str | None:
    """The last run of ASCII digits without leading zeros, negative where a minus that subtracts nothing precedes it."""
    end = max((text.rfind(digit) for digit in "0123456789"), default=-1) + 1
    if end == 0:
        return None
    start = end - len(text[:end]) + len(text[:end].rstrip("0123456789"))
    digits = text[start:end].lstrip("0") or "0"
    signed = text[:start].endswith("-") and text[: start - 1].rstrip(" ")[-1:] not in [*"0123456789)"]
    return f"-{digits}" if signed and digits != "0" else digits


def verify_strict(statement: str, completion: str) -> Verdict:
    """The verifier `countdown`; ERROR if the statement is no Countdown problem."""
    problem = _problem_or_none(statement)
    return grade(problem, completion).strict if problem else Verdict.ERROR


def verify_answer(statement: str, completion: str) -> Verdict:
    """The verifier `countdown_answer`; ERROR if the statement is no Countdown problem."""
    problem = _problem_or_none(statement)
    return grade(problem, completion).answer_only if problem else Verdict.ERROR


def verify_steps(statement: str, completion: str) -> Verdict:
    """The verifier `countdown_steps`; ERROR if the statement is no Countdown problem."""
    problem = _problem_or_none(statement)
    return grade(problem, completion).steps_valid if problem else Verdict.ERROR


VERIFIERS = {
    ("countdown", 1): verify_strict,
    ("countdown_answer", 1): verify_answer,
    ("countdown_steps", 1): verify_steps,
}
"""Each verifier by its name and version; the version goes up whenever a verdict could change."""


def _expectation(statement: str) -> str:
    return (
        f"{statement[:120]!r} is no Countdown problem. Write it as "
        "'Reach 57 from 4, 6, 9 and 3. Use each number once.' "
        f"or as '4 6 9 3|57:', with 2 to {MOST_NUMBERS} numbers of at most {LONGEST_NUMBER} digits."
    )


def _problem_or_none(statement: str) -> Countdown | None:
    try:
        return parse_problem(statement)
    except ValueError:
        return None


def _verdict(holds: bool, answer: str | None) -> Verdict:
    if answer is None:
        return Verdict.NO_ANSWER
    return Verdict.CORRECT if holds else Verdict.INCORRECT


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Lines as `(start, end)`; blank lines join the line before them, at the beginning the one after."""
    start, open_until = 0, 0
    for count, line in enumerate(_LINE.finditer(text)):
        if count >= MOST_STEPS:
            break
        if line[0].strip(_WHITE) and text[start:open_until].strip(_WHITE):
            yield start, open_until
            start = open_until
        open_until = line.end()
    if text:
        yield start, len(text)


def _steps(problem: Countdown, completion: str) -> Iterator[Step]:
    available: tuple[int, ...] | None = tuple(sorted(problem.numbers))
    for start, end in _spans(completion):
        made = _apply(available, completion[start:end]) if available else None
        move, available = made or (None, None)
        yield Step(start=start, end=end, valid=made is not None, move=move, remaining=available)


def _apply(available: tuple[int, ...], line: str) -> tuple[str, tuple[int, ...]] | None:
    """The canonical move and the numbers left after it, or None for whatever is no valid operation now."""
    found = _OPERATION.fullmatch(line.strip(_WHITE))
    if not found or max(len(found[1]), len(found[3]), len(found[4])) > LONGEST_OPERAND:
        return None
    left, sign, right, result = int(found[1]), found[2].translate(_PLAIN_SIGNS), int(found[3]), int(found[4])
    rest = list(available)
    for operand in (left, right):
        if operand not in rest:
            return None
        rest.remove(operand)
    if not _holds(left, sign, right, result):
        return None
    if sign in "+*":
        left, right = max(left, right), min(left, right)
    return f"{left}{sign}{right}={result}", tuple(sorted([*rest, result]))


def _holds(left: int, sign: str, right: int, result: int) -> bool:
    if sign == "+":
        return left + right == result
    if sign == "-":
        return left - right == result
    if sign == "*":
        return left * right == result
    return right != 0 and right * result == left
