"""The rows of a file in any form that the mapper reads: JSON, JSON Lines, CSV and Parquet."""

from collections.abc import Iterator
from heapq import merge
from typing import Any

from backend.errors import BadInput
from backend.importers.documents import READ_BEFORE, CutShort, Row, Scanner, parse, parts, rows_of_lines, whole
from backend.importers.look import look
from backend.importers.parquet import parquet_rows
from backend.importers.sample_rows import columns_in_csv, rows_in_csv
from backend.importers.source import Source

EVERY_MEMBER = "*"
MEMBERS_OF_EVERY_MEMBER = "*.*"
BY_COLUMN = "@columns"
"""The members of the document are columns, as pandas writes a frame: each holds a value a row, under the row's name."""


class _Everything(frozenset[str]):
    """All names there could be."""

    def __contains__(self, name: object) -> bool:
        return True


def mapped_rows(source: Source, rows: str | None) -> Iterator[tuple[int, Row]]:
    """Yield (line, row) of a file in any form that is read here."""
    form = look(source).form
    if form == "parquet":
        yield from parquet_rows(source)
    elif rows == BY_COLUMN:
        yield from _transposed(source)
    elif rows:
        yield from _document_rows(source, rows)
    elif form == "lines":
        yield from rows_of_lines(source, once=True)
    elif form == "array":
        yield from _array_rows(source)
    elif form == "object":
        yield from whole(source)
    elif names := columns_in_csv(source):
        for numbers, texts, rejected in rows_in_csv(source, names):
            read = ({n: v or None for n, v in zip(names, values, strict=True) if n} for values in texts)
            rows_read: Iterator[tuple[int, Row]] = zip(numbers, read, strict=True)
            yield from merge(rows_read, ((r.line, r.reason) for r in rejected), key=lambda row: row[0])
    else:
        raise BadInput(f"{source.name} holds no rows.", "A mapping reads JSON, JSON Lines, CSV and Parquet.")


def _array_rows(source: Source) -> Iterator[tuple[int, Row]]:
    with source.open() as stream:
        scanner = Scanner(stream)
        try:
            for index in scanner.elements():
                scanner.peek()
                line = scanner.line if scanner.line > 1 else index + 1
                yield line, _element(scanner.value(), ())
        except CutShort as cut:
            yield scanner.line, f"{cut}; {READ_BEFORE}"


def _element(text: bytes, path: tuple[str | int, ...]) -> Row:
    try:
        return _row(parse(text, once=True), path)
    except ValueError as error:
        return str(error)


def _document_rows(source: Source, rows: str) -> Iterator[tuple[int, Row]]:
    opened = {EVERY_MEMBER: frozenset[str](), MEMBERS_OF_EVERY_MEMBER: _Everything()}.get(rows, frozenset({rows}))
    for line, path, text in parts(source, opened):
        if not path:
            yield line, text.decode()
        elif rows == EVERY_MEMBER or (len(path) > 1 and rows in (path[0], MEMBERS_OF_EVERY_MEMBER)):
            yield line, _element(text, path)


def _transposed(source: Source) -> Iterator[tuple[int, Row]]:
    for line, said in whole(source):
        if isinstance(said, str):
            yield line, said
            continue
        columns = {name: values for name, values in said.items() if isinstance(values, dict)}
        names = dict.fromkeys(key for values in columns.values() for key in values)
        for number, key in enumerate(names, start=1):
            yield number, {name: values.get(key) for name, values in columns.items()}


def _row(value: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a member as a row; an element of a list has a number, but no name."""
    said = dict(value) if isinstance(value, dict) else {"@value": value}
    if path and isinstance(path[-1], str):
        said["@key"] = path[-1]
    if len(path) > 1:
        said["@outer"] = path[0]
    return said


def first_rows(source: Source, rows: str | None, count: int) -> list[dict[str, Any]]:
    """Return the first rows that can be read."""
    found: list[dict[str, Any]] = []
    for _, row in mapped_rows(source, rows):
        if isinstance(row, dict):
            found.append(row)
        if len(found) == count:
            break
    return found
