"""A guess at what the columns of an unknown file mean, for a person to accept or to mend."""

import math
from itertools import islice
from typing import Any

from backend.errors import BadInput
from backend.importers.document_rows import rows_member
from backend.importers.guessed_columns import columns_of_counts, columns_of_models, columns_of_samples, values_of
from backend.importers.look import look
from backend.importers.mapped_rows import MEMBERS_OF_EVERY_MEMBER, first_rows, mapped_rows
from backend.importers.mapping import FieldMapping
from backend.importers.row_places import is_conversation
from backend.importers.scores import HIGHEST_REWARD, points_in
from backend.importers.source import Source

ROWS_LOOKED_AT = 200
THRESHOLD = 0.5


def guess(source: Source) -> FieldMapping:
    """Guess the mapping of a file. Raises BadInput, naming the columns, where nothing looks like samples."""
    rows = rows_member(source)
    looked = first_rows(source, rows, ROWS_LOOKED_AT)
    if not looked:
        unread = [(line, str(why)) for line, why in islice(mapped_rows(source, rows), 1)]
        raise BadInput(f"{source.name} has no row that can be read.", "Mend or write it again.", unread)
    fields = columns_of_models(looked) or columns_of_counts(looked) or columns_of_samples(looked)
    if not fields:
        columns = sorted(looked[0])
        raise BadInput(
            f"{source.name} has no column that looks like completions or verdicts; it has {', '.join(columns[:20])}.",
            "Name them, such as --map completion=text --map correct=reward, or --map n==64 --map c=solved for counts.",
        )
    fields["problem_id"] = _problem(fields, looked)
    if rows == MEMBERS_OF_EVERY_MEMBER:
        fields |= _outer(source, looked)
    return FieldMapping(fields=fields, rows=rows, threshold=_threshold(fields, looked), name="guess")


def _threshold(fields: dict[str, str], rows: list[dict[str, Any]]) -> float | None:
    """Return half a point where scores are rewards, which need not be only 0 and 1; None on any other scale."""
    said = [v for row in rows for v in values_of(row, fields["correct"])] if "correct" in fields else []
    numbers = [points_in(v) if isinstance(v, str) else v for v in said if not isinstance(v, bool)]
    scores = [v for v in numbers if isinstance(v, int | float) and math.isfinite(v)]
    rewards = any(isinstance(v, float) or v not in (0, 1) for v in scores) and max(scores) <= HIGHEST_REWARD
    return THRESHOLD if rewards else None


def _outer(source: Source, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Tell models from problems where both are members: a file has more problems than models."""
    if not all("@key" in row for row in rows):
        return {"model": "@outer"}
    outer, inner = look(source).first, {row["@key"] for row in rows}
    problems_outside = len(outer) > len(inner)
    return dict(
        zip(("problem_id", "model"), ("@outer", "@key") if problems_outside else ("@key", "@outer"), strict=True)
    )


def _problem(fields: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """Return what tells problems apart: a column, or, where no column does, the question, or the row's number."""
    asked = [str(v) for row in rows for v in values_of(row, fields["question"])] if "question" in fields else []
    repeated = len(set(asked)) < len(asked) or any(is_conversation(row.get(fields.get("question", ""))) for row in rows)
    if "problem_id" in fields:
        named = [str(v) for row in rows for v in values_of(row, fields["problem_id"])]
        own_number = repeated and len(set(named)) == len(named)
        return f"hash({fields['question']})" if own_number else fields["problem_id"]
    return f"hash({fields['question']})" if repeated else "#"
