"""Runs as one file for another installation: Parquet tables in an archive, with a manifest that has their hashes."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.config import version
from backend.errors import BadInput
from backend.exports.files import placed
from backend.store.bundles import FORM, KIND, MANIFEST
from backend.store.database import Store
from backend.store.parcels import OF_A_RUN, SHARED, Parcel, parcel

ROWS_A_GROUP = 65_536


def write_run_bundle(
    store: Store, runs: Sequence[str], out: Path, progress: Callable[[str, int, int], None] | None = None
) -> dict[str, Any]:
    """Write runs (keys) with all that the store knows of them; return the manifest without its files.

    Raises BadInput where the file cannot be written. Tables are written one after the other, so that memory does not
    grow with them.
    """
    with placed(out) as made, parcel(store, runs) as held, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        files = [_member(archive, f"{name}.parquet", *held.shared(name)) for name in SHARED]
        for at, run in enumerate(held.runs):
            if progress:
                progress(str(run["run"]), at, len(held.runs))
            files += _members_of(archive, held, run)
        told = {
            "kind": KIND,
            "form": FORM,
            "app_version": version(),
            "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "store_version": store.version(),
            "runs": held.runs,
        }
        archive.writestr(MANIFEST, json.dumps({**told, "files": files}, ensure_ascii=False, indent=1))
    return {**told, "rows": {file["name"]: file["rows"] for file in files}}


def _members_of(archive: zipfile.ZipFile, held: Parcel, run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for table in OF_A_RUN:
        yield _member(archive, f"run-{run['run_id']}/{table}.parquet", *held.of_run(run["run_id"], table))


def _member(
    archive: zipfile.ZipFile, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> dict[str, Any]:
    """Write one table into the archive; return its name, rows and hash."""
    rows = 0
    with tempfile.TemporaryFile(prefix="boundary-bundle-") as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            waiting: list[pa.RecordBatch] = []
            for batch in batches:
                waiting.append(batch)
                if (
                    sum(one.num_rows for one in waiting) >= ROWS_A_GROUP
                    or sum(one.nbytes for one in waiting) > 32_000_000
                ):
                    rows += _flush(writer, waiting)
            rows += _flush(writer, waiting)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with archive.open(name, "w", force_zip64=True) as member:
            while part := file.read(1 << 20):
                member.write(part)
    return {"name": name, "rows": rows, "sha256": digest}


def _flush(writer: pq.ParquetWriter, waiting: list[pa.RecordBatch]) -> int:
    rows = sum(int(batch.num_rows) for batch in waiting)
    if rows:
        writer.write_table(pa.Table.from_batches(waiting))
    waiting.clear()
    return rows


def require_runs(runs: Sequence[str]) -> None:
    """Raise BadInput where no run is named."""
    if not runs:
        raise BadInput("No run is named.", "Name one run or more; `python -m backend runs` lists them.")
