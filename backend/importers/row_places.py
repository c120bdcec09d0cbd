"""Places: how a mapping says where in a row something stands, and what stands there."""

import re
from collections.abc import Mapping
from typing import Any

from backend.importers.gathering import id_of
from backend.importers.values import Unfit, told

MODEL, NUMBER = "{model}", "{n}"
HASH = re.compile(r"^hash\((.+)\)$")
CONSTANT = "="
"""What follows it is the value itself, the same for all rows."""
NUMBERED = "@number"
"""Where a row keeps its number."""
OF_SAMPLES = ("correct", "verdict", "completion", "c")


def value_at(row: Any, place: str) -> Any:
    """Return what stands at a place without `[]`; None where nothing does."""
    if isinstance(row, dict):
        if place in row:
            return row[place]
        if not place:
            return row
        # A name may hold dots of its own (Qwen2.5-7B.correct): the longest that the row has is meant.
        cuts = [at for at, sign in enumerate(place) if sign == "." and place[:at] in row]
        return value_at(row[place[: cuts[-1]]], place[cuts[-1] + 1 :]) if cuts else None
    if not place:
        return row
    head, _, rest = place.partition(".")
    found = isinstance(row, list) and head.isdigit() and int(head) < len(row)
    return value_at(row[int(head)], rest) if found else None


def values_at(row: Any, place: str) -> Any:
    """Return what stands at a place; with `[]`, a list with one value an entry, nested as often as `[]` stands."""
    before, mark, after = place.partition("[]")
    value = value_at(row, before)
    if not mark or value is None:
        return value
    if not isinstance(value, list):
        raise Unfit(f"{before or 'an entry'} is {told(value)}; it must be a list, one entry a sample")
    after = after.removeprefix(".")
    return [values_at(entry, after) for entry in value] if after else value


def at(row: Mapping[str, Any], place: str, numbers: list[str]) -> Any:
    """Return what stands at a place of any kind; `numbers` are those of the row's numbered columns."""
    if place == "#":
        return str(row[NUMBERED])
    if place.startswith(CONSTANT):
        return place.removeprefix(CONSTANT)
    if hashed := HASH.match(place):
        value = values_at(row, hashed[1])
        return None if value is None else id_of(_asked(value))
    if NUMBER in place:
        return [value_at(row, place.replace(NUMBER, n)) for n in numbers]
    return values_at(row, place)


def _asked(value: Any) -> Any:
    """Return what a conversation asks: without the replies, which differ from sample to sample."""
    return [m for m in value if m["role"] != "assistant"] if is_conversation(value) else value


def is_conversation(value: Any) -> bool:
    """Tell a conversation, which is one completion, from a list of completions."""
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and "role" in m for m in value)


def models_in(row: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    """Return the models whose columns a row has, where a place names them by `{model}`."""
    place = next((fields[f] for f in OF_SAMPLES if MODEL in fields.get(f, "")), None)
    if place is None:
        return []
    left, _, right = place.replace("[]", "").partition(MODEL)
    path, dot, stem = left.rpartition(".")
    holder = value_at(row, path) if dot else row
    end, _, inner = right.partition(".")
    if not isinstance(holder, dict):
        return []
    pattern = re.compile(re.escape(stem) + "(.+)" + re.escape(end) + "$")
    found = ((m[1], value) for name, value in holder.items() if (m := pattern.match(name)))
    return [model for model, value in found if not inner or value_at(value, inner) is not None]


def numbers_in(row: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    """Return the numbers of the columns that are a row's samples, where a place names them by `{n}`."""
    place = next((fields[f] for f in OF_SAMPLES if NUMBER in fields.get(f, "")), None)
    if place is None:
        return []
    pattern = re.compile(re.escape(place.split(".")[0]).replace(re.escape(NUMBER), r"(\d+)") + "$")
    found = {m[1] for name in row if (m := pattern.match(name)) and row[name] is not None}
    return sorted(found, key=int)


def column_of(place: str, row: Mapping[str, Any]) -> str:
    """Return the column of a row that a place begins at."""
    path = place.split("[]")[0]
    parts = path.split(".")
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((name for name in names if name in row), parts[0])


def flat(lists: dict[str, list[Any]], nested: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return lists with an entry a sample; one beside nested lists says what holds for each of their inner lists."""
    inner = {name: [v if isinstance(v, list) else [] for v in values] for name, values in nested.items()}
    sizes = {name: [len(v) for v in values] for name, values in inner.items()}
    outer = next(iter(sizes.values()), None)
    if outer is not None:
        _alike({name: len(values) for name, values in (lists | inner).items()})
        for number, several in enumerate(zip(*sizes.values(), strict=True)):
            _alike({f"{name}[{number}]": size for name, size in zip(sizes, several, strict=True)})
        lists = {
            name: [v for v, size in zip(values, outer, strict=True) for _ in range(size)]
            for name, values in lists.items()
        }
    found = lists | {name: [v for values in several for v in values] for name, several in inner.items()}
    _alike({name: len(values) for name, values in found.items()})
    return found


def _alike(lengths: Mapping[str, int]) -> None:
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in lengths.items())
        raise Unfit(f"the lists differ in length: {said}; they must have one entry a sample")
