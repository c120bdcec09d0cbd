"""Which files of a folder are read, and which of them belong together."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from backend.errors import BadInput
from backend.importers.archive import Archive
from backend.importers.documents import object_of
from backend.importers.inspect_files import HEADER, START, samples_in
from backend.importers.inspect_log import is_log
from backend.importers.look import look
from backend.importers.opencompass import counterpart, recognises_details
from backend.importers.source import Source
from backend.store.incoming import Batch

ENDINGS = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet", ".eval", ".gz", ".gzip", ".zst", ".zstd")


@dataclass(frozen=True)
class Found:
    """One file to read."""

    path: Path
    name: str
    """How it is called in reports: below a folder, with the way from there."""
    named: bool
    """Whether the user named the file itself; in a folder, what nobody knows is passed over."""


def files_in(paths: Iterable[Path]) -> list[Found]:
    """Return the files that these files and folders stand for, each once. Raises BadInput where one does not exist."""
    found: dict[Path, Found] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden and file.name.lower().endswith(ENDINGS):
                    found.setdefault(file.resolve(), Found(file, file.relative_to(path).as_posix(), named=False))
        elif path.exists():
            found.setdefault(path.resolve(), Found(path, path.name, named=True))
        else:
            raise BadInput(f"{path} cannot be read: it does not exist.", "Name a file or a folder that exists.")
    return list(found.values())


def twins(files: Iterable[Found]) -> dict[Path, Found]:
    """Return, for each file that holds the same bytes as an earlier one, that earlier one."""
    by_size: dict[int, list[Found]] = defaultdict(list)
    for file in files:
        by_size[file.path.stat().st_size].append(file)
    same: dict[Path, Found] = {}
    for group in by_size.values():
        first: dict[str, Found] = {}
        for file in group if len(group) > 1 else ():
            with file.path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if digest in first:
                same[file.path] = first[digest]
            first.setdefault(digest, file)
    return same


def models_of(batches: Iterable[Batch], default_model: str) -> set[tuple[str, ...]]:
    """Return run, model and benchmark of the rows of a file's first batch."""
    first = next((batch.table for batch in batches if batch.table.num_rows), None)
    if first is None or "model" not in first.column_names:
        return set()
    columns = (first.column(name).to_pylist() for name in ("run", "model", "benchmark"))
    return {
        (str(run), str(model or run or default_model), str(name)) for run, model, name in zip(*columns, strict=True)
    }


def earlier_tries(files: Iterable[Found]) -> dict[Path, Found]:
    """Return, for each Inspect archive that a retry of its task repeats, that retry.

    A retry keeps the task's id and holds again every sample of the try before it that went well.
    """
    tries: dict[tuple[str, str], list[tuple[str, set[tuple[str, str]], Found]]] = defaultdict(list)
    for file in files:
        source = Source(file.path, file.name)
        if not file.name.endswith(".eval") or look(source).form != "zip":
            continue
        try:
            with Archive(source) as archive:
                name = next((n for n in (HEADER, START) if n in archive), None)
                header = object_of(archive.read(name)) if name else ""
                if isinstance(header, dict) and is_log(header) and header["eval"].get("task_id"):
                    said = header["eval"]
                    key = (str(said["task_id"]), str(said["model"]))
                    tries[key].append((str(said.get("created")), samples_in(archive), file))
        except (BadInput, ValueError):
            continue
    repeated: dict[Path, Found] = {}
    for group in tries.values():
        group.sort(key=lambda t: t[0])
        for at, (_, samples, file) in enumerate(group):
            later = next((f for _, others, f in group[at + 1 :] if others >= samples), None)
            if later:
                repeated[file.path] = later
    return repeated


def graded_elsewhere(files: Iterable[Found]) -> dict[Path, Found]:
    """Return, for each file of OpenCompass predictions, the file of details that holds their verdicts, among these."""
    known = {file.path.resolve(): file for file in files}
    found: dict[Path, Found] = {}
    for path, file in known.items():
        graded = known.get(counterpart(path, "predictions", "results") or path)
        if graded and graded is not file and recognises_details(Source(graded.path, graded.name)):
            found[file.path] = graded
    return found


def with_seed(batches: Iterable[Batch], seed: int) -> Iterator[Batch]:
    """Give rows that bring neither an index nor a seed the seed of their file."""
    for batch in batches:
        table = batch.table
        if "seed" not in table.column_names or not table.num_rows:
            yield batch
            continue
        unnumbered = pc.and_(pc.is_null(table.column("seed")), pc.is_null(table.column("sample_index")))
        filled = pc.if_else(unnumbered, pa.scalar(seed, pa.int64()), table.column("seed"))
        yield replace(batch, table=table.set_column(table.schema.get_field_index("seed"), "seed", filled))
