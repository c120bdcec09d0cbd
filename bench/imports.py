"""Imports of files of every shape against DuckDB's own `create table as select * from read_json` of the same file."""

import tempfile
from pathlib import Path

from bench.measure import Cost, machine, run
from bench.shapes import SHAPES

BYTES, ROUNDS = 1_000_000_000, 2

WRITE = """
import sys
from pathlib import Path
from bench.shapes import write_shape
path = Path(sys.argv[1])
path.with_suffix(".samples").write_text(str(write_shape(path, sys.argv[2], int(sys.argv[3]))))
"""
"""In a process of its own, since a child's peak memory begins at its parent's."""
IMPORT = """
import sys
from pathlib import Path
from backend.importers import import_file
from backend.store.database import open_store
store = open_store(Path(sys.argv[2]))
report = import_file(store, Path(sys.argv[1]))
assert (report.added, report.rejected_total) == (int(sys.argv[3]), 0), report
store.close()
"""
DUCKDB = """
import sys, duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("set enable_progress_bar = false")
connection.execute("create table t as select * from read_json(?, maximum_object_size = 2000000000)", [sys.argv[1]])
connection.close()
"""


def main() -> None:
    """Print, for each shape, rows a second, peak memory, and the share of DuckDB's speed."""
    print(f"import, {machine()}: {BYTES / 1e6:,.0f} MB a file, the least of {ROUNDS} rounds in turns")
    with tempfile.TemporaryDirectory() as folder:
        for name in SHAPES:
            _compare(name, Path(folder))


def _compare(name: str, folder: Path) -> None:
    shape, file = SHAPES[name], folder / f"{name}.json"
    run(WRITE, str(file), name, str(BYTES))
    samples = file.with_suffix(".samples").read_text()
    costs: dict[str, list[Cost]] = {IMPORT: [], DUCKDB: []}
    for _ in range(ROUNDS):
        for code, so_far in costs.items():
            so_far.append(run(code, str(file), str(folder / "store.duckdb"), samples))
            for left in folder.glob("store.duckdb*"):
                left.unlink()
    file.unlink()
    ours, theirs = (min(c.wall_seconds for c in so_far) for so_far in costs.values())
    work, their_work = (min(c.cpu_seconds for c in so_far) for so_far in costs.values())
    peak = max(c.peak_megabytes for c in costs[IMPORT])
    print(
        f"  {shape.title:40} {int(samples) / ours:10,.0f} samples/s, peak {peak:4,.0f} MB, "
        f"{theirs / ours:.2f} of DuckDB's speed (wanted {shape.wanted:.2f}), {their_work / work:.2f} by processor time",
        flush=True,
    )
