"""What a file is at first sight: its outer form and its first row, looked at once for all formats."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from backend.importers.documents import CutShort, Row, Scanner, object_of, parse, parts, rows_of_array, rows_of_lines
from backend.importers.source import LONGEST_LINE_BYTES, MEGABYTE, Source

SHORT_BYTES = 4 * MEGABYTE
"""How far a document is looked at; only a first line that is longer is looked at to its end."""


class LongList(list[Any]):
    """Stands for a list that was too long to look at."""


class LongDict(dict[str, Any]):
    """Stands for an object that was too long to look at."""


@dataclass(frozen=True)
class Look:
    """The outer form of a file and what its first row says."""

    form: str
    """`lines` (JSON Lines), `array` (one JSON array), `object` (one JSON object), `parquet`, `zip` or `other`."""
    first: dict[str, Any] = field(default_factory=dict)
    """The first object: a line's, an element's, or the document itself, as far as it can be read."""
    alone: bool = False
    """Whether the file holds that one object and nothing else."""

    @property
    def rows(self) -> bool:
        """Whether the file is a sequence of JSON objects."""
        return self.form in ("lines", "array")

    @property
    def document(self) -> bool:
        """Whether the file may be one JSON object; one on a single line may be a file of one line, too."""
        return self.form in ("lines", "object")

    def has(self, *names: str) -> bool:
        """Tell whether the first object has all of these keys."""
        return all(name in self.first for name in names)

    def lists(self, *names: str) -> bool:
        """Tell whether these keys of the first object hold lists."""
        return all(isinstance(self.first.get(name), list) for name in names)


@lru_cache(maxsize=4)
def look(source: Source) -> Look:
    """Look at a file; a source is one object a file, so the answer is kept."""
    if source.is_parquet:
        return Look("parquet")
    with source.open() as stream:
        head = stream.read(4)
    if head == b"PK\x03\x04":
        return Look("zip")
    for most in (SHORT_BYTES, LONGEST_LINE_BYTES):
        with source.open() as stream:
            scanner = Scanner(stream, most=most)
            first = scanner.peek()
            if first == b"[":
                found, whole = _element(scanner)
                if whole or most == LONGEST_LINE_BYTES:
                    return Look("array", found)
            elif first != b"{":
                return _lines_after_all(source) or Look("other")
            elif seen := _object(scanner, source, last=most == LONGEST_LINE_BYTES):
                return seen
    return Look("other")


def _element(scanner: Scanner) -> tuple[dict[str, Any], bool]:
    """Return the first element, as far as it can be read, and whether that is to its end."""
    try:
        for _ in scanner.elements():
            return _members(scanner) if scanner.peek() == b"{" else ({}, True)
    except CutShort:
        return {}, False
    return {}, True


def _object(scanner: Scanner, source: Source, *, last: bool) -> Look | None:
    """Tell one object that fills the file from the first of many lines; None where more must be read to tell."""
    line = scanner.line
    first, whole = _members(scanner)
    if whole and scanner.line == line and first:
        return Look("lines", first, alone=scanner.peek() == b"")
    if not whole and scanner.line == line and not last:
        return None
    return _lines_after_all(source) or Look("object", first, alone=True)


def _members(scanner: Scanner) -> tuple[dict[str, Any], bool]:
    """Return the members of the object that begins here, as far as they can be read, and whether that is to its end."""
    found: dict[str, Any] = {}
    key, first = "", b""
    try:
        for key in scanner.members():
            first = scanner.peek()
            text = scanner.value(keep=MEGABYTE)
            found[key] = parse(text) if text else _unread(first)
    except ValueError:
        if key:
            found.setdefault(key, _unread(first))
        return found, False
    return found, True


def _unread(first: bytes) -> Any:
    """Return what stands for a value, known by its first byte, that was too long to look at, or was cut."""
    return LongList() if first == b"[" else LongDict() if first == b"{" else ""


def first_of(source: Source, member: str) -> Any:
    """Return the first nested entry of a list or object that is a member of the document; None where there is none."""
    for _, path, text in parts(source, frozenset({member})):
        if len(path) > 1 and text[:1] in b"{[":
            try:
                return parse(text)
            except ValueError:
                return None
    return None


def _lines_after_all(source: Source) -> Look | None:
    """Find a line that is an object where the very first is damaged; the lines of one document are indented."""
    with source.open() as stream:
        for _, lines in stream.line_blocks():
            for line in lines[:1000]:
                row = object_of(line) if line.startswith(b"{") else ""
                if isinstance(row, dict) and len(row) > 1:
                    return Look("lines", row)
            return None
    return None


def rows_of(source: Source) -> Iterator[tuple[int, Row]]:
    """Yield (line number, row) of a file that is a sequence of objects, as lines or as one array."""
    return rows_of_array(source) if look(source).form == "array" else rows_of_lines(source)
