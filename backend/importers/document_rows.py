"""Where the rows of a JSON document stand that is neither lines nor an array."""

from typing import Any

from backend.importers.column_names import KNOWN, NAMES, NAMES_A_PROBLEM
from backend.importers.documents import parse, parts
from backend.importers.look import LongDict, LongList, look
from backend.importers.mapped_rows import BY_COLUMN, EVERY_MEMBER, MEMBERS_OF_EVERY_MEMBER
from backend.importers.scores import is_score
from backend.importers.source import Source

NUMBERS = frozenset(("uid", "idx", "id", "index"))
"""Columns that may number problems or samples: those of the outer object are the problem's."""


def rows_member(source: Source) -> str | None:
    """Return the member of a document that holds its rows; None where the document is one row."""
    seen = look(source)
    if not seen.alone:
        return None
    first = {name: _opened(source, name, value) for name, value in seen.first.items()}
    lists = [k for k, v in first.items() if isinstance(v, LongList) or _objects(v)]
    if len(lists) == 1 and _holds_problems(first, first[lists[0]][:1]):
        return lists[0]
    return _every_member(first)


def _every_member(first: dict[str, Any]) -> str | None:
    """Tell a document whose members are rows, or hold rows, from one that is a row itself."""
    values = list(first.values())
    if all(isinstance(v, dict) for v in values):
        if set(first) & KNOWN and values and all(list(v) == list(values[0]) for v in values) and not _named(values):
            return BY_COLUMN
        inner = [(name, v) for value in values for name, v in value.items()]
        nested = bool(inner) and not any(name in KNOWN for name, _ in inner)
        return MEMBERS_OF_EVERY_MEMBER if nested and all(_is_sample(v) for _, v in inner) else EVERY_MEMBER
    if all(_objects(v) for v in values):
        return MEMBERS_OF_EVERY_MEMBER if all(_names_problem(v) for v in values) else EVERY_MEMBER
    if KNOWN & set(first):
        return None
    return EVERY_MEMBER if all(isinstance(v, list) or is_score(v) for v in values) else None


def _named(values: list[dict[str, Any]]) -> bool:
    """Tell whether objects bear names that we know: then they are rows, and not columns."""
    return any(name in KNOWN for value in values for name in value)


def _is_sample(value: Any) -> bool:
    """Tell whether a value says how a model did on a problem: verdicts, or an object that has some."""
    if isinstance(value, dict):
        return any(name in value for name in (*NAMES["correct"], *NAMES["completion"], *NAMES["c"]))
    return is_score(value[0]) or _objects(value) if isinstance(value, list) and value else is_score(value)


def _opened(source: Source, name: str, value: Any) -> Any:
    """Return a member of the document; of one too long to look at, its first entry."""
    if not isinstance(value, LongList | LongDict):
        return value
    for _, path, text in parts(source, frozenset({name})):
        if len(path) > 1:
            try:
                entry = parse(text)
            except ValueError:
                return value
            return LongList([entry]) if isinstance(value, LongList) else LongDict({str(path[1]): entry})
    return value


def _holds_problems(first: dict[str, Any], entries: list[Any]) -> bool:
    """Tell whether a document's list has an entry a problem; where the document is one, its entries are samples."""
    if NAMES_A_PROBLEM & set(first) or not _names_problem(entries):
        return False
    return bool(NAMES_A_PROBLEM & set(entries[0])) or not NUMBERS & set(first)


def _names_problem(entries: list[Any]) -> bool:
    """Tell whether the entries of a list say which problem they belong to."""
    entry = entries[0] if entries else None
    return isinstance(entry, dict) and (
        bool(NAMES_A_PROBLEM & set(entry)) or any(name in entry for name in NAMES["problem_id"])
    )


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
