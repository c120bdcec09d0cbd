"""Importers, one file a format: files in, batches of rows for the store out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.config import settings
from backend.errors import BadInput
from backend.importers.ahead import ahead, joined
from backend.importers.folders import (
    Found,
    earlier_tries,
    files_in,
    graded_elsewhere,
    models_of,
    twins,
    watched,
    with_seed,
)
from backend.importers.format import Format
from backend.importers.guessing import guess
from backend.importers.mapping import FieldMapping, format_of, from_pairs
from backend.importers.overlaps import contained
from backend.importers.places import seed_in, seed_of_content, whole_name
from backend.importers.registry import FORMATS, OWN, format_named, recognise
from backend.importers.rows import Given
from backend.importers.run_bundle import import_bundle, is_run_bundle
from backend.importers.saved_mappings import GUESS, saved_mapping
from backend.importers.source import Source
from backend.records import Training
from backend.store.database import Store
from backend.store.incoming import Batch, Rejection
from backend.store.queries import seeds_of_file, totals
from backend.store.writes import ImportReport, record_import

__all__ = ["FORMATS", "Format", "Wanted", "format_for", "import_file", "import_paths", "recognise"]

OWN_FORMATS = frozenset(known.name for known in OWN)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How a file is to be read; where nothing is said, its content decides."""

    format_name: str | None = None
    mapping: str | None = None
    """The name of a saved mapping, or `guess`."""
    map_fields: tuple[str, ...] = ()
    """Pairs `field=place`; they win over what the mapping of that name says."""
    texts: bool = True
    """Whether completions are wanted, where the format keeps them apart from the verdicts (Inspect archives)."""

    @property
    def mapped(self) -> bool:
        """Whether a mapping reads the file."""
        return bool(self.mapping or self.map_fields)


def mapping_for(source: Source, wanted: Wanted, database: Path) -> FieldMapping:
    """Return the mapping that is wanted for a file. Raises BadInput or NotFound where there is none."""
    if not wanted.mapping:
        return from_pairs(wanted.map_fields)
    known = guess(source) if wanted.mapping == GUESS else saved_mapping(database, wanted.mapping)
    return from_pairs(wanted.map_fields, known)


def format_for(source: Source, wanted: Wanted, database: Path | None = None) -> Format:
    """Return the format by which a file is to be read. Raises BadInput where nothing can read it."""
    if wanted.mapped:
        return format_of(mapping_for(source, wanted, database or settings().database))
    if wanted.format_name:
        return format_named(wanted.format_name)
    return recognise(source)


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
    progress: Callable[[int, int, int], None] | None = None,
    wanted: Wanted | None = None,
    part_of: str | None = None,
) -> ImportReport:
    """Import one file: all of its good rows in one transaction, or nothing.

    What is given as an argument wins over what the rows say. `progress` is told (bytes done, bytes in all, rows
    read) after each batch, and some times a second; what it raises ends the import without a trace. `part_of` names
    the run's files together, where the file is one of several. Raises BadInput for a file that cannot be read.
    """
    if training is not None and training not in set(Training):
        raise BadInput(f"training is {training}.", f"It must be one of {', '.join(Training)}.")
    if is_run_bundle(path):
        return import_bundle(store, path, file_name or path.name, progress)
    source = Source(path, file_name or path.name)
    source.beat = None if progress is None else lambda: progress(0, source.size, 0)
    given = Given(benchmark=benchmark or None, model=model or None, training=training, run=run or None)
    known, batches = _opened(source, wanted or Wanted(), given, store.path)
    seed = _file_seed(store, source, part_of) if known.name in OWN_FORMATS else None
    if seed is not None:
        batches = with_seed(batches, seed)
    source.beat = None  # From here on progress is told by the thread that stores.
    return record_import(
        store,
        ahead(joined(batches)),
        file_name=source.name,
        sha256=source.sha256,
        format_name=known.name,
        default_model=part_of or source.stem,
        strict=strict,
        progress=None if progress is None else lambda done, rows: progress(done, source.size, rows),
        end=source.end,
    )


def _opened(source: Source, wanted: Wanted, given: Given, database: Path | None) -> tuple[Format, Iterable[Batch]]:
    """Return a file's format and its rows, about to be read."""
    source.texts = wanted.texts
    known = format_for(source, wanted, database)
    batches: Iterable[Batch] = known.read(source, given)
    return known, batches


def _file_seed(store: Store, source: Source, part_of: str | None) -> int | None:
    """Return the seed for rows that bring neither index nor seed.

    It is the one that the same bytes had before, so that a file adds nothing again whether it comes alone or among
    others; else one of its own where the file is one of several, so that they add up.
    """
    before = seeds_of_file(store, source.sha256()) if totals(store)["imports"] else []
    if len(before) == 1 or not part_of:
        return before[0] if len(before) == 1 else None
    seed = seed_in(source.stem)
    return seed_of_content(source) if seed is None else seed


def import_paths(
    store: Store,
    paths: Iterable[Path],
    *,
    wanted: Wanted | None = None,
    benchmark: str | None = None,
    model: str | None = None,
    training: str | None = None,
    run: str | None = None,
    strict: bool = False,
    progress: Callable[[str, int, int, int], None] | None = None,
) -> Iterator[ImportReport]:
    """Import files and all that folders hold, yielding a report after each file, which is one transaction.

    Files of one model, benchmark and settings become one run. What another file holds already is passed over and
    counted as duplicates; in a folder, what is no file of samples is passed over with a word why. `progress` is told
    (file, bytes done, bytes in all, rows read).
    """
    files = watched(files_in(paths), progress)
    given = Given(benchmark=benchmark or None, model=model or None, training=training, run=run or None)
    plan = _Plan(files, wanted or Wanted(), given, store.path)
    reports: dict[Path, ImportReport] = {}
    for file in files:
        try:
            report = plan.spared(file, reports) or import_file(
                store,
                file.path,
                file_name=file.name,
                **given.columns(),
                strict=strict,
                progress=_told(progress, file.name),
                wanted=plan.wanted,
                part_of=plan.parts.get(file.path),
            )
        except BadInput as refusal:
            report = _passed_over(file, refusal, plan.wanted)
            if file.named or (strict and report.format):
                raise
        reports[file.path] = report
        yield report
    if not any(r.format for r in reports.values()):
        raise BadInput("No file of samples was found.", "`python -m backend formats` lists what is read.")


class _Plan:
    """Which of several files bring nothing because another one holds their samples."""

    def __init__(self, files: list[Found], wanted: Wanted, given: Given, database: Path | None) -> None:
        self.wanted = wanted
        self.parts = _parts(files, given.run)
        self._given = given
        self._database = database
        self._repeated = earlier_tries(files)
        self._graded = graded_elsewhere(files)
        self._same = twins(files)
        self._joined = contained(_together(files, self.parts, given))

    def spared(self, file: Found, reports: Mapping[Path, ImportReport]) -> ImportReport | None:
        """Report a file that need not be read; None where it must be."""
        if later := self._repeated.get(file.path):
            return self._held(file, f"{later.name} is a later try of the same task and holds its samples too")
        if graded := self._graded.get(file.path):
            return self._held(file, f"{graded.name} brings its samples with their verdicts")
        if (earlier := self._same.get(file.path)) and self._goes_where(file) == self._goes_where(earlier):
            return _copied(file, reports[earlier.path])
        if (whole := self._joined.get(file.path)) and self._goes_where(file) == self._goes_where(whole):
            return self._held(file, f"every line of it stands in {whole.name}")
        return None

    def _held(self, file: Found, why: str) -> ImportReport:
        """Report a file whose samples another one brings."""
        known = format_for(file.source(), self.wanted, self._database)
        return ImportReport(file=file.name, format=known.name, warnings=[f"passed over: {why}"])

    def _goes_where(self, file: Found) -> set[tuple[str, ...]]:
        """Return the runs, models and benchmarks of a file's first rows."""
        source = file.source()
        batches = _opened(source, self.wanted, self._given, self._database)[1]
        return models_of(batches, self.parts.get(file.path) or source.stem)


def _told(progress: Callable[[str, int, int, int], None] | None, name: str) -> Callable[[int, int, int], None] | None:
    return None if progress is None else lambda done, size, rows: progress(name, done, size, rows)


def _parts(files: list[Found], run: str | None) -> dict[Path, str]:
    """Return, for files that belong to one run, the name that they share.

    They do where all are to go to the run of a given name, or where their names differ only in seed or part.
    """
    if run and len(files) > 1:
        return {file.path: run for file in files}
    names = [(file, whole_name(file.source().stem)) for file in files]
    shared = [(file.path.parent, name) for file, name in names]
    return {file.path: name for file, name in names if shared.count((file.path.parent, name)) > 1}


def _together(files: list[Found], parts: Mapping[Path, str], given: Given) -> list[list[Found]]:
    """Return the groups of files that may go to one run: all, where that is said, else those whose names say so."""
    if given.run or given.model:
        return [files] if len(files) > 1 else []
    groups: dict[tuple[Path, str], list[Found]] = {}
    for file in files:
        if file.path in parts:
            groups.setdefault((file.path.parent, parts[file.path]), []).append(file)
    return list(groups.values())


def _passed_over(file: Found, refusal: BadInput, wanted: Wanted) -> ImportReport:
    """Report a file of a folder that nobody can read: one of samples that is damaged, or none of samples."""
    try:
        known = format_for(file.source(), wanted).name
    except BadInput:
        return ImportReport(file=file.name, format="", warnings=[f"passed over: {refusal.message}"])
    return ImportReport(file=file.name, format=known, rejected=[Rejection(0, refusal.message)], rejected_total=1)


def _copied(file: Found, first: ImportReport) -> ImportReport:
    """Report a file that brings nothing because another one holds the same bytes."""
    return ImportReport(
        file=file.name,
        format=first.format,
        runs=first.runs,
        rows=first.rows,
        duplicates=first.added + first.duplicates,
        warnings=[f"passed over: the same bytes as {first.file}"],
    )
