"""Reads bundles of runs that another installation exported: every table checked against the manifest before any is
stored."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.errors import BadInput
from backend.store.bundles import FORM, KIND, MANIFEST
from backend.store.database import Store
from backend.store.parcel_intake import take_in
from backend.store.parcels import OF_A_RUN, RUN_FACTS, SHARED
from backend.store.writes import ImportReport

LARGEST_MANIFEST = 16_000_000
MOST_MEMBERS = 10_000
LARGEST_GROUP = 1_000_000_000
"""Bytes of one group of rows once unpacked; our own have at most some 40 MB."""
ROWS_A_BATCH = 16_384
TEXT, WHOLE, REAL, TIME, FLAG = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us"), pa.bool_()
TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(
        ("name", "question", "reference_answer", "level", "topic", "metadata", "training", "base_model", "key",
         "prompt_template", "verifier", "file_name", "sha256", "format", "run_name", "reason", "version", "benchmark",
         "problem", "old_answer", "new_answer", "verdict", "answer", "finish_reason", "completion", "model"),
        TEXT,
    ),
    **dict.fromkeys(("temperature", "top_p", "sum_logprob", "min_logprob", "reward", "entropy", "length"), REAL),
    **dict.fromkeys(("created_at", "imported_at", "graded_at", "corrected_at"), TIME),
    "came_with_file": FLAG,
    "warnings": pa.list_(TEXT),
}  # fmt: skip
"""The types of columns; those that are not named here are whole numbers."""
FLAGS = {("regrades", "counts"): FLAG}


def is_run_bundle(path: Path) -> bool:
    """Tell whether a file is an archive with a manifest of ours."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist() and KIND.encode() in _small(archive, MANIFEST, path.name)
    except (zipfile.BadZipFile, BadInput, OSError):
        return False


def described(path: Path, file_name: str) -> dict[str, Any]:
    """Tell what a bundle holds, as the preview of a file does."""
    manifest = _manifest(path, file_name)
    runs = [{fact: run[fact] for fact in RUN_FACTS if fact not in ("run_id", "key")} for run in manifest["runs"]]
    told: dict[str, Any] = {
        "file": file_name,
        "format": "run-bundle",
        "title": "Bundle of runs",
        "mapping": None,
        "columns": [],
    }
    whole = {"rows": sum(run["samples"] for run in runs), "whole": True, "runs": runs}
    return {**told, **whole, "first": [], "rejected": [], "rejected_total": 0}


def import_bundle(
    store: Store, path: Path, file_name: str, progress: Callable[[int, int, int], None] | None = None
) -> ImportReport:
    """Take in all runs of a bundle, or none. Raises BadInput where it is damaged, altered or does not fit the store."""
    manifest = _manifest(path, file_name)
    total = sum(file["rows"] for file in manifest["files"] if file["name"].endswith("/samples.parquet"))
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        if progress:
            size = path.stat().st_size
            progress(size * done // max(total, 1), size, done)

    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        _require_whole(archive, manifest, file_name)
        members = {int(run["run_id"]): f"run-{int(run['run_id'])}" for run in manifest["runs"]}
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        bundle = _Bundle(archive, file_name)
        return take_in(store, bundle.tables, members, file_name=file_name, sha256=digest, progress=tell)


def _small(archive: zipfile.ZipFile, name: str, file_name: str) -> bytes:
    with archive.open(name) as member:
        content = member.read(LARGEST_MANIFEST + 1)
    if len(content) > LARGEST_MANIFEST:
        raise BadInput(f"{file_name}: {name} is larger than 16 MB.", "Export fewer runs into one bundle.")
    return content


def _manifest(path: Path, file_name: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(_small(archive, MANIFEST, file_name))
        if manifest["form"] > FORM:
            raise BadInput(
                f"{file_name} was made by version {manifest['app_version']} of the program, later than this one.",
                "Update the program to import it.",
            )
        files = [
            {"name": str(f["name"]), "rows": int(f["rows"]), "sha256": str(f["sha256"])} for f in manifest["files"]
        ]
        runs = [
            {**run, **{fact: run[fact] for fact in RUN_FACTS}, "run_id": int(run["run_id"])} for run in manifest["runs"]
        ]
        return {**manifest, "files": files, "runs": runs}
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadInput(f"{file_name}: its manifest cannot be read ({error}).", "Export the runs again.") from error


def _require_whole(archive: zipfile.ZipFile, manifest: dict[str, Any], file_name: str) -> None:
    """Raise BadInput where a table is missing, was altered, or where there is more than the manifest says."""
    wanted = [f"{name}.parquet" for name in SHARED]
    wanted += [f"run-{run['run_id']}/{name}.parquet" for run in manifest["runs"] for name in OF_A_RUN]
    hashes = {file["name"]: file["sha256"] for file in manifest["files"]}
    there = [info for info in archive.infolist() if info.filename != MANIFEST]
    names = [info.filename for info in there]
    if len(names) > MOST_MEMBERS or sorted(names) != sorted(wanted) or sorted(hashes) != sorted(wanted):
        odd = sorted(set(wanted) ^ set(names))[:3] or ["a table twice"]
        raise BadInput(f"{file_name} is no whole bundle: {', '.join(odd)}.", "Copy or export it again.")
    for info in there:
        if info.compress_type != zipfile.ZIP_STORED:
            raise BadInput(f"{file_name}: {info.filename} is packed within the archive.", "Export the runs again.")
        try:
            with archive.open(info) as member:
                digest = _digest(member)
        except zipfile.BadZipFile as error:
            raise BadInput(f"{file_name} is damaged: {error}.", "Copy it again; nothing was stored.") from error
        if digest != hashes[info.filename]:
            raise BadInput(
                f"{file_name}: {info.filename} is not what the manifest says.", "Copy it again; nothing was stored."
            )


def _digest(member: IO[bytes]) -> str:
    found = hashlib.sha256()
    while part := member.read(1 << 20):
        found.update(part)
    return found.hexdigest()


class _Bundle:
    """The tables of an open bundle."""

    def __init__(self, archive: zipfile.ZipFile, file_name: str) -> None:
        self._archive = archive
        self._file_name = file_name

    def tables(self, name: str) -> Iterator[pa.Table]:
        """Yield the rows of a table in batches, its columns as they must be."""
        with tempfile.TemporaryFile(prefix="boundary-bundle-") as file, self._archive.open(f"{name}.parquet") as member:
            while part := member.read(1 << 20):
                file.write(part)
            file.seek(0)
            try:
                yield from self._checked(pq.ParquetFile(file), name)
            except (pa.ArrowException, OSError, KeyError) as error:
                raise BadInput(
                    f"{self._file_name}: {name} cannot be read: {str(error).splitlines()[0]}", "Export the runs again."
                ) from error

    def _checked(self, file: pq.ParquetFile, name: str) -> Iterator[pa.Table]:
        schema = _schema(name)
        groups = [file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups)]
        if max(groups, default=0) > LARGEST_GROUP:
            raise BadInput(f"{self._file_name}: {name} has rows too large to read.", "Export the runs again.")
        for batch in file.iter_batches(ROWS_A_BATCH, columns=schema.names):
            table = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
            if table.num_rows:
                yield table


def _schema(name: str) -> pa.Schema:
    """The columns that a table must have, with their types."""
    table = name.rpartition("/")[2]
    said = OF_A_RUN[table] if "/" in name else SHARED[table].split(" from ")[0].removeprefix("select ")
    columns = [part.split(" as ")[-1].split()[-1] for part in said.removeprefix("distinct ").split(",")]
    return pa.schema([(column, FLAGS.get((table, column), TYPES.get(column, WHOLE))) for column in columns])
