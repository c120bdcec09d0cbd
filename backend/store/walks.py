"""The texts that sample trees are built from: one problem's samples of some runs, or a benchmark's correct ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from backend.store.database import Store

TEXTS_AT_ONCE = 512
"""Texts fetched by one query, so that the engine and we never both hold all of a problem's."""
PROBLEMS_AT_ONCE = 100
COLUMNS = ("run", "sample_index", "completion", "verdict", "answer", "finish_reason")

_PLACE = """samples.run_id = (select run_id from runs where key = $run)
    and samples.problem_id = (select problem_id from problems where name = $problem
        and benchmark_id = (select benchmark_id from runs where key = $run))"""


def walks(store: Store, problem: str, runs: Sequence[str]) -> pd.DataFrame:
    """Return the samples of these runs (keys) on one problem, one row a sample, run by run.

    Columns: run, sample_index, completion (None: not stored), verdict (None: unscored), answer, finish_reason.
    """
    rows: list[tuple[Any, ...]] = []
    for run in runs:
        samples = store.rows(
            f"""select sample_id, sample_index, verdict::varchar, answer, finish_reason from samples
            where {_PLACE} order by sample_index""",
            {"run": run, "problem": problem},
        )
        texts = _texts(store, run, [row[0] for row in samples])
        rows += [(run, index, texts.get(id_), *rest) for id_, index, *rest in samples]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def texts_of(store: Store, problem: str, run: str, indexes: Sequence[int]) -> dict[int, str]:
    """Return the completions of these samples of one run and problem, by sample index."""
    samples = dict(
        store.rows(
            f"""select sample_id, sample_index from samples
            where {_PLACE} and sample_index in (select unnest($indexes::bigint[]))""",
            {"run": run, "problem": problem, "indexes": list(indexes)},
        )
    )
    return {samples[id_]: text for id_, text in _texts(store, run, list(samples)).items()}


def _texts(store: Store, run: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of these samples of one run, by id."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), TEXTS_AT_ONCE):
        part = list(ids[start : start + TEXTS_AT_ONCE])
        found.update(
            store.rows(
                """select sample_id, completion from completions
                where run_id = (select run_id from runs where key = $run) and sample_id between $low and $high
                    and sample_id in (select unnest($ids::bigint[]))""",
                {"run": run, "low": min(part), "high": max(part), "ids": part},
            )
        )
    return found


def draws_with_texts(store: Store, runs: Sequence[str]) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    """Return how many draws with a text each of these runs has of each problem, in the benchmark's order."""
    rows = store.rows(
        """
        select problems.name, list_position($runs, runs.key) - 1, count(*)
        from samples join runs using (run_id) join problems using (problem_id)
        where runs.key in (select unnest($runs::varchar[])) and verdict in ('correct', 'incorrect', 'no_answer')
            and exists (select 1 from completions c where c.run_id = samples.run_id and c.sample_id = samples.sample_id)
        group by all order by min(problem_id)
        """,
        {"runs": list(runs)},
    )
    found: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
    for problem, place, count in rows:
        found.setdefault(problem, np.zeros(len(runs), dtype=np.int64))[place] = count
    return found


def correct_walks(store: Store, runs: Sequence[str], problems: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each of these problems with the correct samples of these runs on it, in the form of `walks`.

    Texts of one hundred problems at most are held at a time, equal ones of a run and problem once.
    """
    for start in range(0, len(problems), PROBLEMS_AT_ONCE):
        part = list(problems[start : start + PROBLEMS_AT_ONCE])
        rows = store.rows(
            """
            select problems.name, runs.key, sample_index, completion, 'correct', answer, finish_reason
            from samples join runs using (run_id) join problems using (problem_id)
                join completions c on c.run_id = samples.run_id and c.sample_id = samples.sample_id
            where runs.key in (select unnest($runs::varchar[])) and verdict = 'correct'
                and problems.benchmark_id = runs.benchmark_id
                and problems.name in (select unnest($problems::varchar[]))
            order by list_position($runs, runs.key), sample_index
            """,
            {"runs": list(runs), "problems": part},
        )
        of_problem: Mapping[str, list[tuple[Any, ...]]] = {problem: [] for problem in part}
        for problem, *sample in rows:
            of_problem[problem].append(tuple(sample))
        for problem in part:
            yield problem, pd.DataFrame(of_problem[problem], columns=list(COLUMNS), dtype=object)


def fingerprint(store: Store, runs: Sequence[str], problem: str | None = None) -> str:
    """Return what changes with any change of these runs' samples, verdicts or texts, on one problem or on all."""
    rows = store.rows(
        """
        with wanted as (select run_id, key, benchmark_id, created_at from runs
            where key in (select unnest($runs::varchar[]))),
        asked as (select problem_id, question from problems
            where benchmark_id in (select benchmark_id from wanted) and ($problem is null or name = $problem))
        select key, created_at, count(*), sum(hash(sample_id, sample_index, verdict, answer, finish_reason)),
            count(*) filter (exists (select 1 from completions c
                where c.run_id = samples.run_id and c.sample_id = samples.sample_id)),
            bit_xor(hash(question, problem_id)), (select min(applied_at) from migrations)
        from samples join wanted using (run_id) join asked using (problem_id) group by key, created_at order by key
        """,
        {"runs": list(runs), "problem": problem},
    )
    return repr(rows)
