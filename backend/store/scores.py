"""How likely samples are under models: the texts that wait to be scored, the scores of each and of its tokens."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from backend.errors import NotFound
from backend.statistics.nucleus import closed
from backend.store.database import Store
from backend.store.jobs import Job, Request
from backend.store.lending import Lending
from backend.store.migrations import first_row
from backend.trees.paths import Flags, Paths, blocked_paths


@dataclass(frozen=True, kw_only=True)
class Text:
    """A sample that is to be scored."""

    sample_id: int
    completion: str
    ended: bool
    """Whether the model itself ended it, so that its end counts as a token."""
    token_count: int | None


@dataclass(frozen=True, kw_only=True)
class TokenScore:
    """One token of a sample under a model."""

    token: str
    logprob: float
    rank: int | None
    """1 for the likeliest token of its place."""
    likelier_least: float | None
    """The least chance that likelier tokens can have together under the sampler, which a nucleus is cut by."""
    likelier_most: float | None


@dataclass(frozen=True, kw_only=True)
class Score:
    """One sample under a model."""

    sample_id: int
    tokens: Sequence[TokenScore]
    with_end: bool
    """Whether the last token is the end of the text."""
    same_tokens: bool | None
    """Whether the text has as many tokens as when it was drawn; None: that is not known."""


def texts_of(store: Store, job: Job, request: Request) -> list[Text]:
    """Return the samples that one request of a scoring job is about."""
    rows = store.rows(
        """
        select s.sample_id, completion, finish_reason = 'stop' and coalesce(metadata not like '%"stop_reason"%', true),
            token_count
        from samples s join completions c on c.sample_id = s.sample_id and c.run_id = s.run_id
        where s.run_id = ? and problem_id = ? and sample_index between ? and ? order by sample_index
        """,
        [job.run_id, request.problem_id, request.first_index, request.first_index + request.wanted - 1],
    )
    return [Text(sample_id=i, completion=text, ended=bool(ended), token_count=n) for i, text, ended, n in rows]


def record_scores(
    store: Store,
    job: Job,
    request: Request,
    model: str,
    scores: Sequence[Score],
    *,
    per_token: bool,
    refused: str | None = None,
) -> None:
    """Store the scores of a request's samples, in place of earlier ones under the same model.

    refused: the server's words about samples that it would not read.
    """
    ids = [score.sample_id for score in scores]
    with store.write() as cursor:
        if not first_row(cursor, "select 1 from jobs where job_id = ?", [job.job]):
            raise NotFound(f"Job {job.job} is gone: its run was deleted.", "Nothing is left to score.")
        for table in ("likelihoods", "token_likelihoods"):
            cursor.execute(
                f"""delete from {table} where run_id = ? and model = ?
                and sample_id in (select unnest(?::bigint[]))""",
                [job.run_id, model, ids],
            )
        Lending(cursor).ask(
            _sums(scores),
            f"""insert into likelihoods select sample_id, {job.run_id}, '{model.replace("'", "''")}', {job.job}, tokens,
                sum_logprob, min_logprob, worst_rank, with_end, same_tokens from {{given}}""",
        )
        if per_token:
            Lending(cursor).ask(
                _tokens(scores),
                f"""insert into token_likelihoods select sample_id, {job.run_id}, '{model.replace("'", "''")}',
                    position, token, logprob, rank, likelier_least, likelier_most from {{given}}""",
            )
        cursor.execute(
            """update requests set state = $state, error = $refused, tokens = $tokens,
                arrived = case when $refused is null then wanted else $scored end, arrived_at = now() at time zone 'utc'
            where job_id = $job and number = $number""",
            {
                "state": "failed" if refused else "done",
                "refused": refused,
                "scored": len(scores),
                "job": job.job,
                "tokens": sum(len(score.tokens) for score in scores),
                "number": request.number,
            },
        )


def _sums(scores: Sequence[Score]) -> pa.Table:
    scored = [score for score in scores if score.tokens]
    ranks = [[t.rank for t in score.tokens if t.rank is not None] for score in scored]
    return pa.table({
        "sample_id": pa.array([s.sample_id for s in scored], pa.int64()),
        "tokens": pa.array([len(s.tokens) for s in scored], pa.int64()),
        "sum_logprob": pa.array([sum(t.logprob for t in s.tokens) for s in scored], pa.float64()),
        "min_logprob": pa.array([min(t.logprob for t in s.tokens) for s in scored], pa.float64()),
        "worst_rank": pa.array([max(r, default=None) for r in ranks], pa.int64()),
        "with_end": pa.array([s.with_end for s in scored], pa.bool_()),
        "same_tokens": pa.array([s.same_tokens for s in scored], pa.bool_()),
    })  # fmt: skip


def _tokens(scores: Sequence[Score]) -> pa.Table:
    each = [(score.sample_id, at, token) for score in scores for at, token in enumerate(score.tokens)]
    return pa.table({
        "sample_id": pa.array([i for i, _, _ in each], pa.int64()),
        "position": pa.array([at for _, at, _ in each], pa.int64()),
        "token": pa.array([t.token for _, _, t in each], pa.string()),
        "logprob": pa.array([t.logprob for _, _, t in each], pa.float64()),
        "rank": pa.array([t.rank for _, _, t in each], pa.int64()),
        "likelier_least": pa.array([t.likelier_least for _, _, t in each], pa.float64()),
        "likelier_most": pa.array([t.likelier_most for _, _, t in each], pa.float64()),
    })  # fmt: skip


def likelihoods(store: Store, runs: Sequence[str], model: str | None = None) -> pd.DataFrame:
    """Return one row a scored sample and model.

    Columns: run (key), problem, sample_index, verdict, model (which scored it), tokens, sum_logprob, min_logprob,
    worst_rank, with_end, same_tokens.
    """
    return store.read(
        """
        select runs.key as run, problems.name as problem, sample_index, verdict::varchar as verdict, l.model, tokens,
            l.sum_logprob, l.min_logprob, worst_rank, with_end, same_tokens
        from likelihoods l join samples s on s.sample_id = l.sample_id and s.run_id = l.run_id
            join runs on runs.run_id = l.run_id join problems using (problem_id)
        where runs.key in (select unnest($runs::varchar[])) and ($model is null or l.model = $model)
        order by runs.key, problem_id, sample_index, l.model
        """,
        {"runs": list(runs), "model": model},
    )


def token_likelihoods(store: Store, run: str, model: str, problem: str) -> pd.DataFrame:
    """Return one row a token of a run's scored samples of a problem.

    Columns: sample_index, verdict, position, token, logprob, rank, likelier_least, likelier_most.
    """
    return store.read(
        """
        select sample_index, verdict::varchar as verdict, position, token, logprob, rank, likelier_least, likelier_most
        from token_likelihoods t join samples s on s.sample_id = t.sample_id and s.run_id = t.run_id
            join problems using (problem_id) join runs on runs.run_id = t.run_id
        where runs.key = ? and t.model = ? and problems.name = ? order by sample_index, position
        """,
        [run, model, problem],
    )


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """How a run's tokens were drawn."""

    model: str
    temperature: float | None
    top_p: float | None
    top_k: int | None


def samplers(store: Store, runs: Sequence[str]) -> dict[str, Sampler]:
    """Return how each of these runs (keys) drew its tokens, as far as that is known."""
    rows = store.rows(
        """select runs.key, models.name, temperature, top_p,
            (select settings from jobs where jobs.run_id = runs.run_id and kind = 'samples' order by job_id limit 1)
        from runs join models using (model_id) where runs.key in (select unnest(?::varchar[]))""",
        [list(runs)],
    )
    return {
        key: Sampler(
            model=model, temperature=temperature, top_p=top_p,
            top_k=json.loads(settings)["sampling"]["top_k"] if settings else None,
        )
        for key, model, temperature, top_p, settings in rows
    }  # fmt: skip


def alike(one: float | None, other: float | None) -> bool:
    """Tell whether two temperatures are the same; files may hold them in single precision."""
    return one is not None and other is not None and abs(one - other) < 1e-6


def blocked_now(store: Store, paths: Paths) -> Flags | None:
    """Return `trees.paths.blocked_paths` by what the models of these paths' runs (keys) have read so far."""
    return blocked_paths(paths, closed_samples(store, paths.runs))


def closed_samples(store: Store, runs: Sequence[str], problem: str | None = None) -> pd.DataFrame:
    """Return one row a correct sample, of all problems or of one, that another of these runs' (keys) models read token
    by token.

    Columns: problem, run (which drew it), sample_index, under (the other run), closed: whether that run's sampler
    surely never draws one of its tokens. Left out are samples that were read for another temperature than the other
    run's, or as other tokens than were drawn.
    """
    known = samplers(store, runs)
    found = store.rows(
        """
        select problems.name, w.key, sample_index, t.model, w.temperature, max(likelier_least), max(rank)
        from token_likelihoods t join samples s on s.sample_id = t.sample_id and s.run_id = t.run_id
            join likelihoods l on l.sample_id = t.sample_id and l.run_id = t.run_id and l.model = t.model
            join runs w on w.run_id = t.run_id join problems using (problem_id)
        where w.key in (select unnest($runs::varchar[])) and verdict = 'correct' and same_tokens is not false
            and ($problem is null or problems.name = $problem)
        group by problems.name, w.key, w.temperature, sample_index, t.model order by all
        """,
        {"runs": list(runs), "problem": problem},
    )
    rows = [
        (name, run, index, other, closed(least, rank, 1.0 if sampler.top_p is None else sampler.top_p, sampler.top_k))
        for name, run, index, model, temperature, least, rank in found
        for other, sampler in known.items()
        if other != run and sampler.model == model and alike(temperature, sampler.temperature)
    ]
    return pd.DataFrame(rows, columns=["problem", "run", "sample_index", "under", "closed"])
