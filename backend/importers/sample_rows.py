"""The project's own format: one row a sample, a count or a problem, as JSON Lines, CSV or Parquet.

docs/format.md describes it column by column.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from backend.errors import BadInput
from backend.importers.parquet import columns_in_parquet, decoded, record_batches
from backend.importers.rows import Given, batch_of, with_rejected
from backend.importers.source import LONGEST_LINE_BYTES, Source, lines_in
from backend.importers.values import from_text
from backend.store.incoming import FIELDS, OTHER_LOGPROB, OTHER_VERDICT, Batch, Form, Kind, Rejection

ROWS_A_BATCH = 50_000
BYTES_A_BATCH = 16 * 1024 * 1024
ONCE_ONLY = (b'"problem_id"', b'"correct"', b'"verdict"', b'"sample_index"')
ACCEPTED = (
    "rows with problem_id and correct or completion (samples), with problem_id, n and c (counts), "
    "or with problem_id and question or reference_answer (problems)"
)


def form_of(names: set[str]) -> Form | None:
    """Tell by its columns what a row is; None where it is nothing of ours."""
    if "problem_id" not in names:
        return None
    if names & {"correct", "verdict", "completion"}:
        return Form.SAMPLES
    if {"n", "c"} <= names:
        return Form.COUNTS
    return Form.PROBLEMS if names & {"question", "reference_answer"} else None


# -- JSON Lines ---------------------------------------------------------------------------------------


def columns_in_json_lines(source: Source) -> set[str] | None:
    """Return the columns of the first line that is a JSON object; None where no early line is one."""
    with source.open() as stream:
        for _, lines in stream.line_blocks():
            for line in lines[:1000]:
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(row, dict):
                    return set(row)
            return None
    return None


def read_json_lines(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the rows of a JSON Lines file in batches."""
    form = form_of(columns_in_json_lines(source) or set()) or Form.SAMPLES
    with source.open() as stream:
        for number, block in stream.blocks():
            lines = range(number, number + lines_in(block))
            columns = typed_columns(block, len(lines))
            if columns is not None:
                yield with_rejected(batch_of(lines, columns, form, given), (), source.bytes_done)
                continue
            numbers, rows, rejected = _objects(number, block.split(b"\n"))
            names = sorted(set().union(*rows))
            one_by_one = {name: [row.get(name) for row in rows] for name in names}
            yield with_rejected(batch_of(numbers, one_by_one, form, given), rejected, source.bytes_done)


def typed_columns(block: bytes, count: int) -> dict[str, pa.Array] | None:
    """Parse well-formed lines, each of the same plain types, all at once; None where lines must be read one by one.

    That is so for anything doubtful: a line that is no JSON, blank lines, repeated keys, numbers that are none, texts
    that look like dates (which would lose their spelling), nested values (which would gain nulls).
    """
    # As one piece, in this thread: in several at once it takes more of the processors, which the store needs meanwhile.
    options = pa_json.ReadOptions(block_size=len(block) + 1, use_threads=False)
    try:
        table = pa_json.read_json(pa.BufferReader(block), read_options=options)
        table.validate(full=True)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    if table.num_rows != count or not all(_is_plain(f, table.column(f.name)) for f in table.schema):
        return None
    return {name: table.column(name).combine_chunks() for name in table.column_names}


def _is_plain(column: pa.Field, values: pa.ChunkedArray) -> bool:
    """Tell whether a column keeps its values' spelling: `5` beside `2.5` must not become 5.0 where text is wanted."""
    test, kept = pa.types, column.type
    if test.is_floating(kept):
        whole = column.name not in FIELDS or FIELDS[column.name].kind is not Kind.LABEL
        return whole and pc.all(pc.is_finite(values)).as_py() is not False
    return bool(test.is_string(kept) or test.is_integer(kept) or test.is_boolean(kept) or test.is_null(kept))


def _objects(number: int, lines: list[bytes]) -> tuple[list[int], list[dict[str, Any]], list[Rejection]]:
    """Parse lines of JSON; return line numbers and objects, and the lines that hold no object."""
    suspects = [key for key in ONCE_ONLY if sum(line.count(key) for line in lines) > len(lines)]
    numbers: list[int] = []
    rows: list[dict[str, Any]] = []
    rejected: list[Rejection] = []
    for at, line in enumerate(lines, start=number):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if line.strip():
                rejected.append(Rejection(at, _why_no_json(line, error)))
            continue
        if not isinstance(row, dict):
            rejected.append(Rejection(at, f"a JSON {type(row).__name__} stands where an object is wanted"))
        elif suspects and (twice := _repeated_key(line, suspects)):
            rejected.append(Rejection(at, f"the key {twice} is given more than once"))
        else:
            numbers.append(at)
            rows.append(row)
    return numbers, rows, rejected


def _why_no_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    if len(line) > LONGEST_LINE_BYTES:
        return f"the line is longer than {LONGEST_LINE_BYTES // 1024**2} MB"
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return f"not valid JSON: {error.msg} at column {error.colno}"
    return "not valid JSON: NaN, Infinity and half characters are not JSON; write null instead"


def _repeated_key(line: bytes, suspects: list[bytes]) -> str | None:
    if all(line.count(key) < 2 for key in suspects):
        return None
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> list[str]:
        names = [name for name, _ in items]
        twice[:] = [n for n in FIELDS if names.count(n) > 1]  # the outermost object comes last
        return names

    json.loads(line, object_pairs_hook=pairs)
    return twice[0] if twice else None


# -- CSV ----------------------------------------------------------------------------------------------


def columns_in_csv(source: Source) -> list[str] | None:
    """Return the columns that the first line names, empty for one without a name; None where it is no such line."""
    first = source.head().removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    if b"\0" in first or len(first) > 100_000:
        return None
    try:
        text = first.decode()
    except UnicodeDecodeError:
        return None
    names = [name.strip() for name in next(csv.reader([text], delimiter=_delimiter(text)), [])]
    return names if len(names) > 1 and any(names) else None


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def read_csv(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the rows of a CSV file (comma, semicolon or tab; UTF-8; quotes as in RFC 4180) in batches."""
    names = columns_in_csv(source) or []
    repeated = {n for n in names if n and names.count(n) > 1}
    if repeated:
        raise BadInput(f"{source.name} has two columns named {min(repeated)}.", "Rename or remove one of them.")
    form = form_of(set(names)) or Form.SAMPLES
    for numbers, rows, rejected in rows_in_csv(source, names):
        columns = {
            name: _from_texts(name, values)
            for name, values in zip(names, zip(*rows, strict=True), strict=False)
            if name  # a column without one is the row's number, as pandas writes it
        } or {name: [] for name in names if name}
        yield with_rejected(batch_of(numbers, columns, form, given), rejected, source.bytes_done)


def rows_in_csv(source: Source, names: list[str]) -> Iterator["CsvBatch"]:
    """Yield line numbers, rows of texts, and the lines that are no rows, some thousands at a time."""
    csv.field_size_limit(LONGEST_LINE_BYTES)
    with source.open() as stream:
        text = io.TextIOWrapper(
            io.BufferedReader(_Buffered(stream)), encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        delimiter = _delimiter(text.readline())
        yield from _csv_batches(csv.reader(text, delimiter=delimiter, strict=True), names)


def _from_texts(name: str, values: tuple[str, ...]) -> list[Any]:
    kind = FIELDS[name].kind if name in FIELDS else Kind.TEXT
    if name.startswith(OTHER_VERDICT):
        kind = Kind.CORRECT
    elif name.startswith(OTHER_LOGPROB):
        kind = Kind.NUMBER
    return [from_text(kind, value) for value in values]


CsvBatch = tuple[list[int], list[list[str]], list[Rejection]]


def _csv_batches(reader: Any, names: list[str]) -> Iterator[CsvBatch]:
    numbers: list[int] = []
    rows: list[list[str]] = []
    rejected: list[Rejection] = []
    weight, more = 0, True
    while more:
        line = reader.line_num + 2
        try:
            row = next(reader, None)
        except csv.Error as error:
            rejected.append(Rejection(line, f"not valid CSV: {error}"))
            continue
        more = row is not None
        if row and (reason := _why_no_row(row, names)):
            rejected.append(Rejection(line, reason))
        elif row:
            numbers.append(line)
            rows.append(row)
            weight += sum(map(len, row))
        if not more or len(rows) >= ROWS_A_BATCH or weight > BYTES_A_BATCH:
            yield numbers, rows, rejected
            numbers, rows, rejected, weight = [], [], [], 0


def _why_no_row(row: list[str], names: list[str]) -> str | None:
    if len(row) != len(names):
        return f"{len(row)} fields stand where the first line names {len(names)}"
    if any("\udc80" <= max(value, default="") <= "\udcff" for value in row):
        return "not valid UTF-8"
    return None


class _Buffered(io.RawIOBase):
    """A stream as the text reader wants it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


# -- Parquet ------------------------------------------------------------------------------------------


def read_parquet(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the rows of a Parquet file in batches; its rows are counted from 1."""
    form = form_of(columns_in_parquet(source)) or Form.SAMPLES
    for number, rows in record_batches(source, ROWS_A_BATCH):
        lines = range(number, number + rows.num_rows)
        columns = {name: decoded(rows.column(name)) for name in rows.schema.names}
        yield with_rejected(batch_of(lines, columns, form, given), (), source.bytes_done)
