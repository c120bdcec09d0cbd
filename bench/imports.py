"""Import of a million samples against pandas and DuckDB reading the same file."""

import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.measure import ROOT, machine, median, run

ROWS, ROUNDS = 1_000_000, 3

WRITE = """
import sys
from pathlib import Path
from bench.imports import write_samples
write_samples(Path(sys.argv[1]), int(sys.argv[2]))
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
PANDAS = "import sys, pandas; assert len(pandas.read_json(sys.argv[1], lines=True)) == int(sys.argv[3])"
DUCKDB = """
import sys, duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("create table t as select * from read_json(?)", [sys.argv[1]])
connection.close()
"""


def write_samples(path: Path, rows: int) -> None:
    """Write the demo's samples as JSON Lines, again and again under other problem ids, until there are enough."""
    samples = [row for file in sorted((ROOT / "data/demo").glob("*.t1.0.parquet")) for row in listed(file)]
    with path.open("w", encoding="utf-8") as out:
        for at, row in enumerate(itertools.islice(itertools.cycle(samples), rows)):
            out.write(json.dumps({**row, "problem_id": f"{row['problem_id']}-{at // len(samples)}"}) + "\n")


def listed(file: Path) -> list[dict[str, Any]]:
    """Return a Parquet file's rows with the columns that most files have."""
    columns = ["benchmark", "problem_id", "model", "training", "run", "sample_index", "completion", "answer", "correct"]
    rows: list[dict[str, Any]] = pq.read_table(file, columns=[*columns, "finish_reason", "token_count"]).to_pylist()
    return rows


def main() -> None:
    """Print rows a second, peak memory, and the ratios to the readers."""
    with tempfile.TemporaryDirectory() as folder:
        file, base = Path(folder) / "samples.jsonl", Path(folder)
        run(WRITE, str(file), str(ROWS))
        costs: dict[str, list[Any]] = {"import": [], "pandas": [], "duckdb": []}
        for turn in range(ROUNDS):
            for name, code in (("import", IMPORT), ("pandas", PANDAS), ("duckdb", DUCKDB)):
                store = base / f"{name}{turn}.duckdb"
                costs[name].append(run(code, str(file), str(store), str(ROWS)))
                for left in base.glob(f"{name}{turn}.duckdb*"):
                    left.unlink()
        megabytes = file.stat().st_size / 1e6
    wall = {name: median([c.wall_seconds for c in each]) for name, each in costs.items()}
    peak = {name: max(c.peak_megabytes for c in each) for name, each in costs.items()}
    print(f"import, {machine()}: {ROWS:,} samples, {megabytes:,.0f} MB of JSON Lines")
    for name in costs:
        print(f"  {name:7} {ROWS / wall[name]:10,.0f} rows/s, {wall[name]:6.2f} s, peak {peak[name]:6,.0f} MB")
    print(f"  import takes {wall['import'] / wall['pandas']:.2f} of pandas.read_json(lines=True)'s time,")
    print(f"  {wall['import'] / wall['duckdb']:.2f} of DuckDB's create table as select * from read_json")
