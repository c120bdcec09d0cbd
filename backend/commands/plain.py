"""Answers as plain data: what JSON can say, undefined values as None."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from backend.store.writes import ImportReport

Plain = Any
"""What JSON can say: None, bool, int, float, str, and lists and dicts of these."""


def report_in_plain(report: ImportReport) -> dict[str, Plain]:
    """Return an import's report as plain data."""
    return asdict(report)


def records(frame: pd.DataFrame) -> list[dict[str, Plain]]:
    """Return a frame's rows as plain data, undefined values as None."""
    return [plain(row) for row in frame.to_dict("records")]


def plain(row: Mapping[Any, Any]) -> dict[str, Plain]:
    """Return one row as plain data, undefined values as None."""
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Plain:
    if isinstance(value, datetime) and value is not pd.NaT:
        return value.isoformat()
    if isinstance(value, np.ndarray):  # a cell that holds a list
        return [_plain_value(item) for item in value.tolist()]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
