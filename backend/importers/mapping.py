"""The generic mapper: any file of rows, read by a mapping from our fields to places in a row.

A place is a path: `task_id`; `meta.model` (nested); `score[]` or `samples[].text` (each entry is a sample);
`{model}.is_correct` or `{model}_correct` (each column that fits is a model); `answer{n}` (each numbered column is a
sample); `#` (the row's number, from 0); `hash(question)` (what stands there, as a short name); `@key` and `@value` (a
member of a document that is one object); `-` (nowhere: a column that the file names as we do is not to be read).
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.errors import BadInput
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, id_of, label, without_none
from backend.importers.mapped_rows import first_rows, mapped_rows
from backend.importers.messages import said_by
from backend.importers.places import seed_of_content
from backend.importers.rows import Given, Unfit, told
from backend.importers.source import Source
from backend.store.incoming import FIELDS, OTHER_VERDICT, Batch

MODEL, NUMBER = "{model}", "{n}"
NOWHERE = "-"
"""The place of a field that is not to be read, though the file has a column of its name."""
HASH = re.compile(r"^hash\((.+)\)$")
TRUE_WORDS = frozenset(["true", "yes", "y", "pass", "passed", "correct", "right", "c", "1", "1.0"])
FALSE_WORDS = frozenset(["false", "no", "n", "fail", "failed", "incorrect", "wrong", "i", "0", "0.0"])
LISTED = frozenset(
    (
        "completion",
        "correct",
        "verdict",
        "answer",
        "finish_reason",
        "token_count",
        "sample_index",
        "seed",
        "sum_logprob",
    )
)
"""Fields of a sample: where such a field holds a list, its entries are samples, also without `[]`."""
SAMPLES = frozenset(("correct", "verdict", "completion"))
SAME_NAME = (
    *(
        "problem_id",
        "question",
        "reference_answer",
        "level",
        "topic",
        "benchmark",
        "model",
        "sample_index",
        "completion",
    ),
    *("correct", "finish_reason", "token_count", "temperature", "top_p", "max_tokens", "seed", "checkpoint_step"),
)
"""Columns that are taken under their own name, unless the mapping says otherwise; `answer` is not: elsewhere it is
mostly the reference answer."""
TEXTS = frozenset(("completion", "question"))


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """Where in a file our fields stand."""

    fields: Mapping[str, str]
    """Our field to a place in a row."""
    rows: str | None = None
    """The member of a document that holds the rows; `*`: every member is a row."""
    threshold: float | None = None
    """The number from which a score is correct, where scores are not only 0 and 1."""
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Refuse a field that does not exist."""
        unknown = [f for f in self.fields if f not in FIELDS and not f.startswith(OTHER_VERDICT)]
        if unknown:
            raise BadInput(f"There is no field {unknown[0]}.", f"There are {', '.join(FIELDS)} and verdict:NAME.")


def from_pairs(pairs: Iterable[str], known: FieldMapping | None = None) -> FieldMapping:
    """Return the mapping that `--map field=place …` says, on top of a known one.

    `rows=` and `threshold=` are no fields but say how to read.
    """
    said: dict[str, Any] = in_plain(known) if known else {}
    for pair in pairs:
        name, mark, place = pair.partition("=")
        if not mark or not name.strip() or not place.strip():
            raise BadInput(f"--map {pair} is no mapping.", "Write field=column, such as --map correct=reward.")
        said[name.strip()] = place.strip()
    return from_plain(said, known.name if known else "")


def from_plain(said: Mapping[str, Any], name: str = "") -> FieldMapping:
    """Return the mapping that a JSON object of texts says."""
    fields = {str(k): str(v) for k, v in said.items() if k not in ("rows", "threshold")}
    threshold = said.get("threshold")
    try:
        number = float(threshold) if threshold is not None else None
    except (TypeError, ValueError) as error:
        raise BadInput(f"threshold is {threshold}.", "It must be a number, such as threshold=0.5.") from error
    return FieldMapping(fields=fields, rows=said.get("rows"), threshold=number, name=name)


def in_plain(mapping: FieldMapping) -> dict[str, Any]:
    """Return a mapping as the JSON object that `from_plain` reads."""
    return without_none(**mapping.fields, rows=mapping.rows, threshold=mapping.threshold)


# -- a row's samples ----------------------------------------------------------------------------------


def value_at(row: Any, place: str) -> Any:
    """Return what stands at a place without `[]`; None where nothing does."""
    if isinstance(row, dict) and place in row:
        return row[place]
    for part in place.split("."):
        if isinstance(row, dict):
            row = row.get(part)
        elif isinstance(row, list) and part.isdigit() and int(part) < len(row):
            row = row[int(part)]
        else:
            return None
    return row


def values_at(row: Any, place: str) -> Any:
    """Return what stands at a place; with `[]`, a list with one value an entry."""
    before, mark, after = place.partition("[]")
    value = value_at(row, before) if before else row
    if not mark:
        return value
    if value is None:
        return None
    if not isinstance(value, list):
        raise Unfit(f"{before} is {told(value)}; it must be a list, one entry a sample")
    after = after.removeprefix(".")
    return [value_at(entry, after) for entry in value] if after else value


def models_in(row: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    """Return the models whose columns a row has, where a place names them by `{model}`."""
    place = next((fields[f] for f in ("correct", "verdict", "completion") if MODEL in fields.get(f, "")), None)
    if place is None:
        return []
    column, _, inner = place.replace("[]", "").partition(".")
    pattern = re.compile(re.escape(column).replace(re.escape(MODEL), "(.+)") + "$")
    found = ((m[1], value) for name, value in row.items() if (m := pattern.match(name)))
    return [
        model for model, value in found if not inner or (isinstance(value, dict) and value_at(value, inner) is not None)
    ]


def numbers_in(row: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    """Return the numbers of the columns that are a row's samples, where a place names them by `{n}`."""
    place = next((fields[f] for f in ("correct", "verdict", "completion") if NUMBER in fields.get(f, "")), None)
    if place is None:
        return []
    pattern = re.compile(re.escape(place.split(".")[0]).replace(re.escape(NUMBER), r"(\d+)") + "$")
    found = {m[1] for name in row if (m := pattern.match(name)) and row[name] is not None}
    return sorted(found, key=int)


def _at(row: Mapping[str, Any], place: str, number: int, numbers: list[str]) -> Any:
    """Return what stands at a place of any kind."""
    if place == "#":
        return str(number)
    if hashed := HASH.match(place):
        value = values_at(row, hashed[1])
        return None if value is None else id_of(value)
    if NUMBER in place:
        return [value_at(row, place.replace(NUMBER, n)) for n in numbers]
    return values_at(row, place)


def verdict_word(value: Any, threshold: float | None) -> Any:
    """Return the truth value that a word or a score stands for; what is neither is passed on, to be rejected."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        try:
            value = float(word)
        except ValueError:
            return value if word else None
    if threshold is None or isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return value
    return value >= threshold


def _converted(name: str, value: Any, threshold: float | None) -> Any:
    if name == "correct" or name.startswith(OTHER_VERDICT):
        return verdict_word(value, threshold)
    if name in TEXTS and not isinstance(value, str):
        return said_by(value, "user" if name == "question" else "assistant") or label(value)
    return _number(name, value) if isinstance(value, str) else label(value)


def _number(name: str, value: str) -> Any:
    """Return a number that a file without types (CSV) wrote as text."""
    if name not in ("token_count", "sample_index", "seed", "temperature", "top_p", "max_tokens", "checkpoint_step"):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def add_row(gathered: Gathering, line: int, row: dict[str, Any], mapping: FieldMapping, number: int) -> None:
    """Add the samples of one row. Raises Unfit where its lists do not lie side by side."""
    numbers = numbers_in(row, mapping.fields)
    for model in models_in(row, mapping.fields) or (None,):
        same: dict[str, Any] = {"model": model}
        lists: dict[str, list[Any]] = {}
        for name, place in mapping.fields.items():
            place = place.replace(MODEL, model) if model is not None else place
            value = _at(row, place, number, numbers)
            listed = "[]" in place or NUMBER in place
            many = isinstance(value, list) and (listed or (name in LISTED and not _messages(value)))
            if many or (isinstance(value, list) and name.startswith(OTHER_VERDICT)):
                lists[name] = [_converted(name, v, mapping.threshold) for v in value]
            elif value is not None:
                same[name] = _converted(name, value, mapping.threshold)
        lengths = {name: len(values) for name, values in lists.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} has {count}" for name, count in lengths.items())
            raise Unfit(f"the lists differ in length: {said}; they must have one entry a sample")
        gathered.add(line, without_none(**same), lists or None)


def _messages(value: list[Any]) -> bool:
    """Tell a conversation, which is one completion, from a list of completions."""
    return bool(value) and all(isinstance(m, dict) and "role" in m for m in value)


def format_of(mapping: FieldMapping) -> Format:
    """Return the format that a mapping makes."""

    def read(source: Source, given: Given) -> Iterator[Batch]:
        number = -1
        whole = completed(source, mapping)
        seed = None if {"sample_index", "seed"} & set(whole.fields) else seed_of_content(source)
        fields = whole if seed is None else replace(whole, fields={**whole.fields, "seed": "@seed"})

        def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
            nonlocal number
            number += 1
            add_row(gathered, line, row if seed is None else {**row, "@seed": seed}, fields, number)

        yield from batches(source, given, mapped_rows(source, mapping.rows), add)

    return Format(mapping.name or "mapping", "by a mapping", lambda _: True, read, tuple(mapping.fields.values()))


def completed(source: Source, mapping: FieldMapping) -> FieldMapping:
    """Return the mapping with the columns that the file names as we do.

    Raises BadInput where the file has none of the places that are named, or where no problem or no sample is named.
    """
    row = next(iter(first_rows(source, mapping.rows, 1)), None)
    if row is None:
        raise BadInput(
            f"{source.name} holds no rows that a mapping could read.", "Name the rows with --map rows=MEMBER."
        )
    columns = ", ".join(sorted(row)[:20])
    left_out = {name for name, place in mapping.fields.items() if place == NOWHERE}
    mapping = replace(mapping, fields={f: p for f, p in mapping.fields.items() if f not in left_out})
    places = [p for p in mapping.fields.values() if p != "#" and not HASH.match(p)]
    several = models_in(row, mapping.fields) or numbers_in(row, mapping.fields)
    if places and not several and not any(_has(row, p) for p in places):
        raise BadInput(
            f"{source.name} has none of {', '.join(places)}; its first row has {columns}.",
            "Name columns that the file has.",
        )
    taken = {place.split("[]")[0].split(".")[0] for place in mapping.fields.values()}
    said = {f: f for f in SAME_NAME if f in row and f not in taken | left_out}
    fields = {**{f: p for f, p in said.items() if f not in mapping.fields}, **mapping.fields}
    if "problem_id" not in fields:
        raise BadInput(
            f"The mapping of {source.name} names no problem_id; its first row has {columns}.",
            "Name it, such as --map problem_id=task; --map problem_id=# numbers the rows.",
        )
    if not SAMPLES & set(fields):
        raise BadInput(
            f"The mapping of {source.name} names no sample; its first row has {columns}.",
            "Name correct or completion, such as --map correct=reward.",
        )
    return replace(mapping, fields=fields)


def _has(row: dict[str, Any], place: str) -> bool:
    return place.split("[]")[0].split(".")[0] in row or place in row
