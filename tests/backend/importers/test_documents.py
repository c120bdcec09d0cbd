"""The stream of JSON finds exactly the values that the whole document holds, wherever its blocks end."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.importers.documents import CutShort, Scanner, parse
from backend.importers.look import look
from backend.importers.source import Source, Stream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


class Pieces(Stream):
    """A stream that gives a few bytes at a time."""

    def __init__(self, text: bytes, size: int) -> None:
        self._left, self._size = text, size

    def read(self, size: int) -> bytes:  # noqa: ARG002 - the size is this test's own
        piece, self._left = self._left[: self._size], self._left[self._size :]
        return piece


@given(values=st.lists(VALUES, max_size=6), size=st.integers(1, 40), indent=st.sampled_from([None, 1]))
def test_the_elements_of_an_array(values: list[Any], size: int, indent: int | None) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    scanner = Scanner(Pieces(text, size))
    assert [parse(scanner.value()) for _ in scanner.elements()] == values
    assert scanner.line == 1 + text.count(b"\n")


@given(members=st.dictionaries(st.text(max_size=8), VALUES, max_size=6), size=st.integers(1, 40))
def test_the_members_of_an_object(members: dict[str, Any], size: int) -> None:
    scanner = Scanner(Pieces(json.dumps(members).encode(), size))
    assert {key: parse(scanner.value()) for key in scanner.members()} == members


@given(values=st.lists(VALUES, min_size=1, max_size=6), size=st.integers(1, 40), data=st.data())
def test_of_a_cut_array_whole_elements_come_and_then_a_word(values: list[Any], size: int, data: st.DataObject) -> None:
    text = json.dumps(values).encode()
    scanner = Scanner(Pieces(text[: data.draw(st.integers(0, len(text) - 1))], size))
    found: list[Any] = []
    try:
        for _ in scanner.elements():
            found.append(scanner.value())
    except CutShort:
        pass
    whole = [json.dumps(v).encode() for v in values]
    assert found[:-1] == whole[: max(0, len(found) - 1)]


@given(value=VALUES, size=st.integers(1, 9), keep=st.integers(0, 30))
def test_a_value_that_is_passed_over_ends_where_it_ends(value: Any, size: int, keep: int) -> None:
    text = json.dumps([value, "next"]).encode()
    scanner = Scanner(Pieces(text, size))
    seen = [scanner.value(keep=keep) for _ in scanner.elements()]
    kept = json.dumps(value).encode()
    assert seen[0] == (kept if len(kept) <= keep else b"")
    assert len(seen) == 2


def test_nan_is_read_and_half_characters_are_replaced() -> None:
    said = parse(b'{"a": NaN, "b": "x\\ud800y"}')
    assert str(said["a"]) == "nan"
    assert said["b"] == "x?y"


def test_a_document_is_told_from_lines_and_from_one_line(tmp_path: Path) -> None:
    for text, form in {
        '{"a": 1}\n{"a": 2}\n': "lines",
        '{"a": 1}': "lines",
        '{\n "a": 1\n}': "object",
        '[{"a": 1}]': "array",
        'nonsense\n{"a": 1, "b": 2}\n': "lines",
        "a,b\n1,2\n": "other",
        "": "other",
    }.items():
        path = tmp_path / "file"
        path.write_text(text)
        assert look(Source(path, "file")).form == form, text
