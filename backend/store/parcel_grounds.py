"""What the runs of a bundle stand on: its benchmarks, problems and models, found in the store or made there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from backend.errors import BadInput
from backend.store.lending import Lending
from backend.store.migrations import first_row, new_ids

Rows = list[dict[str, Any]]
Read = Callable[[str], Iterator[pa.Table]]
"""Gives a member's rows, checked against the columns that it must have, in batches."""
Ids = dict[Any, int]
MODEL_FACTS = ("training", "base_model", "checkpoint_step")
PROBLEM_FACTS = ("question", "reference_answer", "level", "topic", "answer_space", "metadata")
MUST_AGREE = ("question", "reference_answer")
"""Facts of a problem that decide what its verdicts mean."""


class Grounds:
    """A bundle on its way into the store: reads its tables, and finds or makes what its runs stand on."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, read: Read) -> None:
        self._cursor = cursor
        self._lending = Lending(cursor)
        self._read = read
        self._warnings: list[str] = []

    def _rows(self, member: str) -> Rows:
        return [row for table in self._read(member) for row in table.to_pylist()]

    def _insert(self, table: str, rows: Rows) -> None:
        """Insert rows whose keys are the table's columns, in its order."""
        for row in rows:
            self._cursor.execute(
                f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
            )

    def benchmarks(self) -> Ids:
        """Find or make the benchmarks; return their ids by those of the bundle."""
        ids: Ids = {}
        for row in self._rows("benchmarks"):
            found = first_row(self._cursor, "select benchmark_id from benchmarks where name = ?", [row["name"]])
            ids[row["benchmark_id"]] = int(found[0]) if found else new_ids(self._cursor, 1)
            if not found:
                self._insert("benchmarks", [{"benchmark_id": ids[row["benchmark_id"]], "name": row["name"]}])
        return ids

    def problems(self, benchmarks: Ids) -> Ids:
        """Find or make the problems; what the store does not know of one is filled in."""
        rows = self._rows("problems")
        known = {
            (row[0], row[1]): (row[2], dict(zip(PROBLEM_FACTS, row[3:], strict=True)))
            for row in self._cursor.execute(
                f"""select benchmark_id, name, problem_id, {", ".join(PROBLEM_FACTS)} from problems
                where benchmark_id in (select unnest(?::bigint[]))""",
                [list(benchmarks.values())],
            ).fetchall()
        }
        ids: Ids = {}
        new: Rows = []
        for row in rows:
            place = (mapped(benchmarks, row["benchmark_id"], "benchmark"), row["name"])
            if place in known:
                ids[row["problem_id"]] = known[place][0]
                self._agree(row, known[place][1], known[place][0])
            else:
                new.append({**row, "benchmark_id": place[0]})
        start = new_ids(self._cursor, len(new))
        for at, row in enumerate(new):
            ids[row["problem_id"]] = start + at
            row["problem_id"] = start + at
        if new:
            self._lending.ask(pa.Table.from_pylist(new), "insert into problems by name select given.* from {given}")
        return ids

    def _agree(self, row: Mapping[str, Any], known: Mapping[str, Any], problem_id: int) -> None:
        for fact in PROBLEM_FACTS:
            if row[fact] is None or row[fact] == known[fact]:
                continue
            if known[fact] is None:
                self._cursor.execute(f"update problems set {fact} = ? where problem_id = ?", [row[fact], problem_id])
            elif fact in MUST_AGREE:
                raise BadInput(
                    f"Problem {row['name']} has another {fact.replace('_', ' ')} in the store: {_short(known[fact])}, "
                    f"in the bundle {_short(row[fact])}.",
                    "Take the bundle into another store (--database), or mend the one that is wrong.",
                )
            else:
                self._warnings.append(f"problem {row['name']}: another {fact} than the store's, which was kept")

    def models(self) -> Ids:
        """Find or make the models; what the store does not know of one is filled in."""
        ids: Ids = {}
        for row in self._rows("models"):
            found = first_row(
                self._cursor, f"select model_id, {', '.join(MODEL_FACTS)} from models where name = ?", [row["name"]]
            )
            ids[row["model_id"]] = int(found[0]) if found else new_ids(self._cursor, 1)
            if not found:
                self._insert("models", [{**row, "model_id": ids[row["model_id"]]}])
                continue
            for fact, known in zip(MODEL_FACTS, found[1:], strict=True):
                if known is None and row[fact] is not None:
                    self._cursor.execute(f"update models set {fact} = ? where model_id = ?", [row[fact], found[0]])
                elif row[fact] is not None and row[fact] != known:
                    self._warnings.append(f"{row['name']}: {fact} is {known}, {row[fact]} in the bundle; kept")
        return ids


def with_ids(table: pa.Table, column: str, ids: Ids) -> pa.Table:
    """A table with the ids of one of its columns given anew."""
    old = table.column(column).combine_chunks().dictionary_encode()
    new = pa.array([mapped(ids, value, column) for value in old.dictionary.to_pylist()], pa.int64())
    return table.set_column(table.schema.get_field_index(column), column, new.take(old.indices))


def mapped(ids: Ids, old: Any, what: str) -> int:
    """The id that one of the bundle's has here. Raises BadInput where the bundle does not hold what it names."""
    if old not in ids:
        raise BadInput(
            f"The bundle names a {what.removesuffix('_id')} that it does not hold.", "Export the runs again."
        )
    return ids[old]


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:60]}…"
