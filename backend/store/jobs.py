"""Sampling jobs in the store: what was asked for, request by request, and how far each is."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from backend.errors import BadInput, NotFound
from backend.records import JobState
from backend.store.database import Store
from backend.store.incoming import RUN_FIELDS
from backend.store.lending import Lending
from backend.store.migrations import first_row, new_ids
from backend.store.places import Places

INTERRUPTED = "It was interrupted before its end; what had arrived is kept. Resume it to draw the rest."
ENDED = (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job as it is asked for."""

    kind: str
    """`samples`, `prefix` (samples that go on from a given beginning) or `scores`."""
    benchmark: str
    run: Mapping[str, Any]
    """The columns of the run: run (its name), model, temperature, top_p, max_tokens, prompt_template, verifier."""
    settings: Mapping[str, Any]
    """All else that is to be known to do it and to tell how it was done; plain data."""
    wanted: Mapping[str, int]
    """How many samples of each problem."""
    prompts: Mapping[str, str]
    """The prompt of each problem, filled in."""
    batch: int = 32
    """The most samples that one request asks for."""
    prefix: str | None = None
    asked_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job as it stands in the store."""

    job: int
    kind: str
    run_id: int
    run: str
    """The run's name."""
    key: str
    model: str
    benchmark: str
    settings: dict[str, Any] = field(default_factory=dict)
    state: JobState
    error: str | None
    verifier: str | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What of a request is still to be drawn."""

    number: int
    problem_id: int
    problem: str
    first_index: int
    wanted: int
    arrived: int
    prompt: str
    prefix: str | None


def record_job(store: Store, new: NewJob) -> int:
    """Write a job down, with its run and its requests, and return its number.

    Raises BadInput where the run's settings contradict the stored run's, or a problem is known by counts alone;
    NotFound for a problem that the benchmark does not have.
    """
    with store.write() as cursor:
        run_id = _run(cursor, new)
        problems = _problem_ids(cursor, run_id, new)
        job_id = new_ids(cursor, 1)
        now = datetime.now(UTC).replace(tzinfo=None)
        cursor.execute(
            "insert into jobs values (?, ?, ?, ?, ?, null, ?, ?, null, null, 0)",
            [job_id, new.kind, run_id, json.dumps(new.settings), JobState.QUEUED, new.asked_by, now],
        )
        _insert_requests(cursor, job_id, run_id, new, problems)
    return job_id


def _run(cursor: duckdb.DuckDBPyConnection, new: NewJob) -> int:
    known: Counter[str] = Counter()
    places = Places(cursor, str(new.run["model"]), known)
    row = {name: new.run.get(name) for name in (f.name for f in RUN_FIELDS)}
    place = places.place({"benchmark": new.benchmark, **row})
    if place.run_id is None:
        raise BadInput(f"The samples cannot join that run: {place.refusal}.", "Name another run.")
    return place.run_id


def _problem_ids(cursor: duckdb.DuckDBPyConnection, run_id: int, new: NewJob) -> dict[str, int]:
    rows = cursor.execute(
        """select problems.name, problems.problem_id, counts.has_samples
        from problems join benchmarks using (benchmark_id)
        left join counts on counts.problem_id = problems.problem_id and counts.run_id = ?
        where benchmarks.name = ? and problems.name in (select unnest(?::varchar[]))""",
        [run_id, new.benchmark, list(new.wanted)],
    ).fetchall()
    if missing := sorted(set(new.wanted) - {row[0] for row in rows}):
        raise NotFound(
            f"{new.benchmark} has no problem {missing[0]}.", "`python -m backend counts RUN` lists problems."
        )
    if new.kind == "samples" and (counted := [row[0] for row in rows if row[2] is False]):
        raise BadInput(
            f"Problem {counted[0]} is known to this run by its counts alone, which samples cannot join.",
            "Name another run.",
        )
    return {name: problem_id for name, problem_id, _ in rows}


def _insert_requests(
    cursor: duckdb.DuckDBPyConnection, job_id: int, run_id: int, new: NewJob, problems: Mapping[str, int]
) -> None:
    """Write the requests: a round over all problems, then the next, so that early samples come from all of them."""
    free = {} if new.kind == "scores" else _free_indexes(cursor, run_id, new.kind)
    prompts = _prompt_ids(cursor, new.prompts)
    parts = []
    for name, wanted in new.wanted.items():
        start = free.get(problems[name], 0)
        for turn, offset in enumerate(range(0, wanted, new.batch)):
            parts.append((turn, name, start + offset, min(new.batch, wanted - offset)))
    parts.sort(key=lambda part: part[0])
    table = pa.table({
        "number": pa.array(range(len(parts)), pa.int64()),
        "problem_id": pa.array([problems[name] for _, name, _, _ in parts], pa.int64()),
        "first_index": pa.array([start for _, _, start, _ in parts], pa.int64()),
        "wanted": pa.array([size for _, _, _, size in parts], pa.int64()),
        "prompt_id": pa.array([prompts[name] for _, name, _, _ in parts], pa.int64()),
        "prefix": pa.array([new.prefix] * len(parts), pa.string()),
    })  # fmt: skip
    Lending(cursor).ask(
        table,
        f"""insert into requests select {job_id}, {run_id}, number, problem_id, first_index, wanted, 0, 0, 0, 'open',
            null, prompt_id, prefix, null, null from {{given}}""",
    )


def _free_indexes(cursor: duckdb.DuckDBPyConnection, run_id: int, kind: str) -> dict[int, int]:
    """The next number of each problem that neither a sample has nor a request has taken."""
    samples = "select problem_id, max(sample_index) + 1 as next from samples where run_id = $run_id group by all"
    rows = cursor.execute(
        f"""select problem_id, max(next) from (
            {samples if kind == "samples" else "select null as problem_id, 0 as next where false"}
            union all
            select problem_id, max(first_index + wanted) from requests join jobs using (job_id)
            where requests.run_id = $run_id and kind = $kind group by all
        ) group by problem_id""",
        {"run_id": run_id, "kind": kind},
    ).fetchall()
    return dict(rows)


def _prompt_ids(cursor: duckdb.DuckDBPyConnection, prompts: Mapping[str, str]) -> dict[str, int]:
    hashes = {name: hashlib.sha256(prompt.encode()).hexdigest() for name, prompt in prompts.items()}
    rows = cursor.execute(
        "select hash, prompt_id from prompts where hash in (select unnest(?::varchar[]))", [list(hashes.values())]
    ).fetchall()
    known: dict[str, int] = dict(rows)
    fresh = {hashes[name]: prompt for name, prompt in prompts.items() if hashes[name] not in known}
    start = new_ids(cursor, len(fresh))
    known.update(zip(fresh, range(start, start + len(fresh)), strict=True))
    table = pa.table({
        "prompt_id": pa.array([known[h] for h in fresh], pa.int64()), "hash": pa.array(list(fresh), pa.string()),
        "prompt": pa.array(list(fresh.values()), pa.string()),
    })  # fmt: skip
    Lending(cursor).ask(table, "insert into prompts select * from {given}")
    return {name: known[hashes[name]] for name in prompts}


def stored_job(store: Store, job: int) -> Job:
    """Return one job. Raises NotFound where there is none."""
    rows = store.rows(
        """select kind, run_id, runs.name, runs.key, models.name, benchmarks.name, settings, state, error, verifier
        from jobs join runs using (run_id) join models using (model_id) join benchmarks using (benchmark_id)
        where job_id = ?""",
        [job],
    )
    if not rows:
        raise NotFound(f"There is no job {job}.", "`python -m backend jobs` lists them.")
    kind, run_id, run, key, model, benchmark, settings, state, error, verifier = rows[0]
    return Job(
        job=job, kind=kind, run_id=run_id, run=run, key=key, model=model, benchmark=benchmark,
        settings=json.loads(settings), state=JobState(state), error=error, verifier=verifier,
    )  # fmt: skip


def jobs(store: Store, job: int | None = None) -> pd.DataFrame:
    """Return one row a job, the newest first.

    Columns: job, kind, state, error, run, key, model, benchmark, done, wanted, failed (samples that were given up),
    correct, tokens, seconds (spent drawing), asked_by, asked_at, began_at, ended_at, settings (JSON).
    """
    return store.read(
        """
        with summed as (
            select job_id, sum(arrived)::bigint as done, sum(wanted)::bigint as wanted, sum(correct)::bigint as correct,
                sum(tokens)::bigint as tokens,
                coalesce(sum(wanted - arrived) filter (state = 'failed'), 0)::bigint as failed
            from requests group by job_id
        )
        select job_id as job, kind, state, error, runs.name as run, runs.key, models.name as model,
            benchmarks.name as benchmark, coalesce(done, 0) as done, coalesce(wanted, 0) as wanted,
            coalesce(failed, 0) as failed, coalesce(correct, 0) as correct, coalesce(tokens, 0) as tokens,
            jobs.seconds, asked_by, asked_at, began_at, ended_at, settings
        from jobs join runs using (run_id) join models using (model_id) join benchmarks using (benchmark_id)
            left join summed using (job_id)
        where $job is null or job_id = $job order by job_id desc
        """,
        {"job": job},
    )


def job_problems(store: Store, job: int) -> pd.DataFrame:
    """Return one row a problem of a job: problem, done, wanted, correct, failed, error (the first, in its words)."""
    return store.read(
        """
        select problems.name as problem, sum(arrived)::bigint as done, sum(wanted)::bigint as wanted,
            sum(correct)::bigint as correct,
            coalesce(sum(wanted - arrived) filter (state = 'failed'), 0)::bigint as failed, any_value(error) as error
        from requests join problems using (problem_id) where job_id = ?
        group by problem_id, problems.name order by problem_id
        """,
        [job],
    )


def open_requests(store: Store, job: int) -> list[Request]:
    """Return what of a job is still to be drawn, in its order."""
    rows = store.rows(
        """
        select number, problem_id, problems.name, first_index, wanted, arrived, prompt, prefix
        from requests join problems using (problem_id) join prompts using (prompt_id)
        where job_id = ? and state = 'open' order by number
        """,
        [job],
    )
    names = ("number", "problem_id", "problem", "first_index", "wanted", "arrived", "prompt", "prefix")
    return [Request(**dict(zip(names, row, strict=True))) for row in rows]


def record_state(store: Store, job: int, state: JobState, error: str | None = None, *, seconds: float = 0.0) -> None:
    """Say how a job stands, and add the seconds that were spent on it."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.write() as cursor:
        cursor.execute(
            """update jobs set state = $state, error = $error, seconds = seconds + $seconds,
                began_at = case when $running then coalesce(began_at, $now) else began_at end,
                ended_at = case when $ended then $now else null end
            where job_id = $job""",
            {"state": state, "error": error, "seconds": seconds, "now": now, "job": job,
             "running": state is JobState.RUNNING, "ended": state in ENDED},
        )  # fmt: skip


def record_failures(store: Store, job: int, numbers: Sequence[int], words: str) -> None:
    """Give up requests, with the reason."""
    with store.write() as cursor:
        cursor.execute(
            """update requests set state = 'failed', error = ?
            where job_id = ? and state = 'open' and number in (select unnest(?::bigint[]))""",
            [words, job, list(numbers)],
        )


def reopen(store: Store, job: int) -> int:
    """Open again what of a job was given up or not drawn, and return how many samples that are."""
    with store.write() as cursor:
        cursor.execute("update requests set state = 'open', error = null where job_id = ? and state = 'failed'", [job])
        cursor.execute("update jobs set state = 'queued', error = null, ended_at = null where job_id = ?", [job])
        row = first_row(
            cursor, "select coalesce(sum(wanted - arrived), 0) from requests where job_id = ? and state = 'open'", [job]
        )
    return int(row[0]) if row else 0


def seeds_used(store: Store) -> set[int]:
    """Return the seeds that engines were ever started with for this store."""
    return {row[0] for row in store.rows("select distinct seed from engine_starts where seed is not null")}
