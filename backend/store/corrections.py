"""Reference answers that were wrong: corrected, and written down."""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pandas as pd

from backend.errors import BadInput, NotFound
from backend.store.database import Store
from backend.store.migrations import first_row, new_ids
from backend.store.regrading import GradedRun


@dataclass(frozen=True, kw_only=True)
class StoredProblem:
    """A problem as the store knows it."""

    problem_id: int
    reference_answer: str | None


def problem_to_correct(store: Store, benchmark: str, problem: str) -> StoredProblem:
    """Return a problem's id and reference answer. Raises NotFound where there is no such problem."""
    rows = store.rows(
        """select problem_id, reference_answer from problems join benchmarks using (benchmark_id)
        where benchmarks.name = ? and problems.name = ?""",
        [benchmark, problem],
    )
    if not rows:
        raise NotFound(f"Benchmark {benchmark} has no problem {problem}.", "`python -m backend counts` lists them.")
    return StoredProblem(problem_id=rows[0][0], reference_answer=rows[0][1])


def graded_by_ours(store: Store, problem_id: int) -> tuple[list[tuple[GradedRun, str]], list[str]]:
    """Return who of ours has graded a problem, as run and verifier; and the runs where the file's verdicts count."""
    rows = store.rows(
        """
        select distinct runs.run_id, benchmark_id, runs.name, readings.verifier
        from samples join runs using (run_id)
        join readings on readings.run_id = samples.run_id and readings.sample_id = samples.sample_id
        where samples.problem_id = ? and not came_with_file order by 1, 4
        """,
        [problem_id],
    )
    ours = [
        (GradedRun(run_id=run_id, benchmark_id=benchmark_id, name=name, samples=0, texts=0), verifier)
        for run_id, benchmark_id, name, verifier in rows
    ]
    kept = store.rows(
        """
        select distinct runs.name from counts join runs using (run_id)
        where problem_id = ? and not exists (select 1 from readings
            where readings.run_id = runs.run_id and readings.verifier = runs.verifier and not came_with_file)
        order by 1
        """,
        [problem_id],
    )
    return ours, [name for (name,) in kept]


def record_correction(
    cursor: duckdb.DuckDBPyConnection, found: StoredProblem, benchmark: str, problem: str, answer: str | None
) -> None:
    """Replace a reference answer and write down both. Raises BadInput where another one came in between."""
    stored = first_row(cursor, "select reference_answer from problems where problem_id = ?", [found.problem_id])
    if not stored or stored[0] != found.reference_answer:
        raise BadInput(
            f"The reference answer of {problem} was changed meanwhile.", "Look at it, then correct it again if needed."
        )
    cursor.execute("update problems set reference_answer = ? where problem_id = ?", [answer, found.problem_id])
    cursor.execute(
        "insert into reference_corrections values (?, ?, ?, ?, ?, ?, ?)",
        [new_ids(cursor, 1), found.problem_id, benchmark, problem, found.reference_answer, answer,
         datetime.now(UTC).replace(tzinfo=None)],
    )  # fmt: skip


def corrections(store: Store, benchmark: str | None = None) -> pd.DataFrame:
    """Return one row a corrected reference answer, newest first.

    Columns: benchmark, problem, old_answer, new_answer (missing: not known), corrected_at.
    """
    return store.read(
        """select benchmark, problem, old_answer, new_answer, corrected_at from reference_corrections
        where ?::varchar is null or benchmark = ? order by correction_id desc""",
        [benchmark, benchmark],
    )


def regrades(store: Store, run: str | None = None) -> pd.DataFrame:
    """Return one row a regrade, newest first.

    Columns: run, verifier, version, counts, problem (None: the whole run), graded, changed, errors, unscored,
    graded_at.
    """
    return store.read(
        """
        select coalesce(runs.name, run_name) as run, regrades.verifier, version, counts, problems.name as problem,
            graded, changed, errors, unscored, graded_at
        from regrades left join runs using (run_id) left join problems using (problem_id)
        where ?::varchar is null or runs.key = ? order by regrade_id desc
        """,
        [run, run],
    )
