"""Training logs: one row a step with reward, entropy, length; not samples, but what a training saw of itself."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa

from backend.importers.documents import Row
from backend.importers.format import Format
from backend.importers.look import look, rows_of
from backend.importers.parquet import columns_in_parquet, parquet_rows
from backend.importers.rows import Columns, Given, with_rejected
from backend.importers.sample_rows import columns_in_csv, rows_in_csv
from backend.importers.source import Source
from backend.importers.values import from_text
from backend.store.incoming import TRAINING_FIELDS, Batch, Form, Kind, Rejection

NAMES: Mapping[str, tuple[str, ...]] = {
    "step": ("step", "global_step", "training/global_step", "_step", "Step"),
    "reward": ("reward", "critic/rewards/mean", "critic/score/mean", "train/reward"),
    "entropy": ("entropy", "actor/entropy", "actor/entropy_loss", "train/entropy"),
    "length": ("length", "response_length/mean", "completions/mean_length", "train/completions/mean_length"),
}
"""Each field's name here, then what trainers call it (verl, TRL, and exports of experiment trackers)."""
LOG = ("run", "model")
"""Columns that name the log."""
PREFIXES = ("training-log-", "training_log_")
ROWS_AT_ONCE = 50_000


def _place(field: str, columns: Iterable[str]) -> str | None:
    """Return the column in which a field stands."""
    here = set(columns)
    return next((name for name in NAMES[field] if name in here), None)


def is_log(source: Source) -> bool:
    """Tell whether the rows of a file are steps: numbers only, but for the names of run and model."""
    if source.is_parquet:
        return _are_steps(columns_in_parquet(source)) and _is_numeric(next(parquet_rows(source), (0, {}))[1])
    seen = look(source)
    if seen.rows:
        return _are_steps(seen.first) and _is_numeric(seen.first)
    names = columns_in_csv(source) if seen.form == "other" else None
    if not names or not _are_steps(names):
        return False
    _, rows, _ = next(rows_in_csv(source, names), ([], [], []))
    return bool(rows) and _is_numeric(_numbered(names, rows[0]))


def _are_steps(columns: Iterable[str]) -> bool:
    names = set(columns)
    return bool(_place("step", names)) and any(_place(name, names) for name in ("reward", "entropy", "length"))


def _is_numeric(row: Mapping[str, Any]) -> bool:
    return all(value is None or isinstance(value, int | float) for name, value in row.items() if name not in LOG)


def _numbered(names: list[str], row: list[str]) -> dict[str, Any]:
    return {n: v if n in LOG else from_text(Kind.NUMBER, v) for n, v in zip(names, row, strict=True)}


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the steps of a log in batches; a row without any of the numbers that are kept is passed over."""
    for numbers, rows, rejected in _rows(source):
        yield with_rejected(_batch(source, given, numbers, rows), rejected, source.bytes_done)


def _rows(source: Source) -> Iterator[tuple[list[int], list[dict[str, Any]], list[Rejection]]]:
    if not source.is_parquet and look(source).form == "other":
        names = columns_in_csv(source) or []
        for numbers, texts, rejected in rows_in_csv(source, names):
            yield numbers, [_numbered(names, row) for row in texts], rejected
        return
    each: Iterator[tuple[int, Row]] = parquet_rows(source) if source.is_parquet else rows_of(source)
    while some := list(islice(each, ROWS_AT_ONCE)):
        good = [(line, row) for line, row in some if isinstance(row, dict)]
        bad = [Rejection(line, row) for line, row in some if isinstance(row, str)]
        yield [line for line, _ in good], [row for _, row in good], bad


def _batch(source: Source, given: Given, numbers: list[int], rows: list[dict[str, Any]]) -> Batch:
    """Check the rows column by column."""
    values = {field: [_first(row, field) for row in rows] for field in NAMES}
    columns = Columns(numbers, values)
    checked = {field.name: columns.checked(field.name, field.kind) for field in TRAINING_FIELDS}
    for at, step in enumerate(values["step"]):
        if step is None:
            columns.reject(at, "step is missing")
    logs = [given.run or given.model or _named(row) or _stem(source) for row in rows]
    kept = [
        at not in columns.reasons and any(values[name][at] is not None for name in ("reward", "entropy", "length"))
        for at in range(len(rows))
    ]
    table = pa.table({"line": pa.array(numbers, pa.int64()), "log": pa.array(logs, pa.string()), **checked})
    rejected = [Rejection(numbers[row], reason) for row, reason in sorted(columns.reasons.items())]
    return Batch(Form.TRAINING, table.filter(pa.array(kept, pa.bool_())), rejected, rows=len(rows))


def _first(row: Mapping[str, Any], field: str) -> Any:
    return next((row[name] for name in NAMES[field] if row.get(name) is not None), None)


def _named(row: Mapping[str, Any]) -> str | None:
    name = next((row[column] for column in LOG if row.get(column) is not None), None)
    return None if name is None else str(name)


def _stem(source: Source) -> str:
    return next((source.stem.removeprefix(p) for p in PREFIXES if source.stem.startswith(p)), source.stem)


FORMAT = Format(
    "training-log",
    "Training log, one row a step with reward, entropy or length",
    is_log,
    read,
    tuple(NAMES) + LOG,
)
