"""Samples as they arrive from an engine: each transaction adds whole replies, so that none is lost or drawn twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from backend.errors import NotFound
from backend.records import Draw, Verdict
from backend.store.database import Store
from backend.store.jobs import Job
from backend.store.lending import Lending
from backend.store.migrations import first_row, new_ids

_VERDICT = pa.string()


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One reply, judged."""

    number: int
    """The request's number."""
    problem_id: int
    first_index: int
    """The index of its first sample."""
    offset: int
    """How many samples of the request had arrived before it."""
    draws: Sequence[Draw]
    verdicts: Sequence[Verdict | None]
    answers: Sequence[str | None]
    seed: int | None
    start_id: int
    reply_hash: str


def record_arrivals(store: Store, job: Job, arrivals: Sequence[Arrival], *, verifier: str, version: str) -> int:
    """Add the samples of these replies and return how many; a reply that is there already adds nothing.

    Raises NotFound where the job was deleted, with its run.
    """
    with store.write() as cursor:
        rows = cursor.execute(
            """select number, arrived, wanted from requests
            where job_id = ? and number in (select unnest(?::bigint[]))""",
            [job.job, [arrival.number for arrival in arrivals]],
        ).fetchall()
        at = {number: (arrived, wanted) for number, arrived, wanted in rows}
        if arrivals and not at:
            raise NotFound(f"Job {job.job} is gone: its run was deleted.", "What had arrived was deleted with it.")
        fresh = _next_ones(arrivals, at)
        if job.kind == "prefix":
            _insert_prefix_samples(cursor, job, fresh)
        else:
            _insert_samples(cursor, job, fresh, verifier, version)
            _count(cursor, job.run_id, fresh)
        _mark(cursor, job, fresh)
    return sum(len(a.draws) for a in fresh)


def _next_ones(arrivals: Sequence[Arrival], at: dict[int, tuple[int, int]]) -> list[Arrival]:
    """Those replies that go on just where their request is; of several to one request, in their order."""
    fresh = []
    for arrival in arrivals:
        arrived, wanted = at[arrival.number]
        if arrived == arrival.offset and arrived + len(arrival.draws) <= wanted:
            fresh.append(arrival)
            at[arrival.number] = (arrived + len(arrival.draws), wanted)
    return fresh


def _columns(arrivals: Sequence[Arrival]) -> dict[str, pa.Array]:
    """The columns that samples and prefix samples share, one row a draw."""
    drawn = [(a, place, draw) for a in arrivals for place, draw in enumerate(a.draws)]

    def column(of: pa.DataType, values: list[Any]) -> pa.Array:
        return pa.array(values, of)

    return {
        "problem_id": column(pa.int64(), [a.problem_id for a, _, _ in drawn]),
        "number": column(pa.int64(), [a.number for a, _, _ in drawn]),
        "place": column(pa.int64(), [a.first_index + place for a, place, _ in drawn]),
        "verdict": column(_VERDICT, [a.verdicts[place] for a, place, _ in drawn]),
        "answer": column(pa.string(), [a.answers[place] for a, place, _ in drawn]),
        "completion": column(pa.string(), [draw.text for _, _, draw in drawn]),
        "finish_reason": column(pa.string(), [draw.finish_reason for _, _, draw in drawn]),
        "token_count": column(pa.int64(), [draw.token_count for _, _, draw in drawn]),
        "sum_logprob": column(pa.float64(), [draw.sum_logprob for _, _, draw in drawn]),
        "min_logprob": column(pa.float64(), [draw.min_logprob for _, _, draw in drawn]),
        "seed": column(pa.int64(), [a.seed for a, _, _ in drawn]),
        "metadata": column(pa.string(), [_metadata(draw) for _, _, draw in drawn]),
    }


def _metadata(draw: Draw) -> str | None:
    """The stop string as imported files tell it, so that what looks for natural words finds it."""
    return None if draw.stop_reason is None else json.dumps({"stop_reason": draw.stop_reason})


def _insert_samples(
    cursor: duckdb.DuckDBPyConnection, job: Job, arrivals: Sequence[Arrival], verifier: str, version: str
) -> None:
    columns = _columns(arrivals)
    start = new_ids(cursor, len(columns["place"]))
    columns["sample_id"] = pa.array(range(start, start + len(columns["place"])), pa.int64())
    with Lending(cursor).lent(pa.table(columns)) as given:
        cursor.execute(
            f"""insert into samples select sample_id, {job.run_id}, problem_id, place, verdict::verdict, answer,
                case when verdict is null then null else ? end, finish_reason, token_count, sum_logprob, min_logprob,
                seed, metadata, null from {given}""",
            [verifier],
        )
        cursor.execute(f"insert into completions select sample_id, {job.run_id}, completion from {given}")
        cursor.execute(
            f"""insert into readings select sample_id, {job.run_id}, ?, ?, answer, false from {given}
            where verdict is not null""",
            [verifier, version],
        )


def _insert_prefix_samples(cursor: duckdb.DuckDBPyConnection, job: Job, arrivals: Sequence[Arrival]) -> None:
    Lending(cursor).ask(
        pa.table(_columns(arrivals)),
        f"""insert into prefix_samples select {job.job}, {job.run_id}, problem_id, number, place, completion,
            verdict::verdict, answer, finish_reason, token_count, sum_logprob, min_logprob, seed, metadata
        from {{given}}""",
    )


def _count(cursor: duckdb.DuckDBPyConnection, run_id: int, arrivals: Sequence[Arrival]) -> None:
    """Add to the per-problem counts what arrived; counting a large run anew at each reply would take its time."""
    sums: dict[int, dict[Verdict | None, int]] = {}
    for arrival in arrivals:
        of_problem = sums.setdefault(arrival.problem_id, {})
        for verdict in arrival.verdicts:
            of_problem[verdict] = of_problem.get(verdict, 0) + 1
    drawn = (Verdict.CORRECT, Verdict.INCORRECT, Verdict.NO_ANSWER)
    table = pa.table({
        "problem_id": pa.array(list(sums), pa.int64()),
        "n": pa.array([sum(s.get(v, 0) for v in drawn) for s in sums.values()], pa.int64()),
        "c": pa.array([s.get(Verdict.CORRECT, 0) for s in sums.values()], pa.int64()),
        "no_answer": pa.array([s.get(Verdict.NO_ANSWER, 0) for s in sums.values()], pa.int64()),
        "errors": pa.array([s.get(Verdict.ERROR, 0) for s in sums.values()], pa.int64()),
        "unscored": pa.array([s.get(None, 0) for s in sums.values()], pa.int64()),
    })  # fmt: skip
    here = f"counts.run_id = {run_id} and counts.has_samples and counts.problem_id = given.problem_id"
    with Lending(cursor).lent(table) as given:
        cursor.execute(
            f"""insert into counts select {run_id}, problem_id, 0, 0, 0, 0, 0, true, null from {given} given
            where not exists (select 1 from counts where {here})"""
        )
        added = ", ".join(f"{name} = counts.{name} + given.{name}" for name in table.column_names[1:])
        cursor.execute(f"update counts set {added} from {given} given where {here}")


def _mark(cursor: duckdb.DuckDBPyConnection, job: Job, arrivals: Sequence[Arrival]) -> None:
    """Note with each request how much of it has arrived, and each reply's hash."""
    table = pa.table({
        "number": pa.array([a.number for a in arrivals], pa.int64()),
        "problem_id": pa.array([a.problem_id for a in arrivals], pa.int64()),
        "size": pa.array([len(a.draws) for a in arrivals], pa.int64()),
        "tokens": pa.array([sum(draw.token_count or 0 for draw in a.draws) for a in arrivals], pa.int64()),
        "correct": pa.array([sum(v is Verdict.CORRECT for v in a.verdicts) for a in arrivals], pa.int64()),
        "start_id": pa.array([a.start_id for a in arrivals], pa.int64()),
        "hash": pa.array([a.reply_hash for a in arrivals], pa.string()),
    })  # fmt: skip
    with Lending(cursor).lent(table) as given:
        cursor.execute(
            f"""update requests set arrived = arrived + size, tokens = requests.tokens + given.tokens,
                correct = requests.correct + given.correct, start_id = given.start_id, arrived_at = ?,
                state = case when arrived + size = wanted then 'done' else state end
            from (
                select number, sum(size)::bigint as size, sum(tokens)::bigint as tokens, max(start_id) as start_id,
                    sum(correct)::bigint as correct
                from {given} group by number
            ) given where requests.job_id = {job.job} and requests.number = given.number""",
            [datetime.now(UTC).replace(tzinfo=None)],
        )
        cursor.execute(f"insert into replies select {job.job}, {job.run_id}, problem_id, number, hash from {given}")


def reply_hashes(store: Store, run_id: int) -> set[tuple[int, str]]:
    """Return the hash of each reply that a run's samples came in, with its problem's id."""
    return {(p, h) for p, h in store.rows("select problem_id, hash from replies where run_id = ?", [run_id])}


def record_start(
    store: Store, *, name: str, url: str, model: str, version: str | None, seed: int | None, settings: str | None
) -> int:
    """Write down which server a job draws from, once for each start of it, and return its id.

    name: what tells one start of a server from another; settings: how it was started, as JSON.
    """
    with store.write() as cursor:
        found = first_row(cursor, "select start_id from engine_starts where name = ?", [name])
        if found:
            return int(found[0])
        start_id = new_ids(cursor, 1)
        now = datetime.now(UTC).replace(tzinfo=None)
        cursor.execute(
            "insert into engine_starts values (?, ?, ?, ?, ?, ?, ?, ?)",
            [start_id, name, url, model, version, seed, settings, now],
        )
    return start_id
