"""The border: rows as a file holds them become columns of the store, or reasons why not."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pyarrow as pa

from backend.records import Training, Verdict
from backend.store.incoming import (
    ARROW_TYPES,
    FIELDS,
    OTHER_LOGPROB,
    OTHER_VERDICT,
    Batch,
    Field,
    Form,
    Kind,
    Rejection,
    columns_of,
)

LARGEST = 2**63 - 1
VERDICT_OF = {True: Verdict.CORRECT.value, False: Verdict.INCORRECT.value}
WORDS_FOR_TRUE = {"true", "1", "1.0"}
WORDS_FOR_FALSE = {"false", "0", "0.0"}


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the command or the form says of all rows; it wins over what the rows say."""

    benchmark: str | None = None
    model: str | None = None
    training: str | None = None
    run: str | None = None

    def columns(self) -> dict[str, str]:
        """Return the columns that are given."""
        return {k: v for k, v in vars(self).items() if v is not None}


class Unfit(ValueError):
    """A value that its column cannot take; the message completes "column … is …"."""


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
    return str(value)


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
PLAIN: Mapping[Kind, frozenset[type]] = {
    Kind.TEXT: frozenset({str, type(None)}),
    Kind.LABEL: frozenset({str, type(None)}),
    Kind.COUNT: frozenset({int, type(None)}),
    Kind.INTEGER: frozenset({int, type(None)}),
    Kind.NUMBER: frozenset({int, float, type(None)}),
    Kind.CORRECT: frozenset({bool, type(None)}),
}
"""Types of which every value fits, but for a number's range: such a column need not be looked at value by value."""


def from_text(kind: Kind, text: str) -> Any:
    """Read a value that a file without types (CSV) wrote as text; an empty text is null."""
    if text == "":
        return None
    if kind is Kind.CORRECT:
        word = text.strip().lower()
        return True if word in WORDS_FOR_TRUE else False if word in WORDS_FOR_FALSE else text
    if kind in (Kind.COUNT, Kind.INTEGER, Kind.NUMBER):
        try:
            return int(text) if text.strip().lstrip("+-").isdecimal() and len(text) < 20 else float(text)
        except ValueError:
            return text
    return text


def _within(kind: Kind, values: list[Any]) -> bool:
    """Tell whether a column of plain numbers lies in its kind's range as a whole."""
    if kind not in (Kind.COUNT, Kind.INTEGER, Kind.NUMBER):
        return True
    said = [v for v in values if v is not None]
    if kind is Kind.NUMBER:
        return math.isfinite(sum(said))
    return not said or (min(said) >= (0 if kind is Kind.COUNT else -LARGEST) and max(said) <= LARGEST)


class Columns:
    """The rows of one batch by column, losing rows to reasons as they are checked."""

    def __init__(self, lines: Sequence[int], columns: dict[str, list[Any]]) -> None:
        self.lines = lines
        self.columns = columns
        self.reasons: dict[int, str] = {}

    def reject(self, row: int, reason: str) -> None:
        """Reject a row; its first reason stays."""
        self.reasons.setdefault(row, reason)

    def checked(self, name: str, kind: Kind) -> list[Any]:
        """Return a column as its kind wants it; rows whose value does not fit are rejected."""
        values = self.columns.get(name)
        if values is None:
            return [None] * len(self.lines)
        if kind in PLAIN and set(map(type, values)) <= PLAIN[kind] and _within(kind, values):
            return [VERDICT_OF.get(v) for v in values] if kind is Kind.CORRECT else values
        convert, out = CONVERT[kind], list(values)
        for row, value in enumerate(values):
            if value is None or (isinstance(value, float) and math.isnan(value)):
                out[row] = None
                continue
            try:
                out[row] = convert(value)
            except Unfit as unfit:
                out[row] = None
                self.reject(row, f"{name} is {told(value)}; {unfit}")
        return out


def batch_of(lines: Sequence[int], columns: dict[str, list[Any]], form: Form, given: Given) -> Batch:
    """Check rows column by column and return those that fit, with a reason for each of the others."""
    rows = Columns(lines, columns)
    checked = {f.name: _given_or_checked(rows, f, given) for f in columns_of(form)}
    _require(rows, "problem_id", checked["problem_id"])
    if form is Form.SAMPLES:
        _settle_verdict(rows, checked)
    elif form is Form.COUNTS:
        _check_counts(rows, checked)
    arrays = {f.name: pa.array(checked[f.name], ARROW_TYPES[f.kind]) for f in columns_of(form)}
    arrays = {"line": pa.array(lines, pa.int64()), **arrays, **_others(rows, columns, form)}
    rejected = [Rejection(lines[row], reason) for row, reason in sorted(rows.reasons.items())]
    table = pa.table(arrays)
    if rejected:
        table = table.filter(pa.array([row not in rows.reasons for row in range(len(lines))], pa.bool_()))
    return Batch(form, table, rejected, rows=len(lines))


def with_rejected(batch: Batch, rejected: Iterable[Rejection], bytes_done: int) -> Batch:
    """Return the batch with rows that could not even be read, which count as rows too."""
    more = list(rejected)
    together = sorted([*batch.rejected, *more], key=lambda r: r.line)
    return replace(batch, rejected=together, rows=batch.rows + len(more), bytes_done=bytes_done)


def _given_or_checked(rows: Columns, field: Field, given: Given) -> list[Any]:
    value = given.columns().get(field.name)
    return rows.checked(field.name, field.kind) if value is None else [value] * len(rows.lines)


def _require(rows: Columns, name: str, values: list[Any]) -> None:
    if not all(values):
        for row, value in enumerate(values):
            if not value:
                rows.reject(row, f"{name} is missing")


def _settle_verdict(rows: Columns, checked: dict[str, list[Any]]) -> None:
    """Fold `correct` into `verdict`; a row with neither verdict nor text says nothing."""
    correct, verdicts, answers = rows.checked("correct", Kind.CORRECT), checked["verdict"], checked["answer"]
    if "" in answers:
        blank = (Verdict.INCORRECT.value, "")
        correct = [Verdict.NO_ANSWER.value if said == blank else said[0] for said in zip(correct, answers, strict=True)]
    checked["verdict"] = [c if v is None else v for v, c in zip(verdicts, correct, strict=True)]
    if None in checked["verdict"]:
        for row, said in enumerate(zip(checked["verdict"], checked["completion"], strict=True)):
            if said == (None, None):
                rows.reject(row, "neither correct nor completion is given")


def _check_counts(rows: Columns, checked: dict[str, list[Any]]) -> None:
    for row, (n, c) in enumerate(zip(checked["n"], checked["c"], strict=True)):
        if n is None or c is None:
            rows.reject(row, f"{'n' if n is None else 'c'} is missing")
        elif c > n:
            rows.reject(row, f"c is {c}, more than n, which is {n}")


def _others(rows: Columns, columns: dict[str, list[Any]], form: Form) -> dict[str, pa.Array]:
    """Check the columns that the store does not know by name: further verdicts and scores, and metadata."""
    arrays: dict[str, pa.Array] = {}
    unknown = [c for c in columns if c not in FIELDS or (c in ("n", "c") and form is not Form.COUNTS)]
    for name in list(unknown):
        if form is Form.SAMPLES and name.startswith(OTHER_VERDICT):
            arrays[name] = pa.array(rows.checked(name, Kind.CORRECT), pa.string())
        elif form is Form.SAMPLES and name.startswith(OTHER_LOGPROB):
            arrays[name] = pa.array(rows.checked(name, Kind.NUMBER), pa.float64())
        else:
            continue
        unknown.remove(name)
    arrays["metadata"] = pa.array(_metadata(unknown, columns, len(rows.lines)), pa.string())
    return arrays


def _metadata(names: list[str], columns: dict[str, list[Any]], count: int) -> list[str | None]:
    if not names:
        return [None] * count
    texts = []
    for values in zip(*(columns[n] for n in names), strict=True):
        said = {n: v for n, v in zip(names, values, strict=True) if v is not None}
        texts.append(orjson.dumps(said, default=str).decode() if said else None)
    return texts
