"""Sample numbers for rows that bring none: file order, within run, problem and seed."""

from collections import defaultdict
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

Group = tuple[int, int, int | None]


class Numbering:
    """Numbers samples so that the same file, or a longer one, gives the same numbers again.

    Rows with a seed that the store knows take that seed's numbers in order; rows of a new seed, or beyond the
    known ones, take the next free number of their problem.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._known: dict[Group, list[int]] = {}
        self._used: dict[Group, int] = defaultdict(int)
        self._free: dict[tuple[int, int], int] = defaultdict(int)
        self._loaded: set[int] = set()

    def numbered(self, table: pa.Table) -> pa.Table:
        """Return the table with `sample_index` filled where it was null."""
        column = table.column("sample_index")
        if column.null_count == 0:
            return table
        for run_id in pc.unique(table.column("run_id")).to_pylist():
            self._load(run_id)
        names = ("run_id", "problem", "seed", "sample_index")
        rows = zip(*(table.column(n).to_pylist() for n in names), strict=True)
        indexes = pa.array([self._number(*row) for row in rows], pa.int64())
        return table.set_column(table.schema.get_field_index("sample_index"), "sample_index", indexes)

    def _number(self, run_id: int, problem: int, seed: int | None, index: int | None) -> int:
        group = (run_id, problem, seed)
        if index is None:
            known = self._known.get(group, [])
            index = known[self._used[group]] if self._used[group] < len(known) else self._free[run_id, problem]
            self._used[group] += 1
        self._free[run_id, problem] = max(self._free[run_id, problem], index + 1)
        return index

    def _load(self, run_id: int) -> None:
        """Learn which numbers a run has already; the rows of the import itself are known as they come."""
        if run_id in self._loaded:
            return
        self._loaded.add(run_id)
        stored: list[tuple[Any, ...]] = self._cursor.execute(
            """
            select problem_id, seed, list(sample_index order by sample_index)
            from samples where run_id = ? group by all
            """,
            [run_id],
        ).fetchall()
        for problem, seed, indexes in stored:
            self._known[run_id, problem, seed] = indexes
            self._free[run_id, problem] = max(self._free[run_id, problem], indexes[-1] + 1)
