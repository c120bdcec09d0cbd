"""JSON as a stream: lines, or the parts of one large document, of which no more than one part is held at a time."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from backend.importers.source import LONGEST_LINE_BYTES, MEGABYTE, Source, Stream

Row = dict[str, Any] | str
"""A row of a file, or the reason why it could not be read."""

READ_BEFORE = "what stands before it was read"
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|(\\?\Z))|[{}\[\]]', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"[^,\]}\s]*")
_OPENS, _CLOSES, _QUOTE = b"{[", b"}]", b'"'[0]
MARK = b"\xef\xbb\xbf"
LARGEST_EXACT = 2.0**63
"""Whole numbers beyond this come as floats, with their last digits lost, from the fast reader."""


class CutShort(ValueError):
    """The text ends, or goes wrong, in the middle of a value; the message says where."""


def parse(text: bytes, *, once: bool = False) -> Any:
    """Read one JSON value; NaN and Infinity, which Python writes, are taken. Raises ValueError.

    With `once`, also where an object gives a key more than once, of which the last one would win in silence.
    """
    if once:
        value = parse(text)
        if twice := _repeated_key(text, value):
            raise ValueError(f"the key {twice} is given more than once")
        return value
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            return _whole(json.loads(text.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            raise ValueError(f"not valid JSON: {error.msg} at column {error.colno}") from error
    return _exact(text) if _rounded(value) else value


def _repeated_key(text: bytes, value: Any) -> str | None:
    """Return a key that an object gives more than once, at any depth."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in items]
        twice.extend(name for name in names if names.count(name) > 1)

    said = sum(text.count(end) - text.count(b"\\" + end) for end in (b'":', b'" :'))
    try:
        if said > _members(value):
            json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return None
    return twice[0] if twice else None


def _members(value: Any) -> int:
    """Return how many members the objects in a value have together."""
    if isinstance(value, dict):
        return len(value) + sum(_members(v) for v in value.values() if isinstance(v, dict | list))
    return sum(_members(v) for v in value if isinstance(v, dict | list)) if isinstance(value, list) else 0


def _rounded(value: Any) -> bool:
    """Tell whether a number here, or in a list or object here, may be a whole one that was read as a float."""
    inner: Any = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    for entry in inner:
        if isinstance(entry, list):
            if float in set(map(type, entry)) and any(_too_large(v) for v in entry):
                return True
        elif _too_large(entry):
            return True
    return False


def _too_large(value: Any) -> bool:
    return isinstance(value, float) and abs(value) > LARGEST_EXACT


def _exact(text: bytes) -> Any:
    """Read a value with its whole numbers of any length: a reference answer of 30 digits keeps them all."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return orjson.loads(text)


def json_text(value: Any) -> str:
    """Write a value as JSON text, however long its whole numbers are, and however deep it is."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        try:
            return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            return '"nested too deeply to be kept"'


def _whole(value: Any) -> Any:
    """Replace half characters (lone surrogates), which no database stores."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(v) for v in value]
    if isinstance(value, dict):
        return {_whole(k): _whole(v) for k, v in value.items()}
    return value


class Scanner:
    """Finds in a stream of JSON text where values begin and end, without building them."""

    def __init__(self, stream: Stream, most: int | None = None) -> None:
        self.line = 1
        self._stream = stream
        self._text = b""
        self._at = 0
        self._read = 0
        self._most = most
        self._block = MEGABYTE
        self._more()
        self._text = self._text.removeprefix(MARK)

    def _more(self) -> bool:
        """Read on, in growing blocks, so that a long value is not scanned again and again."""
        if self._most is not None and self._read >= self._most:
            return False
        block = self._stream.read(self._block)
        self._text = self._text[self._at :] + block
        self._at = 0
        self._read += len(block)
        self._block = max(MEGABYTE, len(self._text))
        return bool(block)

    def peek(self) -> bytes:
        """Return the next byte that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            end = space.end() if space else self._at
            self.line += self._text.count(b"\n", self._at, end)
            self._at = end
            if end < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def skip(self, wanted: bytes) -> bool:
        """Pass over the next byte if it is one of these."""
        found = self.peek()
        if not found or found not in wanted:
            return False
        self._at += 1
        return True

    def value(self, keep: int | None = None) -> bytes:
        """Return the next value's text, or nothing of one longer than `keep`; raises CutShort where it has no end."""
        first = self.peek()
        if not first or first in b",:]}":
            raise CutShort(f"line {self.line}: a value is missing")
        length, dropped = self._nested(keep) if first in b'{["' else (self._scalar(), False)
        text = self._text[self._at : self._at + length]
        self._at += length
        self.line += text.count(b"\n")
        return b"" if dropped or (keep is not None and length > keep) else text

    def _scalar(self) -> int:
        while True:
            found = _SCALAR.match(self._text, self._at)
            end = found.end() if found else self._at
            if end < len(self._text) or not self._more():
                return end - self._at

    def _nested(self, keep: int | None) -> tuple[int, bool]:
        """Return the length of what is left of the value, and whether its beginning was let go to spare memory."""
        depth = scanned = 0
        dropped = False
        while True:
            base = self._at
            for token in _TOKEN.finditer(self._text, base + scanned):
                if token.group(1) is not None:
                    break
                byte = self._text[token.start()]
                if byte in _OPENS:
                    depth += 1
                elif byte != _QUOTE:
                    depth -= 1
                scanned = token.end() - base
                if depth <= 0:
                    return scanned, dropped
            if keep is not None and scanned > keep:
                self.line += self._text.count(b"\n", self._at, self._at + scanned)
                self._at, scanned, dropped = self._at + scanned, 0, True
            if not self._more():
                raise CutShort(f"line {self.line}: the file ends in the middle of a value")

    def members(self) -> Iterator[str]:
        """Walk the object that begins here: yield each key; the caller takes its value before the next."""
        self.skip(b"{")
        while not self.skip(b"}"):
            key = parse(self.value())
            if not isinstance(key, str) or not self.skip(b":"):
                raise CutShort(f"line {self.line}: a key is missing")
            yield key
            if not self.skip(b",") and self.peek() != b"}":
                raise CutShort(f"line {self.line}: {self._why()}")

    def elements(self) -> Iterator[int]:
        """Walk the array that begins here: yield each index; the caller takes its value before the next."""
        self.skip(b"[")
        index = 0
        while not self.skip(b"]"):
            yield index
            index += 1
            if not self.skip(b",") and self.peek() != b"]":
                raise CutShort(f"line {self.line}: {self._why()}")

    def _why(self) -> str:
        found = self.peek()
        return f"{found.decode(errors='replace')!r} stands where a comma is wanted" if found else "the file ends early"


def object_of(text: bytes, *, once: bool = False) -> Row:
    """Read one row; return the reason where it is none, or, with `once`, where it gives a key more than once."""
    try:
        row = parse(text, once=once)
    except ValueError as error:
        return str(error)
    return row if isinstance(row, dict) else f"a JSON {type(row).__name__} stands where an object is wanted"


def rows_of_lines(source: Source, *, once: bool = False) -> Iterator[tuple[int, Row]]:
    """Yield (line number, row) of a JSON Lines file; blank lines are passed over. `once` as in `parse`."""
    with source.open() as stream:
        for number, lines in stream.line_blocks():
            for at, line in enumerate(lines, start=number):
                if len(line) > LONGEST_LINE_BYTES:
                    yield at, f"the line is longer than {LONGEST_LINE_BYTES // MEGABYTE} MB"
                elif line and not line.isspace():
                    yield at, object_of(line, once=once)


def rows_of_array(source: Source) -> Iterator[tuple[int, Row]]:
    """Yield (line number, row) of a document that is one array of objects; on one line, their number from 1."""
    with source.open() as stream:
        scanner = Scanner(stream)
        try:
            for index in scanner.elements():
                scanner.peek()
                line = scanner.line if scanner.line > 1 else index + 1
                yield line, object_of(scanner.value())
        except CutShort as cut:
            yield scanner.line, f"{cut}; {READ_BEFORE}"


def whole(source: Source, wanted: frozenset[str] | None = None) -> Iterator[tuple[int, Row]]:
    """Yield the document as one row, held whole, or the reason why it could not be read; `wanted` names its members."""
    said: dict[str, Any] = {}
    for line, path, text in parts(source, frozenset()):
        if not path:
            yield line, text.decode().replace(READ_BEFORE, "nothing of it was read")
            return
        if wanted is None or path[0] in wanted:
            try:
                said[str(path[0])] = parse(text)
            except ValueError as error:
                yield line, f"{path[0]}: {error}"
                return
    yield 1, said


def parts(source: Source, opened: frozenset[str]) -> Iterator[tuple[int, tuple[str | int, ...], bytes]]:
    """Yield (line, path, text) of the members of a document that is one object.

    A member named in `opened` comes in parts: one for each element, known by its number, or member, known by its
    name; those on the first line are told by their number from 1. A document that is cut comes as far as it goes;
    then the path is empty and the text tells where.
    """
    with source.open() as stream:
        scanner = Scanner(stream)
        try:
            for key in scanner.members():
                first = scanner.peek()
                if key in opened and first in (b"{", b"["):
                    inner: Iterator[str | int] = scanner.elements()
                    if first == b"{":
                        inner = scanner.members()
                    for number, name in enumerate(inner, start=1):
                        scanner.peek()
                        yield scanner.line if scanner.line > 1 else number, (key, name), scanner.value()
                else:
                    yield scanner.line, (key,), scanner.value()
        except CutShort as cut:
            yield scanner.line, (), f"{cut}; {READ_BEFORE}".encode()
