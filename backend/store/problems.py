"""An import's problems: found, made, or filled in where the store knew less."""

from collections import Counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from backend.store.columns import Integers, combined, first_said, taken
from backend.store.incoming import PROBLEM_FIELDS, Form
from backend.store.lending import Lending
from backend.store.migrations import first_row, new_ids

FACTS = [f.name for f in PROBLEM_FIELDS if f.name not in ("benchmark", "problem_id")]


class Problems:
    """Turns the problems that rows name into ids."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, lending: Lending, warnings: Counter[str]) -> None:
        self._cursor = cursor
        self._lending = lending
        self._warnings = warnings
        self._ids: dict[tuple[Any, ...], int] = {}
        self._told: dict[int, tuple[Any, ...]] = {}

    def identified(self, table: pa.Table, form: Form) -> pa.Table:
        """Return the table with the column `problem`, the problems' ids; what rows say of a problem is stored."""
        codes, named = combined(table, ["benchmark_id", "problem_id"])
        facts = [*FACTS, "metadata"] if form is Form.PROBLEMS else FACTS
        said = {fact: first_said(table.column(fact), codes, len(named)) for fact in facts}
        ids = self._ids_of(named)
        self._tell(ids, pa.table(said))
        return table.append_column("problem", taken(list(ids), codes))

    def _ids_of(self, named: list[tuple[Any, ...]]) -> list[int]:
        unknown = [name for name in named if name not in self._ids]
        if unknown:
            self._look_up(unknown)
            new = [name for name in unknown if name not in self._ids]
            start = new_ids(self._cursor, len(new))
            self._ids.update(zip(new, range(start, start + len(new)), strict=True))
            rows = pa.table(
                {
                    "problem_id": pa.array(range(start, start + len(new)), pa.int64()),
                    "benchmark_id": pa.array([b for b, _ in new], pa.int64()),
                    "name": pa.array([n for _, n in new], pa.string()),
                }
            )
            self._lending.ask(rows, "insert into problems (problem_id, benchmark_id, name) select * from {given}")
        return [self._ids[name] for name in named]

    def _look_up(self, unknown: list[tuple[Any, ...]]) -> None:
        wanted = pa.table(
            {
                "benchmark_id": pa.array([b for b, _ in unknown], pa.int64()),
                "name": pa.array([n for _, n in unknown], pa.string()),
            }
        )
        found = self._lending.ask(
            wanted, "select benchmark_id, name, problem_id from problems join {given} using (benchmark_id, name)"
        )
        self._ids.update({(b, n): i for b, n, i in found})

    def _tell(self, ids: list[int], said: pa.Table) -> None:
        """Store what is said of problems and was not said by an earlier batch of this import."""
        rows = [tuple(row.values()) for row in said.to_pylist()]
        news = [
            at
            for at, (i, row) in enumerate(zip(ids, rows, strict=True))
            if any(v is not None for v in row) and self._told.get(i) != row
        ]
        if not news:
            return
        self._told.update({ids[at]: rows[at] for at in news})
        chosen: Integers = np.array(news, dtype=np.int64)
        table = said.take(pa.array(chosen)).append_column("problem_id", pa.array([ids[at] for at in news], pa.int64()))
        with self._lending.lent(table) as name:
            for fact in said.column_names:
                self._fill(fact, name)

    def _fill(self, fact: str, said: str) -> None:
        """Store a fact where none was known; count where another one is, which stays."""
        unknown, other = first_row(
            self._cursor,
            f"""
            select count(*) filter (p.{fact} is null),
                count(*) filter (trim(p.{fact}::varchar) <> trim(said.{fact}::varchar))
            from problems p join {said} said using (problem_id) where said.{fact} is not null
            """,
        ) or (0, 0)
        if unknown:
            self._cursor.execute(
                f"""
                update problems p set {fact} = said.{fact} from {said} said
                where said.problem_id = p.problem_id and p.{fact} is null and said.{fact} is not null
                """
            )
        if other:
            words = fact.replace("_", " ")
            self._warnings[f"problems whose {words} differs from the stored one, which was kept"] += other
