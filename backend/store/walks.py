"""The texts that sample trees are built from: one problem's samples of some runs, or a benchmark's correct ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.store.database import Store

Integers = npt.NDArray[np.int64]

TEXTS_AT_ONCE = 512
"""Texts fetched by one query, so that the engine and we never both hold all of a problem's."""
SAMPLES_AT_ONCE = 2_048
"""Correct samples whose texts are held at a time, unless a single problem has more."""
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


def draws_with_texts(store: Store, runs: Sequence[str]) -> tuple[dict[str, Integers], dict[str, int]]:
    """Return, by problem in the benchmark's order, how many draws with a text each run has, and how many of all runs'
    are correct.
    """
    rows = store.rows(
        """
        select problems.name, list_position($runs, runs.key) - 1, count(*),
            count(*) filter (verdict = 'correct')
        from samples join runs using (run_id) join problems using (problem_id)
        where runs.key in (select unnest($runs::varchar[])) and verdict in ('correct', 'incorrect', 'no_answer')
            and exists (select 1 from completions c where c.run_id = samples.run_id and c.sample_id = samples.sample_id)
        group by all order by min(problem_id)
        """,
        {"runs": list(runs)},
    )
    found: dict[str, Integers] = {}
    correct: dict[str, int] = {}
    for problem, place, count, right in rows:
        found.setdefault(problem, np.zeros(len(runs), dtype=np.int64))[place] = count
        correct[problem] = correct.get(problem, 0) + right
    return found, correct


def correct_walks(store: Store, runs: Sequence[str], correct: Mapping[str, int]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each problem with the correct samples of these runs on it, in the form of `walks`.

    correct: how many there are, by problem, so that no more texts are held at a time than `SAMPLES_AT_ONCE`.
    """
    for part in _pages(correct):
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


def _pages(correct: Mapping[str, int]) -> Iterator[list[str]]:
    part, held = list[str](), 0
    for problem, count in correct.items():
        if part and held + count > SAMPLES_AT_ONCE:
            yield part
            part, held = [], 0
        part.append(problem)
        held += count
    if part:
        yield part


def fingerprint(store: Store, runs: Sequence[str], problem: str | None = None) -> str:
    """Return what changes with any change of these runs' samples, verdicts or texts, on one problem or on all."""
    rows = store.rows(
        """
        with wanted as (select run_id, key, benchmark_id, created_at from runs
            where key in (select unnest($runs::varchar[]))),
        asked as (select problem_id, question from problems
            where benchmark_id in (select benchmark_id from wanted) and ($problem is null or name = $problem))
        select key, created_at, count(*), sum(hash(samples.sample_id, sample_index, verdict, answer, finish_reason)),
            count(c.sample_id),
            bit_xor(hash(question, problem_id)), (select min(applied_at) from migrations)
        from samples join wanted using (run_id) join asked using (problem_id)
            left join completions c on c.run_id = samples.run_id and c.sample_id = samples.sample_id
        group by key, created_at order by key
        """,
        {"runs": list(runs), "problem": problem},
    )
    return repr(rows)
