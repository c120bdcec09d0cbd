"""Scores and rewards: a number becomes a verdict."""

import math
from typing import Any

from backend.importers.rows import Unfit, told
from backend.records import Verdict

FULL = 1.0
HALF = 0.5


def verdict_from(value: Any, threshold: float, name: str) -> str | None:
    """Return the verdict of a score; None where it is not scored (null or NaN). Raises Unfit where it is no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, bool | int | float):
        raise Unfit(f"{name} is {told(value)}; it must be a number")
    return Verdict.CORRECT if value >= threshold else Verdict.INCORRECT
