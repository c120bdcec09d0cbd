"""One value of a file at a time: what it must be to stand in a column of the store, or why it cannot."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.records import Training, Verdict
from backend.store.incoming import Kind

LARGEST = 2**63 - 1
DECIMAL_COMMA = re.compile(r"[+-]?(?:0,\d+|\d+,\d{1,2}|\d+,\d{4,})")
"""A number as many countries write it; three digits after the comma may just as well be thousands."""
EXACT = 2**53
VERDICT_OF = {True: Verdict.CORRECT.value, False: Verdict.INCORRECT.value}
WORDS_FOR_TRUE = {"true", "1", "1.0"}
WORDS_FOR_FALSE = {"false", "0", "0.0"}
WORDS_FOR_NOTHING = {"", "na", "n/a", "nan", "none", "null", "<na>"}
"""What tables write where a value is missing."""


class Unfit(ValueError):
    """A value that its column cannot take; the message completes "column … is …"."""


class OtherScale(Unfit):
    """A score that shows that those of the whole file are on another scale than they were taken for."""


def told(value: Any) -> str:
    """Return a value as a short text for a reason."""
    text = value if isinstance(value, str) else repr(value)
    return f"{text[:40]!r}…" if len(text) > 40 else repr(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Unfit("it must be text")


def _label(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit("it must be text or a number")
    if isinstance(value, float) and abs(value) > LARGEST:
        raise Unfit("it must be text or a number; in quotes it keeps all of its digits")
    # A whole number is named alike whether a file writes 7 or 7.0, as tables with gaps do.
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else str(value)


def _integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise Unfit("it must be a whole number")
    return value


def _count(value: Any) -> int:
    number = _integer(value)
    if number < 0:
        raise Unfit("it must be a whole number, 0 or more")
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit("it must be a number")
    return float(value)


def _correct(value: Any) -> str:
    if isinstance(value, str) and value in set(Verdict):
        return value
    if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
        return VERDICT_OF[bool(value)]
    if isinstance(value, int | float):
        raise Unfit(
            "it must be true, false or null; --map threshold=NUMBER says from which score on a sample is correct"
        )
    raise Unfit("it must be true, false or null")


def _one_of(values: type[Verdict] | type[Training]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if isinstance(value, str) and value in set(values):
            return value
        raise Unfit(f"it must be one of {', '.join(values)}")

    return check


CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LABEL: _label,
    Kind.COUNT: _count,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.CORRECT: _correct,
    Kind.VERDICT: _one_of(Verdict),
    Kind.TRAINING: _one_of(Training),
}


def number_in(text: str) -> float | None:
    """Return the number that a text is; None where it is none."""
    text = text.strip()
    try:
        return float(text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        return None


def from_text(kind: Kind, text: str) -> Any:
    """Read a value that a file without types (CSV) wrote as text; an empty text is null."""
    if text == "":
        return None
    if kind is Kind.CORRECT:
        word = text.strip().lower()
        if word in WORDS_FOR_NOTHING:
            return None
        return True if word in WORDS_FOR_TRUE else False if word in WORDS_FOR_FALSE else text
    if kind in (Kind.COUNT, Kind.INTEGER, Kind.NUMBER):
        if text.strip().lstrip("+-").isdecimal() and len(text) < 20:
            return int(text)
        number = number_in(text)
        return text if number is None else number
    return text
