"""Runs of another store, taken in: ids are given anew, everything else stays as it was, in one transaction or not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backend.errors import BadInput
from backend.store.database import Store
from backend.store.migrations import first_row, new_ids
from backend.store.parcel_grounds import Grounds, Ids, Read, Rows, mapped, with_ids
from backend.store.places import run_key
from backend.store.verdicts import recount
from backend.store.writes import ImportReport

MOST_IDS = 2**40
ALIKE = """select count(*) from {given} join samples s on s.problem_id = given.problem_id
    and s.sample_index = given.sample_index where s.run_id = {run_id}
    and s.verdict::varchar is not distinct from given.verdict and s.answer is not distinct from given.answer"""
ALIKE_COUNTS = """select count(*) from {given} join counts s on s.problem_id = given.problem_id and s.n = given.n
    and s.c = given.c where s.run_id = {run_id} and not s.has_samples"""


def take_in(
    store: Store, read: Read, runs: Mapping[int, str], *, file_name: str, sha256: str,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:  # fmt: skip
    """Store the runs of a bundle, all or none of them.

    runs: by the bundle's id of each run, the beginning of its members' names. A run that the store holds alike is
    passed over. Raises BadInput where a run, a problem or a sample cannot be stored as it is.
    """
    try:
        with store.write() as cursor:
            return _Taking(cursor, read, progress or (lambda _: None)).all(runs, file_name, sha256)
    except (duckdb.ConversionException, duckdb.ConstraintException) as error:
        raise BadInput(f"{file_name} does not fit: {str(error).splitlines()[0]}", "Export the runs again.") from error


class _Taking(Grounds):
    """One bundle on its way into the store."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, read: Read, progress: Callable[[int], None]) -> None:
        super().__init__(cursor, read)
        self._progress = progress
        self._added = self._held = self._unscored = 0

    def all(self, members: Mapping[int, str], file_name: str, sha256: str) -> ImportReport:
        benchmarks = self.benchmarks()
        problems = self.problems(benchmarks)
        models = self.models()
        fresh, names = self._runs(benchmarks, models, problems, members)
        imports = self._imports()
        for old, new in fresh.items():
            self._samples(members[old], new, problems, imports)
            recount(self._cursor, new)
        self._history(fresh, problems, imports)
        self._logs(imports)
        self._own_import(file_name, sha256, {new: names[old] for old, new in fresh.items()})
        return ImportReport(
            file=file_name, format="run-bundle", runs=list(names.values()), rows=self._added + self._held,
            added=self._added, duplicates=self._held, unscored=self._unscored, warnings=self._warnings,
        )  # fmt: skip

    def _runs(
        self, benchmarks: Ids, models: Ids, problems: Ids, members: Mapping[int, str]
    ) -> tuple[Ids, dict[int, str]]:
        """Make the runs that the store does not hold; return their ids and the names of all."""
        fresh: Ids = {}
        names: dict[int, str] = {}
        taken = {key for (key,) in self._cursor.execute("select key from runs").fetchall()}
        for row in self._rows("runs"):
            old = row["run_id"]
            names[old] = row["name"]
            if old not in members:
                raise BadInput(f"The bundle has no samples of {row['name']}.", "Export the runs again.")
            known = first_row(self._cursor, "select run_id, benchmark_id from runs where name = ?", [row["name"]])
            if known:
                self._require_alike(row["name"], int(known[0]), members[old], problems)
                continue
            key = row["key"] if row["key"] not in taken else run_key(row["name"], taken)
            taken.add(key)
            fresh[old] = new_ids(self._cursor, 1)
            model, benchmark = (
                mapped(models, row["model_id"], "model"),
                mapped(benchmarks, row["benchmark_id"], "benchmark"),
            )
            changed = {"run_id": fresh[old], "key": key, "model_id": model, "benchmark_id": benchmark}
            self._insert("runs", [{**row, **changed}])
        return fresh, names

    def _require_alike(self, name: str, run_id: int, member: str, problems: Ids) -> None:
        """Count a run that the store holds as held. Raises BadInput where its samples or counts are others."""
        for table, same in (("samples", ALIKE), ("counts", ALIKE_COUNTS)):
            more = " and not has_samples" if table == "counts" else ""
            (stored,) = first_row(self._cursor, f"select count(*) from {table} where run_id = ?{more}", [run_id]) or (
                0,
            )
            rows = alike = 0
            for part in self._read(f"{member}/{table}"):
                rows += part.num_rows
                placed = with_ids(part, "problem_id", problems)
                alike += self._lending.ask(placed, same.format(run_id=run_id, given="{given}"))[0][0]
            if not stored == rows == alike:
                raise BadInput(
                    f"The store has a run named {name} with other samples.", "Rename or delete it, then import again."
                )
            self._held += rows
        self._warnings.append(f"{name} was passed over: the store holds it already, sample by sample")

    def _imports(self) -> Ids:
        """Write down the imports by which the samples once came in; those that are known are not repeated."""
        ids: Ids = {}
        rejections: dict[int, Rows] = {}
        for row in self._rows("import_rejections"):
            rejections.setdefault(row["import_id"], []).append(row)
        for row in self._rows("imports"):
            found = first_row(
                self._cursor,
                "select import_id from imports where file_name = ? and sha256 = ? and imported_at = ?",
                [row["file_name"], row["sha256"], row["imported_at"]],
            )
            ids[row["import_id"]] = int(found[0]) if found else new_ids(self._cursor, 1)
            if not found:
                self._insert("imports", [{**row, "import_id": ids[row["import_id"]]}])
                mine = rejections.get(row["import_id"], [])
                self._insert("import_rejections", [{**r, "import_id": ids[row["import_id"]]} for r in mine])
        return ids

    def _samples(self, member: str, run_id: int, problems: Ids, imports: Ids) -> None:
        """Bring a run's samples and all that stands beside them; their ids keep their order and their gaps."""
        shift: int | None = None
        last = 0
        for table in self._read(f"{member}/samples"):
            ids = table.column("sample_id").to_numpy()
            if shift is None:
                shift = self._start_of(member) - int(ids.min())
            last = max(last, int(ids.max()))
            self._add(table, "samples", run_id, shift, problems, imports)
            self._added += table.num_rows
            self._unscored += table.column("verdict").null_count
            self._progress(table.num_rows)
        for name in ("completions", "other_verdicts", "other_logprobs", "readings"):
            for table in self._read(f"{member}/{name}"):
                self._add(table, name, run_id, shift or 0, problems, imports)
        for table in self._read(f"{member}/counts"):
            self._require_counts(table)
            self._add(table, "counts", run_id, 0, problems, imports)
            self._added += table.num_rows
        self._require_known(run_id)

    def _start_of(self, member: str) -> int:
        """Reserve the ids of a run's samples and return the first."""
        low, high = None, 0
        for table in self._read(f"{member}/samples"):
            found = pc.min_max(table.column("sample_id")).as_py()
            low, high = found["min"] if low is None else min(low, found["min"]), max(high, found["max"])
        wanted = high - (low or 0) + 1
        if wanted > MOST_IDS:
            raise BadInput("The bundle's samples have ids too far apart.", "Export the runs again.")
        return new_ids(self._cursor, wanted)

    def _add(self, table: pa.Table, into: str, run_id: int, shift: int, problems: Ids, imports: Ids) -> None:
        table = table.append_column("run_id", pa.array(np.full(table.num_rows, run_id, dtype=np.int64)))
        for column, ids in (("problem_id", problems), ("import_id", imports)):
            if column in table.column_names:
                table = with_ids(table, column, ids)
        if "sample_id" in table.column_names:
            moved = pc.add(table.column("sample_id"), shift)
            table = table.set_column(table.schema.get_field_index("sample_id"), "sample_id", moved)
        if into == "counts":
            table = table.append_column("has_samples", pa.array(np.zeros(table.num_rows, dtype=bool)))
        self._lending.ask(table, f"insert into {into} by name select given.* from {{given}}")

    def _require_counts(self, table: pa.Table) -> None:
        for row in table.to_pylist():
            if not 0 <= row["c"] <= row["n"]:
                raise BadInput(f"The bundle counts {row['c']} correct of {row['n']} samples.", "Export the runs again.")

    def _require_known(self, run_id: int) -> None:
        """Raise BadInput where a text, a verdict or a log-probability is of no sample, or a sample stands twice."""
        twice = first_row(
            self._cursor,
            """select 1 from samples where run_id = ? group by problem_id, sample_index having count(*) > 1 limit 1""",
            [run_id],
        )
        lost = [
            name
            for name in ("completions", "other_verdicts", "other_logprobs", "readings")
            if first_row(
                self._cursor,
                f"""select 1 from {name} where run_id = $1
                and sample_id not in (select sample_id from samples where run_id = $1) limit 1""",
                [run_id],
            )
        ]
        if twice or lost:
            what = "a sample twice" if twice else f"{lost[0]} of no sample"
            raise BadInput(f"The bundle holds {what}.", "Export the runs again.")

    def _history(self, runs: Ids, problems: Ids, imports: Ids) -> None:
        """Write down imports, regrades and corrections of the runs that are new here."""
        told = [row for row in self._rows("import_runs") if row["run_id"] in runs]
        self._insert(
            "import_runs",
            [{**r, "import_id": mapped(imports, r["import_id"], "import"), "run_id": runs[r["run_id"]]} for r in told],
        )
        for row in self._rows("regrades"):
            if row["run_id"] in runs:
                of = None if row["problem_id"] is None else mapped(problems, row["problem_id"], "problem")
                changed = {"regrade_id": new_ids(self._cursor, 1), "run_id": runs[row["run_id"]], "problem_id": of}
                self._insert("regrades", [{**row, **changed}])
        for row in self._rows("reference_corrections"):
            problem_id = mapped(problems, row["problem_id"], "problem")
            known = "select 1 from reference_corrections where problem_id = ? and corrected_at = ?"
            if not first_row(self._cursor, known, [problem_id, row["corrected_at"]]):
                changed = {"correction_id": new_ids(self._cursor, 1), "problem_id": problem_id}
                self._insert("reference_corrections", [{**row, **changed}])

    def _logs(self, imports: Ids) -> None:
        """Bring the training logs that the store does not hold."""
        steps: dict[int, Rows] = {}
        for row in self._rows("training_steps"):
            steps.setdefault(row["log_id"], []).append(row)
        for row in self._rows("training_logs"):
            if first_row(self._cursor, "select 1 from training_logs where name = ?", [row["name"]]):
                self._warnings.append(f"the training log {row['name']} is in the store already, and stays as it is")
                continue
            log_id = new_ids(self._cursor, 1)
            of = None if row["import_id"] is None else mapped(imports, row["import_id"], "import")
            self._insert("training_logs", [{**row, "log_id": log_id, "import_id": of}])
            mine = [{**step, "log_id": log_id} for step in steps.get(row["log_id"], [])]
            if mine:
                self._lending.ask(
                    pa.Table.from_pylist(mine), "insert into training_steps by name select given.* from {given}"
                )

    def _own_import(self, file_name: str, sha256: str, runs: Mapping[int, str]) -> None:
        """Write down that the bundle itself came in."""
        own = new_ids(self._cursor, 1)
        counted = {"rows": self._added + self._held, "added": self._added, "duplicates": self._held, "rejected": 0}
        known = {"import_id": own, "file_name": file_name, "sha256": sha256, "format": "run-bundle"}
        when = {"imported_at": datetime.now(UTC).replace(tzinfo=None), "unscored": self._unscored}
        self._insert("imports", [{**known, **when, **counted, "warnings": self._warnings, "completed": 0}])
        self._insert("import_runs", [{"import_id": own, "run_id": run, "run_name": name} for run, name in runs.items()])
