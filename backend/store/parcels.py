"""Runs as tables that another store can take in without loss: which tables, which rows, in which order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from backend.store.database import Store
from backend.store.training_logs import family_of

ROWS_A_BATCH = 8_192
OF_A_RUN = {
    "samples": """sample_id, problem_id, sample_index, verdict::varchar as verdict, answer, verifier, finish_reason,
        token_count, sum_logprob, min_logprob, seed, metadata, import_id""",
    "completions": "sample_id, completion",
    "other_verdicts": "sample_id, verifier, verdict::varchar as verdict",
    "other_logprobs": "sample_id, model, sum_logprob",
    "readings": "sample_id, verifier, version, answer, came_with_file",
    "counts": "problem_id, n, c, no_answer, errors, unscored, import_id",
}
"""What belongs to one run, table by table, with the columns that go along; of counts, those without samples."""
SHARED = {
    "benchmarks": "select distinct benchmark_id, name from benchmarks where benchmark_id in ({benchmarks})",
    "problems": """select problem_id, benchmark_id, name, question, reference_answer, level, topic, answer_space,
        metadata from problems where benchmark_id in ({benchmarks})""",
    "models": """select model_id, name, training, base_model, checkpoint_step from models
        where model_id in (select model_id from runs where run_id in ({runs}))""",
    "runs": """select run_id, key, name, model_id, benchmark_id, temperature, top_p, max_tokens, prompt_template,
        verifier, created_at from runs where run_id in ({runs})""",
    "imports": """select import_id, file_name, sha256, format, imported_at, rows, added, duplicates, rejected,
        unscored, warnings, completed from imports where import_id in ({imports})""",
    "import_runs": "select import_id, run_id, run_name from import_runs where run_id in ({runs})",
    "import_rejections": "select import_id, line, reason from import_rejections where import_id in ({imports})",
    "regrades": """select regrade_id, run_id, run_name, problem_id, verifier, version, counts, graded, changed, errors,
        unscored, graded_at from regrades where run_id in ({runs})""",
    "reference_corrections": """select correction_id, problem_id, benchmark, problem, old_answer, new_answer,
        corrected_at from reference_corrections where problem_id in (
            select problem_id from problems where benchmark_id in ({benchmarks}))""",
    "training_logs": "select log_id, name, import_id from training_logs where name in ({logs})",
    "training_steps": """select log_id, step, reward, entropy, length from training_steps
        where log_id in (select log_id from training_logs where name in ({logs}))""",
}
"""What runs share, table by table."""

RUN_FACTS = {
    "run_id": "runs.run_id", "key": "key", "run": "runs.name", "model": "models.name", "benchmark": "benchmarks.name",
    "temperature": "temperature", "top_p": "top_p", "max_tokens": "max_tokens",
    "problems": "count(problem_id)", "samples": "coalesce(sum(n + errors + unscored), 0)::bigint",
    "correct": "coalesce(sum(c), 0)::bigint", "incorrect": "coalesce(sum(n - c - no_answer), 0)::bigint",
    "no_answer": "coalesce(sum(no_answer), 0)::bigint", "errors": "coalesce(sum(errors), 0)::bigint",
    "unscored": "coalesce(sum(unscored), 0)::bigint",
}  # fmt: skip
"""What is told of each run before its tables."""

Batches = Iterator[pa.RecordBatch]


class Parcel:
    """Some runs of a store, as it was at one moment; made by `parcel`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> None:
        self._cursor = cursor
        rows = cursor.execute(
            f"""select benchmark_id, models.checkpoint_step, {", ".join(RUN_FACTS.values())}
            from runs join benchmarks using (benchmark_id) join models using (model_id)
            left join counts using (run_id) where key in (select unnest(?::varchar[]))
            group by all order by run_id""",
            [list(keys)],
        ).fetchall()
        self.runs: list[dict[str, Any]] = [dict(zip(RUN_FACTS, row[2:], strict=True)) for row in rows]
        """One run each: RUN_FACTS."""
        self._runs = [run["run_id"] for run in self.runs]
        self._benchmarks = sorted({row[0] for row in rows})
        self._logs = sorted({family_of(run["model"], row[1]) for run, row in zip(self.runs, rows, strict=True)})

    def shared(self, table: str) -> tuple[pa.Schema, Batches]:
        """Return the columns and the rows of what the runs share."""
        imports = """select import_id from import_runs where run_id in (select unnest($runs::bigint[])) union
            select import_id from samples where run_id in (select unnest($runs::bigint[])) union
            select import_id from training_logs where name in (select unnest($logs::varchar[]))"""
        sql = SHARED[table].format(
            runs="select unnest($runs::bigint[])", benchmarks="select unnest($benchmarks::bigint[])",
            logs="select unnest($logs::varchar[])", imports=imports,
        )  # fmt: skip
        known = {"runs": self._runs, "benchmarks": self._benchmarks, "logs": self._logs}
        return self._read(f"{sql} order by all", {name: value for name, value in known.items() if f"${name}" in sql})

    def of_run(self, run_id: object, table: str) -> tuple[pa.Schema, Batches]:
        """Return the columns and the rows of what belongs to one run."""
        more = " and not has_samples" if table == "counts" else ""
        sql = f"select {OF_A_RUN[table]} from {table} where run_id = $run{more} order by 1"
        return self._read(sql, {"run": run_id})

    def _read(self, sql: str, parameters: dict[str, object]) -> tuple[pa.Schema, Batches]:
        reader: Any = self._cursor.sql(sql, params=parameters).to_arrow_reader(ROWS_A_BATCH)
        return reader.schema, iter(reader)


@contextmanager
def parcel(store: Store, keys: Sequence[str]) -> Iterator[Parcel]:
    """Hold the store still for reading, and give what can be read of these runs (keys)."""
    with store.snapshot() as cursor:
        yield Parcel(cursor, keys)
