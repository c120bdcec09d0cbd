"""The border: rows as a file holds them become columns of the store, or reasons why not."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backend.importers.documents import json_text
from backend.importers.values import CONVERT, LARGEST, VERDICT_OF, Unfit, told
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

Values: TypeAlias = "Sequence[Any] | pa.Array"
"""One column's values: a list, or an Arrow array where the file is typed."""


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


ALLOWED: Mapping[Kind, pa.Array] = {
    Kind.VERDICT: pa.array([*Verdict]),
    Kind.TRAINING: pa.array([*Training]),
}
PLAIN: Mapping[Kind, frozenset[type]] = {
    Kind.TEXT: frozenset({str, type(None)}),
    Kind.LABEL: frozenset({str, type(None)}),
    Kind.COUNT: frozenset({int, type(None)}),
    Kind.INTEGER: frozenset({int, type(None)}),
    Kind.NUMBER: frozenset({int, float, type(None)}),
    Kind.CORRECT: frozenset({bool, type(None)}),
}
"""Types that Arrow can take over as a column; whether the values fit is then asked of the column as a whole."""


def fitting(kind: Kind, column: pa.Array) -> pa.Array | None:
    """Return a typed column as its kind wants it, or None where a value may not fit and each must be looked at."""
    kept = column.type
    if pa.types.is_null(kept):
        return pa.nulls(len(column), ARROW_TYPES[kind])
    if kind is Kind.CORRECT:
        return _verdicts(column) if pa.types.is_boolean(kept) else None
    if pa.types.is_integer(kept):
        return _fitting_integers(kind, column)
    if kind is Kind.NUMBER and pa.types.is_floating(kept):
        return column.cast(pa.float64()) if pc.all(pc.is_finite(column)).as_py() is not False else None
    if pa.types.is_string(kept) and kind in (Kind.TEXT, Kind.LABEL):
        return column
    if pa.types.is_string(kept) and kind in ALLOWED:
        known = pc.is_in(column, value_set=ALLOWED[kind], skip_nulls=True)
        return column if pc.all(pc.or_(known, pc.is_null(column))).as_py() is not False else None
    return None


def _verdicts(correct: pa.Array) -> pa.Array:
    return pc.if_else(correct, VERDICT_OF[True], VERDICT_OF[False])


def _fitting_integers(kind: Kind, column: pa.Array) -> pa.Array | None:
    """Fit a column of whole numbers; an unsigned one may hold more than the store can."""
    if kind is Kind.LABEL:
        return column.cast(pa.string())
    if kind not in (Kind.COUNT, Kind.INTEGER, Kind.NUMBER):
        return None
    least_and_most = pc.min_max(column).as_py()
    least, most = least_and_most["min"], least_and_most["max"]
    if least is not None and (most > LARGEST or (kind is Kind.COUNT and least < 0)):
        return None
    return column.cast(ARROW_TYPES[kind])


class Columns:
    """The rows of one batch by column, losing rows to reasons as they are checked."""

    def __init__(self, lines: Sequence[int], columns: Mapping[str, Values]) -> None:
        self.lines = lines
        self.columns = columns
        self.reasons: dict[int, str] = {}

    def reject(self, row: int, reason: str) -> None:
        """Reject a row; its first reason stays."""
        self.reasons.setdefault(row, reason)

    def reject_where(self, mask: pa.Array, reason: str) -> None:
        """Reject all rows for which the mask is true."""
        for row in np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)):
            self.reject(int(row), reason)

    def checked(self, name: str, kind: Kind) -> pa.Array:
        """Return a column as its kind wants it; rows whose value does not fit are rejected."""
        values = self.columns.get(name)
        if values is None:
            return pa.nulls(len(self.lines))
        column = _as_arrow(kind, values)
        fitted = None if column is None else fitting(kind, column)
        return self._one_by_one(name, kind, values) if fitted is None else fitted

    def _one_by_one(self, name: str, kind: Kind, values: Values) -> pa.Array:
        convert, out = CONVERT[kind], listed(values)
        for row, value in enumerate(out):
            if value is None or (isinstance(value, float) and math.isnan(value)):
                out[row] = None
                continue
            try:
                out[row] = convert(value)
            except Unfit as unfit:
                out[row] = None
                self.reject(row, f"{name} is {told(value)}; {unfit}")
        return pa.array(out, ARROW_TYPES[kind])


def listed(values: Values) -> list[Any]:
    """Return a column's values as a list of its own."""
    return list(values.to_pylist() if isinstance(values, pa.Array) else values)


def _as_arrow(kind: Kind, values: Values) -> pa.Array | None:
    """Return values as an Arrow column, where all are of types that it can take over unchanged."""
    if isinstance(values, pa.Array):
        return values
    if kind not in PLAIN or not set(map(type, values)) <= PLAIN[kind]:
        return None
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, OverflowError):
        return None


def batch_of(lines: Sequence[int], columns: Mapping[str, Values], form: Form, given: Given) -> Batch:
    """Check rows column by column and return those that fit, with a reason for each of the others.

    lines: the line of each row; columns: a list or an Arrow array of values for each column, null where a row says
    nothing.
    """
    if "problem_id" in columns:
        columns = {**columns, "problem_id": _ids(columns["problem_id"])}
    rows = Columns(lines, columns)
    checked = {f.name: _given_or_checked(rows, f, given) for f in columns_of(form)}
    problem = checked["problem_id"].cast(pa.string())
    rows.reject_where(pc.equal(pc.fill_null(problem, ""), ""), "problem_id is missing")
    if form is Form.SAMPLES:
        checked["verdict"] = _settled_verdict(rows, checked)
    elif form is Form.COUNTS:
        _check_counts(rows, checked)
    table = pa.table({"line": _numbers(lines), **checked, **_others(rows, columns, form)})
    rejected = [Rejection(lines[row], reason) for row, reason in sorted(rows.reasons.items())]
    if rejected:
        kept = np.ones(len(lines), dtype=bool)
        kept[list(rows.reasons)] = False
        table = table.filter(pa.array(kept))
    return Batch(form, table, rejected, rows=len(lines))


def _numbers(lines: Sequence[int]) -> pa.Array:
    return pa.array(np.arange(lines.start, lines.stop) if isinstance(lines, range) else lines, pa.int64())


def _ids(values: Values) -> Values:
    """Return ids in which a whole number is one: pandas makes 5.0 of 5 as soon as one row of a file has none."""
    if isinstance(values, pa.Array) and pa.types.is_floating(values.type):
        values = values.to_pylist()
    if isinstance(values, pa.Array) or float not in set(map(type, values)):
        return values
    return [int(v) if isinstance(v, float) and v.is_integer() and abs(v) <= LARGEST else v for v in values]


def with_rejected(batch: Batch, rejected: Iterable[Rejection], bytes_done: int) -> Batch:
    """Return the batch with rows that could not even be read, which count as rows too."""
    more = list(rejected)
    together = sorted([*batch.rejected, *more], key=lambda r: r.line)
    return replace(batch, rejected=together, rows=batch.rows + len(more), bytes_done=bytes_done)


def _given_or_checked(rows: Columns, field: Field, given: Given) -> pa.Array:
    value = given.columns().get(field.name)
    if value is None:
        return rows.checked(field.name, field.kind)
    return pa.repeat(pa.scalar(value, ARROW_TYPES[field.kind]), len(rows.lines))


def _settled_verdict(rows: Columns, checked: Mapping[str, pa.Array]) -> pa.Array:
    """Fold `correct` into `verdict`; a row with neither verdict nor text says nothing."""
    correct, answer, verdict = rows.checked("correct", Kind.CORRECT), checked["answer"], checked["verdict"]
    if answer.null_count < len(answer):
        blank = pc.and_(pc.equal(correct, Verdict.INCORRECT.value), pc.equal(answer, ""))
        correct = pc.if_else(pc.fill_null(blank, False), Verdict.NO_ANSWER.value, correct)
    if correct.null_count < len(correct):
        verdict = correct if verdict.null_count == len(verdict) else pc.coalesce(verdict, correct)
    if verdict.null_count:
        # A row that names its verifier and no verdict says that it was not scored.
        wordless = pc.and_(pc.is_null(checked["completion"]), pc.is_null(checked["verifier"]))
        silent = pc.and_(pc.is_null(verdict), wordless)
        rows.reject_where(silent, "neither correct nor completion is given")
    return verdict


def _check_counts(rows: Columns, checked: Mapping[str, pa.Array]) -> None:
    for name in ("n", "c"):
        rows.reject_where(pc.is_null(checked[name]), f"{name} is missing")
    for row in np.flatnonzero(
        pc.fill_null(pc.greater(checked["c"], checked["n"]), False).to_numpy(zero_copy_only=False)
    ):
        rows.reject(int(row), f"c is {checked['c'][row]}, more than n, which is {checked['n'][row]}")


def _others(rows: Columns, columns: Mapping[str, Values], form: Form) -> dict[str, pa.Array]:
    """Check the columns that the store does not know by name: further verdicts and scores, and metadata."""
    arrays: dict[str, pa.Array] = {}
    unknown = [c for c in columns if c not in FIELDS or (c in ("n", "c") and form is not Form.COUNTS)]
    for name in list(unknown):
        if form is Form.SAMPLES and name.startswith(OTHER_VERDICT):
            arrays[name] = rows.checked(name, Kind.CORRECT)
        elif form is Form.SAMPLES and name.startswith(OTHER_LOGPROB):
            arrays[name] = rows.checked(name, Kind.NUMBER)
        else:
            continue
        unknown.remove(name)
    arrays["metadata"] = _metadata(unknown, columns, len(rows.lines))
    return arrays


def _metadata(names: list[str], columns: Mapping[str, Values], count: int) -> pa.Array:
    if not names:
        return pa.nulls(count)
    values = [listed(columns[name]) for name in names]
    texts = []
    for row in zip(*values, strict=True):
        said = {n: v for n, v in zip(names, row, strict=True) if v is not None}
        texts.append(json_text(said) if said else None)
    return pa.array(texts, pa.string())
