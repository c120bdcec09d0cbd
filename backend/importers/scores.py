"""Scores, rewards and words: what a file says of a sample becomes a verdict."""

import math
from typing import Any

from backend.importers.rows import Unfit, number_in, told
from backend.records import Verdict

FULL = 1.0
HALF = 0.5
TRUE_WORDS = frozenset(["true", "yes", "y", "pass", "passed", "correct", "right", "c", "1", "1.0"])
FALSE_WORDS = frozenset(["false", "no", "n", "fail", "failed", "incorrect", "wrong", "i", "0", "0.0"])


def verdict_from(value: Any, threshold: float, name: str) -> str | None:
    """Return the verdict of a score; None where it is not scored (null or NaN). Raises Unfit where it is no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, bool | int | float) or math.isinf(value):
        raise Unfit(f"{name} is {told(value)}; it must be a number")
    return Verdict.CORRECT if value >= threshold else Verdict.INCORRECT


def verdict_word(value: Any, threshold: float | None) -> Any:
    """Return the truth value that a word or a score stands for; what is neither is passed on, to be rejected."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        number = number_in(word)
        if number is None:
            return value if word else None
        value = number
    if threshold is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    return value >= threshold


def is_score(value: Any) -> bool:
    """Tell whether a value can say that a sample is correct, or how much so."""
    if isinstance(value, str):
        word = value.strip().lower()
        return word in TRUE_WORDS or word in FALSE_WORDS or number_in(word) is not None
    return isinstance(value, bool | int | float)
