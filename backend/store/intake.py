"""One import under way: batches of rows in, new rows of the store out, inside one transaction."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from backend.store.incoming import (
    OTHER_LOGPROB,
    OTHER_VERDICT,
    PROBLEM_FIELDS,
    RUN_FIELDS,
    Batch,
    Form,
    Rejection,
)
from backend.store.migrations import first_row
from backend.store.numbering import Numbering

RUN_COLUMNS = ["benchmark", *(f.name for f in RUN_FIELDS)]
SETTINGS = ("temperature", "top_p", "max_tokens", "prompt_template")
MODEL_FACTS = ("training", "base_model", "checkpoint_step")
UNNAMED = "unnamed"


@dataclass
class Tally:
    """What an import has done so far."""

    rows: int = 0
    added: int = 0
    duplicates: int = 0
    unscored: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    runs: dict[int, str] = field(default_factory=dict)
    """Runs that rows went to: id to name."""


@dataclass(frozen=True)
class Place:
    """Where the rows of one combination of run columns go, or why they go nowhere."""

    run_id: int | None = None
    benchmark_id: int | None = None
    refusal: str = ""


class Intake:
    """Adds batches to the store. Rows already there add nothing; rows that contradict them are rejected."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, default_model: str) -> None:
        self.tally = Tally()
        self.import_id = _new_ids(cursor, 1)
        self._cursor = cursor
        self._default_model = default_model
        self._places: dict[tuple[Any, ...], Place] = {}
        self._numbering = Numbering(cursor)

    def add(self, batch: Batch) -> None:
        """Add one batch."""
        self.tally.rows += batch.rows
        self.tally.rejected += batch.rejected
        if not batch.table.num_rows:
            return
        self._arrive(batch)
        self._add_problems()
        if batch.form is Form.SAMPLES:
            self._place_samples()
            self._add_samples(batch)
            self._judge_repeats()
        elif batch.form is Form.COUNTS:
            self._add_counts()
        else:
            self.tally.added += self._number("select count(*) from arriving")
        self._cursor.execute("drop table arriving")

    def finish(self) -> None:
        """Bring the per-problem counts of every touched run up to date."""
        touched = list(self.tally.runs)
        self._cursor.execute("delete from counts where has_samples and run_id in (select unnest(?))", [touched])
        self._cursor.execute(
            """
            insert into counts
            select run_id, problem_id,
                count(*) filter (verdict in ('correct', 'incorrect', 'no_answer')),
                count(*) filter (verdict = 'correct'), count(*) filter (verdict = 'no_answer'),
                count(*) filter (verdict = 'error'), count(*) filter (verdict is null), true, null
            from samples where run_id in (select unnest(?)) group by run_id, problem_id
            """,
            [touched],
        )

    def record(self, file_name: str, sha256: str, format_name: str) -> None:
        """Write down where these rows came from."""
        tally = self.tally
        self._cursor.execute(
            "insert into imports values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self.import_id, file_name, sha256, format_name, datetime.now(UTC).replace(tzinfo=None),
                tally.rows, tally.added, tally.duplicates, len(tally.rejected), tally.unscored,
                warnings_in_words(tally.warnings),
            ],
        )  # fmt: skip
        rejections = pa.table(
            {
                "line": [r.line for r in tally.rejected],
                "reason": pa.array([r.reason for r in tally.rejected], pa.string()),
            }
        )
        self._cursor.register("rejections", rejections)
        self._cursor.execute("insert into import_rejections select ?, line, reason from rejections", [self.import_id])
        self._cursor.unregister("rejections")
        for run_id, name in tally.runs.items():
            self._cursor.execute("insert into import_runs values (?, ?, ?)", [self.import_id, run_id, name])

    # -- arriving ---------------------------------------------------------------------------------

    def _arrive(self, batch: Batch) -> None:
        """Make the table `arriving`: the batch's rows that have a place, with the ids of run and benchmark."""
        columns = RUN_COLUMNS if batch.form is not Form.PROBLEMS else ["benchmark"]
        codes, combinations = combined(batch.table, columns)
        places = [self._place(dict(zip(columns, values, strict=True))) for values in combinations]
        table = batch.table.append_column("run_id", _taken([p.run_id for p in places], codes))
        table = table.append_column("benchmark_id", _taken([p.benchmark_id for p in places], codes))
        refused = np.isin(codes, [i for i, p in enumerate(places) if p.refusal])
        if refused.any():
            lines = table.column("line").to_numpy()
            self.tally.rejected += [Rejection(int(lines[i]), places[codes[i]].refusal) for i in np.flatnonzero(refused)]
            table = table.filter(pa.array(~refused))
        if batch.form is Form.SAMPLES:
            table = self._numbering.numbered(table)
        self._cursor.register("batch", table)
        self._cursor.execute("create or replace temp table arriving as select * from batch")
        self._cursor.unregister("batch")

    def _place(self, row: dict[str, Any]) -> Place:
        """Find or make the run that rows with these run columns belong to."""
        key = tuple(row.items())
        if key not in self._places:
            benchmark_id = self._benchmark(row["benchmark"] or UNNAMED)
            self._places[key] = self._run(row, benchmark_id) if "run" in row else Place(None, benchmark_id)
        return self._places[key]

    def _benchmark(self, name: str) -> int:
        found = first_row(self._cursor, "select benchmark_id from benchmarks where name = ?", [name])
        if found:
            return int(found[0])
        benchmark_id = _new_ids(self._cursor, 1)
        self._cursor.execute("insert into benchmarks values (?, ?)", [benchmark_id, name])
        return benchmark_id

    def _run(self, row: dict[str, Any], benchmark_id: int) -> Place:
        benchmark, model = row["benchmark"] or UNNAMED, row["model"] or row["run"] or self._default_model
        name = row["run"] or run_name(model, benchmark, row)
        stored = first_row(
            self._cursor,
            """
            select run_id, benchmarks.name as benchmark, models.name as model, temperature, top_p, max_tokens,
                prompt_template, verifier
            from runs join models using (model_id) join benchmarks using (benchmark_id) where runs.name = ?
            """,
            [name],
        )
        if stored:
            known = dict(zip(("benchmark", "model", *SETTINGS, "verifier"), stored[1:], strict=True))
            said = {**row, "benchmark": benchmark, "model": row["model"] or known["model"]}
            if refusal := contradiction(name, known, said):
                return Place(refusal=refusal)
            self._fill_run(stored[0], known, said)
            run_id = int(stored[0])
        else:
            run_id = self._new_run(name, model, benchmark_id, row)
        self._fill_model(model if not stored else said["model"], row)
        self.tally.runs[run_id] = name
        return Place(run_id, benchmark_id)

    def _new_run(self, name: str, model: str, benchmark_id: int, row: dict[str, Any]) -> int:
        found = first_row(self._cursor, "select model_id from models where name = ?", [model])
        model_id = int(found[0]) if found else _new_ids(self._cursor, 1)
        if not found:
            facts = [row[f] for f in MODEL_FACTS]
            self._cursor.execute("insert into models values (?, ?, ?, ?, ?)", [model_id, model, *facts])
        run_id = _new_ids(self._cursor, 1)
        taken = {k for (k,) in self._cursor.execute("select key from runs").fetchall()}
        created_at = datetime.now(UTC).replace(tzinfo=None)
        self._cursor.execute(
            "insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run_id,
                run_key(name, taken),
                name,
                model_id,
                benchmark_id,
                *(row[s] for s in SETTINGS),
                row["verifier"],
                created_at,
            ],
        )
        return run_id

    def _fill_run(self, run_id: int, known: dict[str, Any], said: dict[str, Any]) -> None:
        """Add what the store did not know yet of a run."""
        for column in (*SETTINGS, "verifier"):
            if known[column] is None and said[column] is not None:
                self._cursor.execute(f"update runs set {column} = ? where run_id = ?", [said[column], run_id])
        if known["verifier"] and said["verifier"] and known["verifier"] != said["verifier"]:
            self.tally.warnings[
                f"verdicts of {said['verifier']} joined a run whose verdicts are of {known['verifier']}"
            ] += 1

    def _fill_model(self, model: str, row: dict[str, Any]) -> None:
        """Add what the store did not know yet of a model; what it knows stays."""
        known = first_row(self._cursor, f"select {', '.join(MODEL_FACTS)} from models where name = ?", [model])
        for column, value in zip(MODEL_FACTS, known or (), strict=False):
            if value is None and row[column] is not None:
                self._cursor.execute(f"update models set {column} = ? where name = ?", [row[column], model])
            elif row[column] is not None and row[column] != value:
                self.tally.warnings[
                    f"{column} of {model} is {value} in the store, {row[column]} in the file; the store's was kept"
                ] += 1

    # -- problems ---------------------------------------------------------------------------------

    def _add_problems(self) -> None:
        """Add problems that are new; fill what is unknown of the others; replace nothing."""
        facts = [f.name for f in PROBLEM_FIELDS if f.name not in ("benchmark", "problem_id")]
        if "n" not in self._columns("arriving") and "sample_index" not in self._columns("arriving"):
            facts.append("metadata")
        said = ", ".join(f"arg_min({f}, line) filter ({f} is not null) as {f}" for f in facts)
        self._cursor.execute(
            f"""
            create or replace temp table said as
            select benchmark_id, problem_id as name, min(line) as line, {said} from arriving group by all
            """
        )
        count = self._number("select count(*) from said anti join problems using (benchmark_id, name)")
        if count:
            columns = ", ".join(facts)
            self._cursor.execute(
                f"""
                insert into problems (problem_id, benchmark_id, name, {columns})
                select ? - 1 + row_number() over (order by line), benchmark_id, name, {columns}
                from said anti join problems using (benchmark_id, name)
                """,
                [_new_ids(self._cursor, count)],
            )
        for fact in facts:
            self._fill_problems(fact)

    def _fill_problems(self, fact: str) -> None:
        joined = "said, problems p where said.benchmark_id = p.benchmark_id and said.name = p.name"
        unknown, other = first_row(
            self._cursor,
            f"""
            select count(*) filter (p.{fact} is null), count(*) filter (trim(p.{fact}::varchar) <> trim(said.{fact}::varchar))
            from {joined} and said.{fact} is not null
            """,
        ) or (0, 0)
        if unknown:
            self._cursor.execute(
                f"""
                update problems p set {fact} = said.{fact} from said
                where said.benchmark_id = p.benchmark_id and said.name = p.name and p.{fact} is null
                """
            )
        if other:
            words = fact.replace("_", " ")
            self.tally.warnings[f"problems whose {words} differs from the stored one, which was kept"] += other

    # -- samples ----------------------------------------------------------------------------------

    def _place_samples(self) -> None:
        """Make the table `placed`: each arriving sample with its ids, and whether it is the first of its kind."""
        count = self._number("select count(*) from arriving")
        self._cursor.execute(
            """
            create or replace temp table placed as
            select arriving.* exclude (problem_id), arriving.problem_id as problem, problems.problem_id,
                ? - 1 + row_number() over (order by line) as sample_id,
                row_number() over (
                    partition by arriving.run_id, problems.problem_id, arriving.sample_index order by line) = 1
                    and stored.sample_index is null and counted.n is null as fresh,
                counted.n is not null as counted
            from arriving
            join problems on problems.benchmark_id = arriving.benchmark_id and problems.name = arriving.problem_id
            left join (
                select run_id, problem_id, sample_index from samples
                where run_id in (select run_id from arriving)
            ) stored on stored.run_id = arriving.run_id and stored.problem_id = problems.problem_id
                and stored.sample_index = arriving.sample_index
            left join (select run_id, problem_id, n from counts where not has_samples) counted
                on counted.run_id = arriving.run_id and counted.problem_id = problems.problem_id
            """,
            [_new_ids(self._cursor, count)],
        )

    def _add_samples(self, batch: Batch) -> None:
        columns = """sample_id, run_id, problem_id, sample_index, verdict, answer, verifier, finish_reason,
            token_count, sum_logprob, min_logprob, seed, metadata"""
        self._cursor.execute(
            f"insert into samples ({columns}, import_id) select {columns}, ? from placed where fresh order by line",
            [self.import_id],
        )
        self._cursor.execute(
            """insert into completions select sample_id, run_id, completion from placed
            where fresh and completion is not null order by line"""
        )
        for table, prefix in (("other_verdicts", OTHER_VERDICT), ("other_logprobs", OTHER_LOGPROB)):
            for column in (c for c in batch.table.column_names if c.startswith(prefix)):
                self._cursor.execute(
                    f"""insert into {table} select sample_id, run_id, ?, "{column.replace('"', '""')}" from placed
                    where fresh and "{column.replace('"', '""')}" is not null order by line""",
                    [column.removeprefix(prefix)],
                )
        added, unscored = first_row(
            self._cursor, "select count(*), count(*) filter (verdict is null) from placed where fresh"
        ) or (0, 0)
        self.tally.added += added
        self.tally.unscored += unscored

    def _judge_repeats(self) -> None:
        """Count the rows that are in the store already; reject those that contradict it."""
        if not self._number("select count(*) from placed where not fresh"):
            return
        repeats = self._cursor.execute(
            """
            select line, problem, placed.sample_index, runs.name, counted,
                placed.verdict is not distinct from samples.verdict,
                coalesce(placed.completion = stored.completion, true)
            from placed join runs using (run_id)
            left join samples on samples.run_id = placed.run_id and samples.problem_id = placed.problem_id
                and samples.sample_index = placed.sample_index
            left join completions stored on stored.sample_id = samples.sample_id
            where not fresh order by line
            """
        ).fetchall()
        for line, problem, index, run, counted, same_verdict, same_text in repeats:
            if counted:
                reason = f"run {run} holds problem {problem} as counts only; delete the run to import its samples"
            elif same_verdict and same_text:
                self.tally.duplicates += 1
                continue
            else:
                what = "verdict" if same_text else "completion"
                reason = (
                    f"sample {index} of problem {problem} in run {run} has another {what} in the store; "
                    "give sample_index or seed, or name another run"
                )
            self.tally.rejected.append(Rejection(line, reason))

    # -- counts -----------------------------------------------------------------------------------

    def _add_counts(self) -> None:
        """Add rows (problem, n, c); the same row again adds nothing, another one is rejected."""
        rows = self._cursor.execute(
            """
            select line, arriving.problem_id, runs.name, runs.run_id, problems.problem_id, arriving.n, arriving.c,
                counts.n, counts.c
            from arriving join runs using (run_id)
            join problems on problems.benchmark_id = arriving.benchmark_id and problems.name = arriving.problem_id
            left join counts on counts.run_id = runs.run_id and counts.problem_id = problems.problem_id
            order by line
            """
        ).fetchall()
        stored: dict[tuple[int, int], tuple[int, int]] = {}
        fresh = []
        for line, problem, run, run_id, problem_id, n, c, stored_n, stored_c in rows:
            known = stored.get((run_id, problem_id)) or ((stored_n, stored_c) if stored_n is not None else None)
            if known is None:
                stored[run_id, problem_id] = (n, c)
                fresh.append([run_id, problem_id, n, c, self.import_id])
            elif known == (n, c):
                self.tally.duplicates += 1
            else:
                reason = f"problem {problem} in run {run} has {known[1]} of {known[0]} in the store; name another run"
                self.tally.rejected.append(Rejection(line, reason))
        names = ("run_id", "problem_id", "n", "c", "import_id")
        columns = list(zip(*fresh, strict=True)) or [()] * len(names)
        self._cursor.register(
            "fresh", pa.table({k: pa.array(v, pa.int64()) for k, v in zip(names, columns, strict=True)})
        )
        self._cursor.execute("insert into counts select run_id, problem_id, n, c, 0, 0, 0, false, import_id from fresh")
        self._cursor.unregister("fresh")
        self.tally.added += len(fresh)

    # -- small things -----------------------------------------------------------------------------

    def _number(self, sql: str) -> int:
        row = first_row(self._cursor, sql)
        return int(row[0]) if row else 0

    def _columns(self, table: str) -> set[str]:
        return {r[0] for r in self._cursor.execute(f"select column_name from (describe {table})").fetchall()}


def _new_ids(cursor: duckdb.DuckDBPyConnection, count: int) -> int:
    """Reserve `count` ids and return the first."""
    row = first_row(cursor, "select next_id from store")
    cursor.execute("update store set next_id = next_id + ?", [count])
    return int(row[0]) if row else 1


def _taken(values: list[int | None], codes: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(values, pa.int64()).take(pa.array(codes))


def combined(table: pa.Table, columns: list[str]) -> tuple[npt.NDArray[np.int64], list[tuple[Any, ...]]]:
    """Number the distinct combinations of values in these columns.

    Returns, for each row, the number of its combination, and the combinations by number.
    """
    codes = np.zeros(table.num_rows, dtype=np.int64)
    for column in columns:
        encoded = table.column(column).combine_chunks().dictionary_encode(null_encoding="encode")
        if len(encoded.dictionary) > 1:
            codes = codes * len(encoded.dictionary) + encoded.indices.to_numpy(zero_copy_only=False)
            _, codes = np.unique(codes, return_inverse=True)
    _, first = np.unique(codes, return_index=True)
    rows = table.select(columns).take(pa.array(first)).to_pylist()
    return codes, [tuple(row[c] for c in columns) for row in rows]


def contradiction(name: str, known: dict[str, Any], said: dict[str, Any]) -> str:
    """Say how a row contradicts what the store knows of its run; empty where it does not."""
    for column in ("benchmark", "model", *SETTINGS):
        if known[column] is not None and said[column] is not None and known[column] != said[column]:
            return (
                f"run {name} has {column} {known[column]}, this row {said[column]}; "
                "samples with other settings need a run of their own"
            )
    return ""


def run_name(model: str, benchmark: str, row: dict[str, Any]) -> str:
    """Name a run that its file does not name, by what tells runs apart."""
    said = {"T": row["temperature"], "top-p": row["top_p"], "max": row["max_tokens"]}
    settings = [f"{word} {value:g}" for word, value in said.items() if value is not None]
    return " · ".join([model, benchmark, *settings])


def run_key(name: str, taken: set[str]) -> str:
    """Make the short, stable key that links use from a run's first name."""
    stem = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "run"
    numbers = (f"{stem}-{i}" for i in range(2, len(taken) + 3))
    return next(key for key in (stem, *numbers) if key not in taken)


def warnings_in_words(warnings: Counter[str]) -> list[str]:
    """Tell each warning once, with the number of times it came."""
    return [f"{count:,} × {text}" if count > 1 else text for text, count in warnings.items()]
