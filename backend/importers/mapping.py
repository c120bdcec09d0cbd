"""The generic mapper: any file of rows, read by a mapping from our fields to places in a row.

A place is a path: `task_id`; `meta.model` (nested); `score[]`, `samples[].text` or `texts[][]` (an entry a sample);
`{model}.is_correct`, `{model}_correct` or `{model}` (each column that fits is a model); `answer{n}` (each numbered
column is a sample); `#` (the row's number, from 0); `hash(question)` (what stands there, as a short name); `=64` (this
very value); `@key` and `@value` (a member of a document that is one object), `@outer` (the member that holds it);
`-` (nowhere: a column that the file names as we do is not to be read).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.errors import BadInput
from backend.importers.documents import Row
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, without_none
from backend.importers.mapped_rows import first_rows, mapped_rows
from backend.importers.messages import said_by
from backend.importers.places import seed_of_content
from backend.importers.row_places import (
    CONSTANT,
    HASH,
    MODEL,
    NUMBER,
    NUMBERED,
    OF_SAMPLES,
    at,
    column_of,
    flat,
    is_conversation,
    models_in,
    numbers_in,
)
from backend.importers.rows import Given
from backend.importers.scores import is_missing, threshold_told, verdict_word
from backend.importers.source import Source
from backend.importers.values import number_in
from backend.store.incoming import FIELDS, OTHER_VERDICT, Batch, Form, Kind

NOWHERE = "-"
"""The place of a field that is not to be read, though the file has a column of its name."""
ROWS_LOOKED_AT = 50
MOST_FIT = 0.9
"""The share of a column's values that must fit a field; the few that do not are told when they are read."""
NUMBERS = (Kind.COUNT, Kind.INTEGER, Kind.NUMBER)
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
COUNTS = frozenset(("n", "c"))
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
    models: tuple[str, ...] = ()
    """The columns that are models, where a place is nothing but `{model}`; found in the file."""

    def __post_init__(self) -> None:
        """Refuse a field that does not exist."""
        if unknown := [f for f in self.fields if f not in FIELDS and not f.startswith(OTHER_VERDICT)]:
            raise BadInput(f"There is no field {unknown[0]}.", f"There are {', '.join(FIELDS)} and verdict:NAME.")

    @property
    def counts(self) -> bool:
        """Whether each row says how many samples were drawn and how many of them are correct."""
        return set(self.fields) >= COUNTS and not SAMPLES & set(self.fields)


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


def _converted(name: str, value: Any, threshold: float | None, note: Callable[[str | None], None]) -> Any:
    if name == "correct":
        note(threshold_told(value, threshold, name))
    if name == "correct" or name.startswith(OTHER_VERDICT):
        return verdict_word(value, threshold)
    if name in TEXTS and not isinstance(value, str):
        return said_by(value, "user" if name == "question" else "assistant") or label(value)
    return _number(name, value) if isinstance(value, str) else label(value)


def _number(name: str, value: str) -> Any:
    """Return a number that a file without types (CSV) wrote as text."""
    number = number_in(value) if FIELDS.get(name) and FIELDS[name].kind in NUMBERS else None
    return value if number is None else number


def add_row(gathered: Gathering, line: int, row: dict[str, Any], mapping: FieldMapping) -> None:
    """Add the samples of one row, or its counts. Raises Unfit where its lists do not lie side by side."""
    numbers = numbers_in(row, mapping.fields)
    for model in mapping.models or models_in(row, mapping.fields) or (None,):
        same: dict[str, Any] = {"model": model}
        lists: dict[str, list[Any]] = {}
        nested: dict[str, list[Any]] = {}
        for name, place in mapping.fields.items():
            place = place.replace(MODEL, model) if model is not None else place
            value = at(row, place, numbers)
            if not isinstance(value, list) or not _is_many(name, place, value):
                if value is not None:
                    same[name] = _converted(name, value, mapping.threshold, gathered.note)
            else:
                (nested if place.count("[]") > 1 else lists)[name] = value
        if model is not None and not {*same, *lists, *nested} & set(OF_SAMPLES):
            continue  # a gap in a model's column: it drew nothing on this problem
        columns = flat(lists, nested)
        lists = {
            name: [_converted(name, v, mapping.threshold, gathered.note) for v in values]
            for name, values in columns.items()
        }
        gathered.add(line, without_none(**same), lists or None)


def _is_many(name: str, place: str, value: list[Any]) -> bool:
    """Tell whether a list holds an entry a sample."""
    if "[]" in place or NUMBER in place or name.startswith(OTHER_VERDICT):
        return True
    return name in LISTED and not is_conversation(value)


# -- a file's rows ------------------------------------------------------------------------------------


def format_of(mapping: FieldMapping) -> Format:
    """Return the format that a mapping makes."""

    def read(source: Source, given: Given) -> Iterator[Batch]:
        whole = completed(source, mapping)
        unnumbered = not whole.counts and not {"sample_index", "seed"} & set(whole.fields)
        seed = seed_of_content(source) if unnumbered else None
        added = {} if seed is None else {"@seed": seed}

        def rows() -> Iterator[tuple[int, Row]]:
            # A row that cannot be read has its number too: those after it keep theirs.
            for number, (line, row) in enumerate(mapped_rows(source, mapping.rows)):
                if not isinstance(row, str):
                    row.update(added, **{NUMBERED: number})
                yield line, row

        def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
            add_row(gathered, line, row, whole)

        if seed is not None:
            whole = replace(whole, fields={**whole.fields, "seed": "@seed"})
        yield from batches(source, given, rows(), add, Form.COUNTS if whole.counts else Form.SAMPLES)

    return Format(mapping.name or "mapping", "by a mapping", lambda _: True, read, tuple(mapping.fields.values()))


def completed(source: Source, mapping: FieldMapping) -> FieldMapping:
    """Return the mapping with the columns that the file names as we do.

    Raises BadInput where the file has none of the places that are named, or where no problem or no sample is named.
    """
    rows = first_rows(source, mapping.rows, ROWS_LOOKED_AT)
    if not rows:
        hint = "Name the rows with --map rows=MEMBER."
        raise BadInput(f"{source.name} holds no rows that a mapping could read.", hint)
    row = rows[0]
    columns = ", ".join(sorted(row)[:20])
    left_out = {name for name, place in mapping.fields.items() if place == NOWHERE}
    mapping = replace(mapping, fields={f: p for f, p in mapping.fields.items() if f not in left_out})
    missing = _missing(rows, mapping)
    if missing:
        found = f"{source.name} has none of {', '.join(missing)}; its first row has {columns}."
        raise BadInput(found, "Name columns that the file has.")
    same = {name: place for name, place in _same_names(row, mapping).items() if name not in left_out}
    whole = replace(mapping, fields={**same, **mapping.fields})
    if "problem_id" not in whole.fields:
        raise BadInput(
            f"The mapping of {source.name} names no problem_id; its first row has {columns}.",
            "Name it, such as --map problem_id=task; --map problem_id=# numbers the rows.",
        )
    if not whole.counts and not SAMPLES & set(whole.fields):
        raise BadInput(
            f"The mapping of {source.name} names no sample; its first row has {columns}.",
            "Name correct or completion, such as --map correct=reward, or n and c where each row counts samples.",
        )
    return _with_models(source, rows, whole)


def _missing(rows: list[dict[str, Any]], mapping: FieldMapping) -> list[str]:
    """Return the places of problem and samples that no row has; whatever else a mapping names may well be absent."""
    places = [mapping.fields[f] for f in ("problem_id", "n", *OF_SAMPLES) if f in mapping.fields]
    named = [p for p in places if p != "#" and not HASH.match(p) and not p.startswith(CONSTANT)]
    plain = [p for p in named if MODEL not in p and NUMBER not in p]
    several = any(models_in(row, mapping.fields) or numbers_in(row, mapping.fields) for row in rows)
    unfound = [p for p in plain if not any(column_of(p, row) in row for row in rows)]
    return unfound + [p for p in named if p not in plain and not several]


def _same_names(row: Mapping[str, Any], mapping: FieldMapping) -> dict[str, str]:
    """Return the columns that a file names as we do and that the mapping does not take for another field."""
    taken = {column_of(place, row) for place in mapping.fields.values()}
    several = any(MODEL in place or NUMBER in place for place in mapping.fields.values())
    free = {name for name in row if name not in taken and name not in mapping.fields}
    samples = SAMPLES & (free | set(mapping.fields))
    counts = (free | set(mapping.fields)) >= COUNTS and (set(mapping.fields) >= COUNTS or not samples)
    names = [*SAME_NAME, *(sorted(COUNTS) if counts else ())]
    without = SAMPLES if counts or several else frozenset()
    return {name: name for name in names if name in free and name not in without}


def _with_models(source: Source, rows: list[dict[str, Any]], mapping: FieldMapping) -> FieldMapping:
    """Name the models of a file whose columns bear nothing but their names: those that hold verdicts, or counts."""
    bare = next((f for f in OF_SAMPLES if MODEL in mapping.fields.get(f, "")), None)
    if bare is None or mapping.fields[bare].removesuffix("[]") != MODEL:
        return mapping
    taken = {column_of(p, rows[0]) for p in mapping.fields.values()}
    names = [name for name in dict.fromkeys(n for row in rows for n in row) if name not in taken]
    models = [n for n in names if holds(bare, [row.get(n) for row in rows], mapping.threshold)]
    if not models:
        raise BadInput(
            f"{source.name} has no column that holds a model's {bare}; its first row has {', '.join(names[:20])}.",
            "Name a column, such as --map correct=reward.",
        )
    return replace(mapping, models=tuple(models))


def holds(field_name: str, values: list[Any], threshold: float | None = None) -> bool:
    """Tell whether a column's values are this field of a model's samples; a few that are not will be told by line."""
    flat = [e for v in values for e in (v if isinstance(v, list) else [v]) if not is_missing(e)]
    fitting = sum(_is_one(field_name, v, threshold) for v in flat)
    return bool(flat) and fitting >= MOST_FIT * len(flat)


def _is_one(field_name: str, value: Any, threshold: float | None) -> bool:
    if field_name == "completion":
        return isinstance(value, str)
    if field_name == "c":
        number = number_in(value) if isinstance(value, str) else value
        return isinstance(number, int | float) and number >= 0 and float(number).is_integer()
    said = verdict_word(value, threshold)
    return isinstance(said, bool) or (isinstance(said, int | float) and said in (0, 1))
