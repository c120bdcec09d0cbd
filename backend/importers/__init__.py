"""Importers, one file a format: a file in, batches of rows for the store out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadInput
from backend.importers import sample_rows
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.records import Training
from backend.store.database import Store
from backend.store.incoming import Batch
from backend.store.writes import ImportReport, record_import


@dataclass(frozen=True)
class Format:
    """One file format that can be read."""

    name: str
    title: str
    recognises: Callable[[Source], bool]
    """Looks at the content, never at the name alone."""
    read: Callable[[Source, Given], Iterator[Batch]]


FORMATS = (
    Format(
        "samples-parquet",
        "Parquet, one row a sample, a count or a problem",
        lambda s: s.is_parquet and sample_rows.form_of(sample_rows.columns_in_parquet(s)) is not None,
        sample_rows.read_parquet,
    ),
    Format(
        "samples-jsonl",
        "JSON Lines, one object a sample, a count or a problem",
        lambda s: not s.is_parquet and sample_rows.form_of(sample_rows.columns_in_json_lines(s) or set()) is not None,
        sample_rows.read_json_lines,
    ),
    Format(
        "samples-csv",
        "CSV, one row a sample, a count or a problem",
        lambda s: not s.is_parquet and sample_rows.form_of(set(sample_rows.columns_in_csv(s) or ())) is not None,
        sample_rows.read_csv,
    ),
)


def recognise(source: Source) -> Format:
    """Return the format that a file's content shows; raises BadInput, naming what was found, where none does."""
    if source.size == 0:
        raise BadInput(f"{source.name} is empty.", f"Accepted are {sample_rows.ACCEPTED}.")
    for known in FORMATS:
        if known.recognises(source):
            return known
    raise BadInput(f"{source.name} is in no known format: {_found(source)}.", f"Accepted are {sample_rows.ACCEPTED}.")


def _found(source: Source) -> str:
    """Say what a file that nobody recognises holds."""
    names = (
        sample_rows.columns_in_parquet(source)
        if source.is_parquet
        else sample_rows.columns_in_json_lines(source) or sample_rows.columns_in_csv(source)
    )
    if names:
        return f"its columns are {', '.join(sorted(names)[:20])}"
    head = source.head(4096)
    if b"\0" in head or not _is_text(head):
        return "it holds binary data"
    return f"it begins with {head[:40].decode(errors='replace')!r}"


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return True


def import_file(
    store: Store,
    path: Path,
    *,
    file_name: str | None = None,
    benchmark: str | None = None,
    model: str | None = None,
    training: str | None = None,
    run: str | None = None,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import one file: all of its good rows in one transaction, or nothing.

    What is given as an argument wins over what the rows say. `progress` is told (bytes done, bytes in all) after
    each batch; what it raises ends the import without a trace. Raises BadInput for a file that cannot be read.
    """
    if training is not None and training not in set(Training):
        raise BadInput(f"training is {training}.", f"It must be one of {', '.join(Training)}.")
    source = Source(path, file_name or path.name)
    known = recognise(source)
    given = Given(benchmark=benchmark or None, model=model or None, training=training, run=run or None)
    return record_import(
        store,
        known.read(source, given),
        file_name=source.name,
        sha256=source.sha256,
        format_name=known.name,
        default_model=source.stem,
        strict=strict,
        progress=None if progress is None else lambda done, _: progress(done, source.size),
    )
