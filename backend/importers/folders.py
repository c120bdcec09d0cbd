"""Which files of a folder are read, and which of them belong together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from backend.errors import BadInput
from backend.importers import human_eval
from backend.importers.inspect_files import header_of, samples_in
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
    beat: Callable[[], None] | None = field(default=None, compare=False)
    """Told while the file is looked at; what it raises ends that."""

    def source(self) -> Source:
        """Return the file, to be looked at."""
        return Source(self.path, self.name, self.beat)


def watched(files: Iterable[Found], progress: Callable[[str, int, int, int], None] | None) -> list[Found]:
    """Return the files, each of which tells `progress` (name, 0, bytes in all, 0) while it is looked at."""
    if progress is None:
        return list(files)
    return [replace(f, beat=partial(progress, f.name, 0, f.path.stat().st_size, 0)) for f in files]


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
            digest = file.source().sha256()
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
    """Return, for each Inspect log that a retry of its task repeats, that retry.

    A retry keeps the task's id and holds again every sample of the try before it that went well.
    """
    tries: dict[tuple[str, str], list[tuple[str, Found]]] = defaultdict(list)
    for file in files:
        if file.name.lower().endswith((".eval", ".json")):
            said = header_of(file.source()).get("eval", {})
            if said.get("task_id"):
                tries[str(said["task_id"]), str(said["model"])].append((str(said.get("created")), file))
    repeated: dict[Path, Found] = {}
    for group in tries.values():
        if len({created for created, _ in group}) > 1:
            repeated |= _repeats(group)
    return repeated


def _repeats(group: list[tuple[str, Found]]) -> dict[Path, Found]:
    """Return, for each try of one task that a later one repeats, that later one; files of one try are no retries."""
    tries = sorted(((created, samples_in(f.source()), f) for created, f in group), key=lambda t: t[0])
    found = {}
    for created, samples, file in tries:
        later = next((f for time, others, f in tries if time > created and others >= samples), None)
        if later:
            found[file.path] = later
    return found


def graded_elsewhere(files: Iterable[Found]) -> dict[Path, Found]:
    """Return, for each file of samples without verdicts, the file among these that holds the same ones with theirs."""
    known = {file.path.resolve(): file for file in files}
    found: dict[Path, Found] = {}
    for path, file in known.items():
        graded = known.get(counterpart(path, "predictions", "results") or path)
        if graded and graded is not file and recognises_details(graded.source()):
            found[file.path] = graded
        elif scored := next((known[p] for p in _scored_names(path) if p in known), None):
            source = file.source()
            if human_eval.recognises(source) and "passed" not in look(source).first:
                found[file.path] = scored
    return found


def _scored_names(path: Path) -> list[Path]:
    """Return what HumanEval and EvalPlus call a file of programs once it is scored."""
    if path.suffix != ".jsonl":
        return []
    stem = path.stem.removesuffix(".raw")
    return [path.with_name(f"{path.name}_results.jsonl"), path.with_name(f"{stem}_eval_results.json")]


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
