"""Verdicts of our own, into the store: the texts to grade out, page by page; grades in, all or nothing."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from backend.errors import NotFound
from backend.records import Problem
from backend.store.database import Store
from backend.store.migrations import first_row, new_ids
from backend.store.verdicts import Ids, count_chosen, drop_others, finish, remember_file, slices

PAGE_BYTES = 8_000_000
WIDEST_PAGE = 8_192
GRADES = pa.schema([("sample_id", pa.int64()), ("verdict", pa.string()), ("answer", pa.string())])

Rows = list[tuple[Any, ...]]
Ask = Callable[[str, Sequence[Any]], Rows]
"""Runs one query and returns its rows: on a cursor of its own, or within a transaction."""


@dataclass(frozen=True, kw_only=True)
class GradedRun:
    """What is known of a run that is to be graded."""

    run_id: int
    benchmark_id: int
    name: str
    samples: int
    texts: int


@dataclass(frozen=True, kw_only=True)
class Regrade:
    """What one regrade did to a run, or to one problem of it."""

    run: str
    verifier: str
    version: str
    counts: bool
    """Whether the verifier is the one that counts."""
    graded: int = 0
    """Samples that have a verdict of it now."""
    changed: int = 0
    """Samples whose verdict, of those that count, is another one than before."""
    correct: int = 0
    no_answer: int = 0
    errors: int = 0
    unscored: int = 0
    """Samples without a verdict of it: they have no text, or their problem has no reference answer."""
    without_text: int = 0
    without_reference: int = 0


def run_to_grade(store: Store, run: str) -> GradedRun:
    """Return what is known of the run with this key. Raises NotFound where there is none."""
    rows = store.rows(
        """
        select run_id, benchmark_id, name, (select count(*) from samples where samples.run_id = runs.run_id),
            (select count(*) from completions where completions.run_id = runs.run_id)
        from runs where key = ?
        """,
        [run],
    )
    if not rows:
        raise NotFound(f"The store holds no run {run}.", "`python -m backend runs` lists the runs there are.")
    run_id, benchmark_id, name, samples, texts = rows[0]
    return GradedRun(run_id=run_id, benchmark_id=benchmark_id, name=name, samples=samples, texts=texts)


def texts(ask: Ask, run_id: int, *, after: int = 0) -> Iterator[Rows]:
    """Yield a run's completions in pages of about 8 MB: (sample_id, problem_id, completion), by id.

    after: the id that the first sample's lies above. Pages are ranges of ids, since texts lie in their order.
    """
    width, start = 256, after + 1
    while True:
        sql = "select min(sample_id) from completions where run_id = ? and sample_id >= ?"
        (first,) = ask(sql, [run_id, start])[0]
        if first is None:
            return
        rows = ask(
            """
            select c.sample_id, s.problem_id, c.completion from completions c join samples s using (sample_id)
            where c.run_id = $1 and s.run_id = $1 and c.sample_id between $2 and $3 and s.sample_id between $2 and $3
            order by c.sample_id
            """,
            [run_id, first, first + width - 1],
        )
        if rows:
            yield rows
        start = first + width
        width = max(16, min(WIDEST_PAGE, 2 * width, width * PAGE_BYTES // max(sum(len(row[2]) for row in rows), 1)))


def texts_of_problem(ask: Ask, run_id: int, problem_id: int, *, after: int = 0) -> Iterator[Rows]:
    """Yield a run's completions of one problem, in pages of 256: (sample_id, problem_id, completion), by id."""
    sql = "select sample_id from samples where run_id = ? and problem_id = ? and sample_id > ? order by sample_id"
    ids = [row[0] for row in ask(sql, [run_id, problem_id, after])]
    for start in range(0, len(ids), 256):
        yield ask(
            """
            select sample_id, ?::bigint, completion from completions
            where run_id = ? and sample_id in (select unnest(?::bigint[])) order by sample_id
            """,
            [problem_id, run_id, ids[start : start + 256]],
        )


def problems_of(ask: Ask, ids: Sequence[int]) -> dict[int, Problem]:
    """Return the problems with these ids."""
    rows = ask(
        """
        select problem_id, benchmarks.name, problems.name, question, reference_answer, level, topic, metadata
        from problems join benchmarks using (benchmark_id) where problem_id in (select unnest(?::bigint[]))
        """,
        [list(ids)],
    )
    return {
        row[0]: Problem(
            benchmark=row[1], problem=row[2], question=row[3], reference_answer=row[4], level=row[5], topic=row[6],
            metadata=json.loads(row[7]) if row[7] else {},
        )
        for row in rows
    }  # fmt: skip


def newest_correction(ask: Ask) -> int:
    """Return a number that rises with each corrected reference answer."""
    return int(ask("select coalesce(max(correction_id), 0) from reference_corrections", [])[0][0])


def corrected_since(ask: Ask, correction: int, run_id: int) -> list[int]:
    """Return the ids of the run's problems whose reference answer was corrected since."""
    rows = ask(
        """select distinct problem_id from reference_corrections join counts using (problem_id)
        where correction_id > ? and run_id = ?""",
        [correction, run_id],
    )
    return [row[0] for row in rows]


def record_grades(
    cursor: duckdb.DuckDBPyConnection,
    known: GradedRun,
    grades: pa.Table,
    *,
    verifier: str,
    version: str,
    counts: bool,
    problem_id: int | None = None,
) -> Regrade:
    """Store the grades of a run, or of one of its problems; former verdicts of this verifier on them go.

    grades: sample_id, verdict (null: unscored), answer. Samples of the run that are not among them are unscored; of a
    single problem, they stay as they are. A verifier that counts already goes on counting.
    """
    counting = first_row(cursor, "select verifier from runs where run_id = ?", [known.run_id])
    sums = Regrade(run=known.name, verifier=verifier, version=version, counts=counts or counting == (verifier,))
    touched = grades.column("sample_id").to_numpy()
    for ids in slices(cursor, known.run_id):
        if problem_id is not None and not ((touched >= ids[0]) & (touched <= ids[1])).any():
            continue
        sums = _slice_recorded(cursor, known.run_id, grades, ids, sums, problem_id)
    finish(cursor, known.run_id)
    return _logged(cursor, known, sums, problem_id)


def _slice_recorded(
    cursor: duckdb.DuckDBPyConnection, run_id: int, grades: pa.Table, ids: Ids, sums: Regrade, problem_id: int | None
) -> Regrade:
    """Store the grades of one range of ids; return the sums with theirs."""
    remember_file(cursor, run_id, ids, sums.verifier)
    place = {"run_id": run_id, "low": ids[0], "high": ids[1]}
    here = "run_id = $run_id and sample_id between $low and $high"
    cursor.register("given", grades)
    cursor.execute(
        f"""
        create or replace temp table chosen as
        select s.sample_id, $verifier as verifier, given.verdict::verdict as verdict, given.answer as answer,
            given.sample_id is not null as has_text
        from (select sample_id, problem_id from samples where {here}) s
        left join (select * from given where sample_id between $low and $high) given using (sample_id)
        where $problem_id::bigint is null or (s.problem_id = $problem_id and given.sample_id is not null)
        """,
        {**place, "verifier": sums.verifier, "problem_id": problem_id},
    )
    cursor.unregister("given")
    cursor.execute(
        f"""delete from readings where {here} and verifier = $verifier and not came_with_file
        and sample_id in (select sample_id from chosen)""",
        {**place, "verifier": sums.verifier},
    )
    cursor.execute(
        "insert into readings select sample_id, ?, verifier, ?, answer, false from chosen where has_text",
        [run_id, sums.version],
    )
    sums = _with_chosen(cursor, sums)
    if sums.counts:
        return replace(sums, changed=sums.changed + count_chosen(cursor, run_id, ids))
    drop_others(cursor, run_id, ids)
    cursor.execute(
        "insert into other_verdicts select sample_id, ?, verifier, verdict from chosen where verdict is not null",
        [run_id],
    )
    return sums


def _with_chosen(cursor: duckdb.DuckDBPyConnection, sums: Regrade) -> Regrade:
    """Return the sums with those of the table `chosen`."""
    total, texts, graded, correct, no_answer, errors = first_row(
        cursor,
        """select count(*), count(*) filter (has_text), count(verdict), count(*) filter (verdict = 'correct'),
            count(*) filter (verdict = 'no_answer'), count(*) filter (verdict = 'error') from chosen""",
    ) or (0, 0, 0, 0, 0, 0)
    return replace(
        sums, graded=sums.graded + graded, correct=sums.correct + correct, no_answer=sums.no_answer + no_answer,
        errors=sums.errors + errors, unscored=sums.unscored + total - graded,
        without_text=sums.without_text + total - texts, without_reference=sums.without_reference + texts - graded,
    )  # fmt: skip


def _logged(cursor: duckdb.DuckDBPyConnection, known: GradedRun, regrade: Regrade, problem_id: int | None) -> Regrade:
    now = datetime.now(UTC).replace(tzinfo=None)
    cursor.execute(
        "insert into regrades values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [new_ids(cursor, 1), known.run_id, known.name, problem_id, regrade.verifier, regrade.version, regrade.counts,
         regrade.graded, regrade.changed, regrade.errors, regrade.unscored, now],
    )  # fmt: skip
    return regrade
