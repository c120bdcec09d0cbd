"""What a file is and what would be stored of it, storing nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.errors import BadInput
from backend.importers import OWN_FORMATS, Wanted, format_for, mapping_for, run_bundle
from backend.importers.guessed_columns import places_in
from backend.importers.guessing import ROWS_LOOKED_AT, guess
from backend.importers.mapped_rows import first_rows
from backend.importers.mapping import FieldMapping, completed, format_of, in_plain
from backend.importers.registry import FORMATS
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.records import Verdict
from backend.store.incoming import Batch, Form
from backend.store.intake import warnings_in_words
from backend.store.places import UNNAMED, run_name

ROWS_SHOWN = 10
REJECTIONS_SHOWN = 20
LONGEST_TEXT = 400
ALONE = ("training-log", "qwen-math", "lm-eval", "nemo-skills", "human-eval")
"""Formats whose names are not those of a harness and one of its files."""
RUN_COLUMNS = ("run", "model", "benchmark", "temperature", "top_p", "max_tokens")


@dataclass
class _Run:
    """What would go to one run."""

    columns: dict[str, Any]
    problems: set[str] = field(default_factory=set)
    verdicts: Counter[str | None] = field(default_factory=Counter)
    samples: int = 0

    def in_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        counts = {v.value: self.verdicts[v] for v in Verdict}
        names = {"no_answer": counts["no_answer"], "errors": counts["error"], "unscored": self.verdicts[None]}
        facts = {"problems": len(self.problems), "samples": self.samples, "correct": counts["correct"]}
        return {**self.columns, **facts, "incorrect": counts["incorrect"], **names}


def formats() -> list[dict[str, Any]]:
    """List the formats that are read, with their fields as the files call them and the document that describes them."""
    return [
        {
            "name": known.name,
            "title": known.title,
            "fields": list(known.fields),
            "described_in": described_in(known.name),
        }
        for known in FORMATS
    ]


def described_in(name: str) -> str:
    """Return the document that describes a format: the one of its name, or of the harness that its name begins with."""
    if name in OWN_FORMATS:
        return "docs/format.md"
    harness = name if name in ALONE else name.split("-")[0]
    return f"docs/formats/{harness}.md"


def inspect(
    path: Path,
    *,
    file_name: str | None = None,
    wanted: Wanted | None = None,
    database: Path | None = None,
    given: Given | None = None,
    rows: int = ROWS_SHOWN,
    most_bytes: int | None = None,
) -> dict[str, Any]:
    """Tell a file's format, its first rows as they would be stored, and how many would go to which run.

    `most_bytes` ends the reading there; `whole` then says so, and the numbers are of what was read.

    A file in no known format is told with the guess of its columns, where one can be made; importing it then needs
    `--mapping guess` or `--map`. Raises BadInput where nothing can be said.
    """
    source = Source(path, file_name or path.name)
    if run_bundle.is_run_bundle(path):
        return run_bundle.described(path, source.name)
    wanted = wanted or Wanted()
    mapping: FieldMapping | None = None
    if wanted.mapped:
        mapping = mapping_for(source, wanted, database or path)
        known = format_of(mapping)
    else:
        try:
            known = format_for(source, wanted, database)
        except BadInput as refusal:
            mapping = _guessed(source, refusal)
            known = format_of(mapping)
    told, runs = _told(known.read(source, given or Given()), source, rows, most_bytes)
    if mapping:
        mapping = completed(source, mapping)
    return {
        "file": source.name,
        "format": known.name if mapping is None else "mapping",
        "title": known.title,
        "mapping": in_plain(mapping) if mapping else None,
        "columns": columns(source, mapping.rows) if mapping else [],
        "rows": told["rows_read"],
        "whole": told["whole"],
        "runs": [run.in_plain() for run in runs.values()],
        "first": told["first"],
        "rejected": told["rejected"],
        "rejected_total": told["rejected_total"],
        "warnings": warnings_in_words(told["notes"]),
    }


def _told(
    batches: Iterable[Batch], source: Source, rows: int, most_bytes: int | None
) -> tuple[dict[str, Any], dict[tuple[Any, ...], _Run]]:
    """Read a file as far as asked: what is told of its rows, and what would go to which run."""
    runs: dict[tuple[Any, ...], _Run] = {}
    told: dict[str, Any] = {
        "rows_read": 0,
        "rejected_total": 0,
        "rejected": [],
        "first": [],
        "whole": True,
        "notes": Counter(),
    }
    for batch in batches:
        told["rows_read"] += batch.rows
        told["rejected_total"] += len(batch.rejected)
        told["rejected"] += [vars(r) for r in batch.rejected[: REJECTIONS_SHOWN - len(told["rejected"])]]
        told["notes"].update(batch.notes)
        told["first"] += _rows(batch, rows - len(told["first"]))
        _count(batch, runs, source.stem)
        if most_bytes is not None and most_bytes < batch.bytes_done < source.size:
            told["whole"] = False
            break
    return told, runs


def columns(source: Source, rows: str | None = None) -> list[str]:
    """Return the places that the first rows of a file have, for a mapping to name; empty where it has no rows."""
    if not source.is_parquet and b"\0" in source.head(4096):
        return []
    try:
        return places_in(first_rows(source, rows, ROWS_LOOKED_AT))
    except BadInput:
        return []


def _guessed(source: Source, refusal: BadInput) -> FieldMapping:
    """Guess the columns of a file in no known format; where that fails, too, its refusal stands.

    Where no row could be read at all, the reason of the first is the file's trouble, and not its format.
    """
    try:
        return guess(source)
    except BadInput as none:
        for line, why in none.rejected:
            raise BadInput(f"{none.message} Line {line}: {why}.", none.hint) from None
        raise refusal from None


def _rows(batch: Batch, count: int) -> list[dict[str, Any]]:
    """Return the first rows of a batch as they would be stored, long texts cut."""
    found = []
    for row in batch.table.slice(0, max(0, count)).to_pylist():
        said = {k: v for k, v in row.items() if v is not None}
        found.append({k: v[:LONGEST_TEXT] + "…" if _is_long(v) else v for k, v in said.items()})
    return found


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_TEXT


def _count(batch: Batch, runs: dict[tuple[Any, ...], _Run], stem: str) -> None:
    """Add a batch's rows to the runs that they would go to."""
    if batch.form in (Form.PROBLEMS, Form.TRAINING) or not batch.table.num_rows:
        return
    samples = batch.form is Form.SAMPLES
    wanted = [*RUN_COLUMNS, "problem_id", *(("verdict",) if samples else ("n", "c"))]
    by_run: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in zip(*(batch.table.column(name).to_pylist() for name in wanted), strict=True):
        by_run[row[: len(RUN_COLUMNS)]].append(row[len(RUN_COLUMNS) :])
    for key, rows in by_run.items():
        run = runs.setdefault(key, _Run(_named(dict(zip(RUN_COLUMNS, key, strict=True)), stem)))
        run.problems.update(row[0] for row in rows)
        if samples:
            run.samples += len(rows)
            run.verdicts.update(row[1] for row in rows)
        else:
            run.samples += sum(row[1] for row in rows)
            run.verdicts.update(
                {Verdict.CORRECT: sum(r[2] for r in rows), Verdict.INCORRECT: sum(r[1] - r[2] for r in rows)}
            )


def _named(columns: dict[str, Any], stem: str) -> dict[str, Any]:
    """Name run, model and benchmark as the store would."""
    model = columns["model"] or columns["run"] or stem
    benchmark = columns["benchmark"] or UNNAMED
    return {
        **columns,
        "run": columns["run"] or run_name(model, benchmark, columns),
        "model": model,
        "benchmark": benchmark,
    }
