"""Small files that unpack to far more than memory holds: refused in a sentence, or read in bounded memory."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[3]
READ = """
import resource, sys
from pathlib import Path
from backend.errors import AppError
from backend.importers import import_file
from backend.store.database import open_store
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store = open_store(Path(sys.argv[2]))
try:
    report = import_file(store, Path(sys.argv[1]))
    print(report.added, report.rejected[0].reason if report.rejected else "")
except AppError as error:
    print("refused:", error)
print(store.rows("select count(*) from samples")[0][0])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
MB = 1_000_000
HEADER = {"version": 2, "status": "success", "eval": {"task": "t", "task_id": "x", "model": "m", "created": "2025"}}


def read(path: Path, folder: Path) -> tuple[str, int, int]:
    """Import a file in a process of its own; return what it said, samples stored, and by how many MB it grew."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(folder / "own.duckdb")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    said, stored, grown = done.stdout.strip().split("\n")[:3]
    return said, int(stored), int(grown)


@pytest.mark.parametrize("member", ["summaries.json", "samples/1_epoch_1.json", "header.json"])
def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path, member: str) -> None:
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if member != "header.json":
            archive.writestr("header.json", json.dumps(HEADER))
        with archive.open(member, "w", force_zip64=True) as file:
            for _ in range(300):
                file.write(b" " * MB)
    said, stored, grown = read(path, tmp_path)
    assert said.startswith("refused:")
    assert "unpack to 300 MB" in said
    assert stored == 0
    assert grown < 150


def test_an_archive_that_lies_about_a_members_size_is_not_unpacked_beyond_it(tmp_path: Path) -> None:
    path = tmp_path / "liar.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(HEADER))
        archive.writestr("summaries.json", b" " * 300 * MB)
    said = path.read_bytes()
    path.write_bytes(said.replace((300 * MB).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    _, stored, grown = read(path, tmp_path)
    assert stored == 0
    assert grown < 150


def test_a_packed_line_longer_than_any_is_cut_and_rejected(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl.gz"
    with gzip.open(path, "wb", 6) as file:
        file.write(b'{"problem_id": "p", "correct": true}\n{"problem_id": "q", "correct": true, "completion": "')
        for _ in range(600):
            file.write(b"x" * MB)
        file.write(b'"}\n')
    said, stored, grown = read(path, tmp_path)
    assert "longer than 256 MB" in said
    assert stored == 1
    assert grown < 1_600


def test_a_parquet_row_longer_than_any_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.parquet"
    table = pa.table({"problem_id": ["p"], "correct": [True], "completion": ["x" * 300 * MB]})
    pq.write_table(table, path, compression="zstd")
    assert path.stat().st_size < MB
    said, stored, grown = read(path, tmp_path)
    assert said.startswith("refused:")
    assert "1 rows of 300 MB" in said
    assert stored == 0
    assert grown < 150
