"""The rows of a file in any form that the mapper reads: JSON, JSON Lines, CSV and Parquet."""

from collections.abc import Iterator
from typing import Any

from backend.errors import BadInput
from backend.importers.documents import Row, Scanner, parse, parts
from backend.importers.gathering import without_none
from backend.importers.look import look, rows_of
from backend.importers.sample_rows import columns_in_csv, parquet_rows, rows_in_csv
from backend.importers.source import Source

EVERY_MEMBER = "*"


def mapped_rows(source: Source, rows: str | None) -> Iterator[tuple[int, Row]]:
    """Yield (line, row) of a file in any form that is read here."""
    form = look(source).form
    if form == "parquet":
        yield from parquet_rows(source)
    elif rows:
        yield from _document_rows(source, rows)
    elif form == "lines":
        yield from rows_of(source)
    elif form == "array":
        yield from _array_rows(source)
    elif form == "object":
        yield from _one_row(source)
    elif names := columns_in_csv(source):
        for numbers, texts, rejected in rows_in_csv(source, names):
            yield from ((r.line, r.reason) for r in rejected)
            for number, values in zip(numbers, texts, strict=True):
                yield number, {n: v or None for n, v in zip(names, values, strict=True)}
    else:
        raise BadInput(f"{source.name} holds no rows.", "A mapping reads JSON, JSON Lines, CSV and Parquet.")


def _array_rows(source: Source) -> Iterator[tuple[int, Row]]:
    with source.open() as stream:
        scanner = Scanner(stream)
        try:
            for _ in scanner.elements():
                scanner.peek()
                line = scanner.line
                yield line, _row(parse(scanner.value()), None)
        except ValueError as error:
            yield scanner.line, f"{error}; what stands before it was read"


def _document_rows(source: Source, rows: str) -> Iterator[tuple[int, Row]]:
    opened = frozenset() if rows == EVERY_MEMBER else frozenset({rows})
    for line, path, text in parts(source, opened):
        if not path:
            yield line, text.decode()
        elif rows == EVERY_MEMBER or (path[0] == rows and len(path) > 1):
            try:
                yield line, _row(parse(text), path[-1])
            except ValueError as error:
                yield line, str(error)


def _one_row(source: Source) -> Iterator[tuple[int, Row]]:
    """Yield a document that is one row; it is held whole."""
    said: dict[str, Any] = {}
    for line, path, text in parts(source, frozenset()):
        if not path:
            yield line, text.decode()
            return
        try:
            said[path[0]] = parse(text)
        except ValueError as error:
            yield line, str(error)
            return
    yield 1, said


def _row(value: Any, key: str | None) -> dict[str, Any]:
    return {**(value if isinstance(value, dict) else {"@value": value}), **without_none(**{"@key": key})}


def first_rows(source: Source, rows: str | None, count: int) -> list[dict[str, Any]]:
    """Return the first rows that can be read."""
    found: list[dict[str, Any]] = []
    for _, row in mapped_rows(source, rows):
        if isinstance(row, dict):
            found.append(row)
        if len(found) == count:
            break
    return found
