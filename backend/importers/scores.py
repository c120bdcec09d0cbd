"""Scores, rewards and words: what a file says of a sample becomes a verdict."""

import math
from typing import Any

from backend.importers.values import WORDS_FOR_NOTHING, OtherScale, Unfit, number_in, told
from backend.records import Verdict

FULL = 1.0
HALF = 0.5
HIGHEST_REWARD = 3.0
"""Rewards of a right answer with extras for its form reach no higher; scores that do are on a scale of their own."""
TRUE_WORDS = frozenset(["true", "yes", "y", "pass", "passed", "correct", "right", "c", "1", "1.0"])
FALSE_WORDS = frozenset(["false", "no", "n", "fail", "failed", "incorrect", "wrong", "i", "0", "0.0"])


def verdict_from(value: Any, threshold: float, name: str, highest: float | None = None) -> str | None:
    """Return the verdict of a score; None where it is not scored (null or NaN).

    Raises Unfit where it is no number; OtherScale where it is above `highest`, beyond which the threshold says nothing.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, bool | int | float) or math.isinf(value):
        raise Unfit(f"{name} is {told(value)}; it must be a number")
    if highest is not None and value > highest:
        raise OtherScale(
            f"{name} is {told(value)}; scores above {highest:g} are on a scale of their own: read the file with "
            f"--map correct={name} --map threshold=NUMBER, which says from which score on a sample is correct"
        )
    return Verdict.CORRECT if value >= threshold else Verdict.INCORRECT


def points_in(text: str) -> float | None:
    """Return the number that a score written as text is, a percentage as a share of 1; None where it is none."""
    text = text.strip()
    number = number_in(text.removesuffix("%"))
    return number / 100 if number is not None and text.endswith("%") else number


def threshold_told(value: Any, threshold: float | None, name: str) -> str | None:
    """Return what is to be told of a score whose verdict is a matter of the threshold; None for any other value."""
    number = points_in(value.strip()) if isinstance(value, str) else value
    if threshold is None or isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if number in (0, 1) or not math.isfinite(number):
        return None
    return f"{name} is neither 0 nor 1; from {threshold:g} on it counts as correct"


def verdict_word(value: Any, threshold: float | None) -> Any:
    """Return the truth value that a word or a score stands for; what is neither is passed on, to be rejected."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        if word in WORDS_FOR_NOTHING:
            return None
        number = points_in(word)
        if number is None:
            return value
        value = number
    if threshold is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    return value >= threshold


def is_missing(value: Any) -> bool:
    """Tell whether a value says that there is none, as null or as a word of tables for it."""
    return value is None or (isinstance(value, str) and value.strip().lower() in WORDS_FOR_NOTHING)


def is_score(value: Any) -> bool:
    """Tell whether a value can say that a sample is correct, or how much so."""
    if isinstance(value, str):
        word = value.strip().lower()
        return word in TRUE_WORDS or word in FALSE_WORDS or points_in(word) is not None
    return isinstance(value, bool | int | float)
