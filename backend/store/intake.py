"""One import under way: batches of rows in, new rows of the store out, inside one transaction."""

from collections import Counter
from datetime import UTC, datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from backend.store.columns import combined, taken, within
from backend.store.incoming import Batch, Form, Rejection
from backend.store.lending import Lending
from backend.store.migrations import new_ids
from backend.store.numbering import Numbering
from backend.store.places import RUN_COLUMNS, Places
from backend.store.problems import Problems
from backend.store.repeats import OTHERS, Repeats, Tally
from backend.store.training_logs import add_steps
from backend.store.verdicts import recount

SAMPLE_COLUMNS = """sample_id, run_id, problem as problem_id, sample_index, verdict, answer, verifier, finish_reason,
    token_count, sum_logprob, min_logprob, seed, metadata"""


class Intake:
    """Adds batches to the store. Rows of known samples fill in what was missing, or are rejected."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, default_model: str) -> None:
        self.tally = Tally()
        self.import_id = new_ids(cursor, 1)
        self._cursor = cursor
        self._places = Places(cursor, default_model, self.tally.warnings)
        self._lending = Lending(cursor)
        self._problems = Problems(cursor, self._lending, self.tally.warnings)
        self._repeats = Repeats(cursor, self._lending, self.tally)
        self._numbering = Numbering(cursor)
        self._groups: dict[tuple[int, int], int] = {}
        self._highest: dict[int, int] = {}

    def add(self, batch: Batch) -> None:
        """Add one batch."""
        self.tally.rows += batch.rows
        self.tally.rejected += batch.rejected
        self.tally.warnings.update(batch.notes)
        if not batch.table.num_rows:
            return
        if batch.form is Form.TRAINING:
            added, alike, rejected = add_steps(self._cursor, self._lending, batch.table, self.import_id)
            self.tally.added += added
            self.tally.duplicates += alike
            self.tally.rejected += rejected
            return
        table = self._problems.identified(self._placed(batch), batch.form)
        if batch.form is Form.SAMPLES:
            self._add_samples(self._numbering.numbered(table))
        elif batch.form is Form.COUNTS:
            self._add_counts(table)
        else:
            self.tally.added += table.num_rows

    def runs(self) -> list[str]:
        """Return the names of the runs that rows went to."""
        return list(self._places.runs.values())

    def finish(self, file_name: str, sha256: str, format_name: str) -> None:
        """Bring the per-problem counts of every touched run up to date and write down where the rows came from."""
        for run_id in self._places.runs:
            recount(self._cursor, run_id)
        self._record(file_name, sha256, format_name)

    def _record(self, file_name: str, sha256: str, format_name: str) -> None:
        tally = self.tally
        counted = [tally.rows, tally.added, tally.duplicates, len(tally.rejected), tally.unscored]
        self._cursor.execute(
            "insert into imports values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self.import_id, file_name, sha256, format_name, datetime.now(UTC).replace(tzinfo=None), *counted,
             warnings_in_words(tally.warnings), tally.completed],
        )  # fmt: skip
        lines = pa.array([r.line for r in tally.rejected], pa.int64())
        reasons = pa.array([r.reason for r in tally.rejected], pa.string())
        self._lending.ask(
            pa.table({"line": lines, "reason": reasons}),
            f"insert into import_rejections select {self.import_id}, * from {{given}}",
        )
        for run_id, name in self._places.runs.items():
            self._cursor.execute("insert into import_runs values (?, ?, ?)", [self.import_id, run_id, name])

    def _placed(self, batch: Batch) -> pa.Table:
        """Return the batch's rows that have a place, with the ids of run and benchmark."""
        columns = ["benchmark"] if batch.form is Form.PROBLEMS else RUN_COLUMNS
        codes, combinations = combined(batch.table, columns)
        places = [self._places.place(dict(zip(columns, values, strict=True))) for values in combinations]
        table = batch.table.append_column("run_id", taken([p.run_id for p in places], codes))
        table = table.append_column("benchmark_id", taken([p.benchmark_id for p in places], codes))
        refused = np.isin(codes, [i for i, p in enumerate(places) if p.refusal])
        if refused.any():
            lines = table.column("line").to_numpy()
            rows = np.flatnonzero(refused)
            self.tally.rejected += [Rejection(int(lines[i]), places[codes[i]].refusal) for i in rows]
            table = table.filter(pa.array(~refused))
        return table

    # -- samples ----------------------------------------------------------------------------------

    def _add_samples(self, table: pa.Table) -> None:
        start = new_ids(self._cursor, table.num_rows)
        table = table.append_column("sample_id", pa.array(np.arange(start, start + table.num_rows)))
        fresh = self._fresh(table)
        self._insert(table if fresh.all() else table.filter(pa.array(fresh)))
        if not fresh.all():
            self._repeats.add(table.filter(pa.array(~fresh)))

    def _fresh(self, table: pa.Table) -> npt.NDArray[np.bool_]:
        """Tell which rows are the first with their identity, here and in the store."""
        codes, pairs = combined(table, ["run_id", "problem"])
        numbers = np.array([self._groups.setdefault(pair, len(self._groups)) for pair in pairs], dtype=np.int64)
        sure = within(table.column("sample_index").to_numpy(), numbers[codes], self._highest)
        made = np.array([run_id in self._places.made for run_id, _ in pairs])
        fresh = sure & made[codes]
        doubtful = ~fresh
        if doubtful.any():
            keys = table.select(["run_id", "problem", "sample_index", "sample_id"]).filter(pa.array(doubtful))
            new = self._lending.ask(
                keys,
                """
                with firsts as (
                    select run_id, problem, sample_index, min(sample_id) as sample_id from {given} group by all
                )
                select sample_id from firsts
                anti join (select * from samples where run_id in (select run_id from {given})) stored
                    on stored.run_id = firsts.run_id and stored.problem_id = firsts.problem
                    and stored.sample_index = firsts.sample_index
                anti join (select * from counts where not has_samples) counted
                    on counted.run_id = firsts.run_id and counted.problem_id = firsts.problem
                """,
            )
            fresh |= np.isin(table.column("sample_id").to_numpy(), [row[0] for row in new])
        return np.asarray(fresh)

    def _insert(self, table: pa.Table) -> None:
        with self._lending.lent(table) as fresh:
            self._cursor.execute(f"insert into samples select {SAMPLE_COLUMNS}, {self.import_id} from {fresh}")
            said = f"from {fresh} where completion is not null"
            self._cursor.execute(f"insert into completions select sample_id, run_id, completion {said}")
            for into, _, prefix in OTHERS:
                for column in (c for c in table.column_names if c.startswith(prefix)):
                    value = '"' + column.replace('"', '""') + '"'
                    self._cursor.execute(
                        f"insert into {into} select sample_id, run_id, ?, {value} from {fresh}"
                        f" where {value} is not null",
                        [column.removeprefix(prefix)],
                    )
        self.tally.added += table.num_rows
        self.tally.unscored += table.column("verdict").null_count

    # -- counts -----------------------------------------------------------------------------------

    def _add_counts(self, table: pa.Table) -> None:
        """Add rows (problem, n, c); the same row again adds nothing, another one is rejected."""
        rows = self._lending.ask(
            table.select(["line", "problem_id", "problem", "run_id", "n", "c"]),
            """
            select given.line, given.problem_id, runs.name, given.run_id, given.problem, given.n, given.c,
                counts.n, counts.c
            from {given} join runs using (run_id)
            left join counts on counts.run_id = given.run_id and counts.problem_id = given.problem
            order by given.line
            """,
        )
        stored: dict[tuple[int, int], tuple[int, int]] = {}
        fresh = []
        for line, problem, run, run_id, problem_id, n, c, stored_n, stored_c in rows:
            known = stored.get((run_id, problem_id)) or (None if stored_n is None else (stored_n, stored_c))
            if known is None:
                stored[run_id, problem_id] = (n, c)
                fresh.append((run_id, problem_id, n, c))
            elif known == (n, c):
                self.tally.duplicates += 1
            else:
                reason = f"problem {problem} in run {run} has {known[1]} of {known[0]} in the store; name another run"
                self.tally.rejected.append(Rejection(line, reason))
        names = ("run_id", "problem_id", "n", "c")
        added = {name: pa.array([row[i] for row in fresh], pa.int64()) for i, name in enumerate(names)}
        self._lending.ask(
            pa.table(added),
            f"insert into counts select run_id, problem_id, n, c, 0, 0, 0, false, {self.import_id} from {{given}}",
        )
        self.tally.added += len(fresh)


def warnings_in_words(warnings: Counter[str]) -> list[str]:
    """Tell each warning once, with the number of times it came."""
    return [f"{count:,} × {text}" if count > 1 else text for text, count in warnings.items()]
