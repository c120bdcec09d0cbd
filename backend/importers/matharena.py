"""MathArena: one document a problem with lists of samples, and the rows of its published data sets."""

from collections.abc import Iterator
from typing import Any

from backend.importers.documents import whole
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, lists_of, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.messages import said_by
from backend.importers.parquet import columns_in_parquet, parquet_rows
from backend.importers.places import default_model, folders, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

DOCUMENT_KEYS = ("idx", "gold_answer", "answers", "correct", "messages")
WANTED = frozenset((*DOCUMENT_KEYS, "problem", "types", "manual_overwrite", "detailed_costs"))
ROW_KEYS = frozenset(("problem_idx", "model_name", "idx_answer", "correct"))
LONG_COLUMNS = ("history", "all_messages", "user_message")
"""Columns of the published rows that nothing is read of."""


def recognises_document(source: Source) -> bool:
    """Tell by the document's members."""
    seen = look(source)
    return seen.document and seen.has(*DOCUMENT_KEYS) and seen.lists("answers", "correct")


def read_document(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of one problem; the document is as large as its samples and is held whole."""

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        needed(row, "answers"), needed(row, "correct")
        lists = lists_of(row, ("answers", "correct", "messages", "detailed_costs"))
        columns: dict[str, list[Any]] = {
            "answer": [_answer(a) for a in lists["answers"]],
            # `correct` counts as it stands: `manual_overwrite` only tells that a person set it.
            "correct": [c if not isinstance(c, str) else None for c in lists["correct"]],
        }
        if "messages" in lists:
            columns["completion"] = [said_by(m, "assistant") for m in lists["messages"]]
        if "detailed_costs" in lists:
            columns["token_count"] = [
                c.get("output_tokens") if isinstance(c, dict) else None for c in lists["detailed_costs"]
            ]
        same = {"problem_id": _problem(source, row), "verifier": "matharena", "seed": seed_of_content(source)}
        types = row.get("types")
        topic = types[0] if isinstance(types, list) and types else None
        once = without_none(question=row.get("problem"), reference_answer=label(row.get("gold_answer")), topic=topic)
        gathered.add(line, {**same, **place_of(source)}, columns, once)

    yield from batches(source, given, whole(source, WANTED), add)


def _problem(source: Source, row: dict[str, Any]) -> Any:
    """Name the problem by its file, as the published rows do: older files count `idx` from 0, newer ones from 1."""
    return source.stem if source.stem.isdecimal() else needed(row, "idx")


def _answer(value: Any) -> Any:
    """Return a parsed answer; MathArena writes the word None where it found none."""
    return "" if value in (None, "None") else label(value)


def place_of(source: Source) -> dict[str, Any]:
    """Return competition and model from the folders: `outputs/{competition}/{model}/`, either of one or two levels."""
    above = folders(source)
    if "outputs" in above:
        below = above[: above.index("outputs")][::-1]
        cut = 2 if len(below) > 3 else 1
        return without_none(benchmark=below[cut - 1] if below else None, model="/".join(below[cut:]) or None)
    return without_none(benchmark=above[1] if len(above) > 1 else None, model=default_model(source))


def recognises_rows(source: Source) -> bool:
    """Tell by the columns of the published rows."""
    if source.is_parquet:
        return columns_in_parquet(source) >= ROW_KEYS
    seen = look(source)
    return seen.rows and seen.has(*ROW_KEYS)


def read_rows(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a row."""
    seed = seed_of_content(source)

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {"seed": seed, **row_of(row)})

    yield from batches(
        source, given, parquet_rows(source, without=LONG_COLUMNS) if source.is_parquet else rows_of(source), add
    )


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one published row."""
    correct = row.get("correct")
    return without_none(
        problem_id=needed(row, "problem_idx"),
        benchmark=row.get("competition"),
        question=row.get("problem") or row.get("user_message"),
        reference_answer=label(row.get("gold_answer")),
        model=row.get("model_name"),
        completion=row.get("answer") or said_by(row.get("all_messages"), "assistant"),
        answer=_answer(row["parsed_answer"]) if "parsed_answer" in row else None,
        correct=None if isinstance(correct, str) else correct,
        verifier="matharena",
        token_count=row.get("output_tokens"),
        idx_answer=row.get("idx_answer"),
    )


DOCUMENT = Format(
    "matharena",
    "MathArena outputs (JSON, one problem a file)",
    recognises_document,
    read_document,
    ("idx", "problem", "gold_answer", "answers", "correct", "messages", "detailed_costs"),
)
ROWS = Format(
    "matharena-rows",
    "MathArena's published rows (Parquet or JSON Lines)",
    recognises_rows,
    read_rows,
    ("problem_idx", "problem", "model_name", "idx_answer", "answer", "parsed_answer", "gold_answer", "correct"),
)
