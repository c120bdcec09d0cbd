"""What the store can be asked of runs, samples and imports; each function says what one row of its answer is."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from backend.errors import BadInput, NotFound
from backend.records import Sample, Verdict
from backend.store.database import Store

RUN_ORDER = """case models.training when 'base' then 0 when 'rlvr' then 1 when 'sft' then 2 when 'distilled' then 3
    else 4 end, models.base_model, models.checkpoint_step, runs.name"""


def totals(store: Store) -> dict[str, int]:
    """Return how much the store holds: benchmarks, problems, models, runs, samples, imports."""
    tables = ("benchmarks", "problems", "models", "runs", "imports")
    counted = ", ".join(f"(select count(*) from {t}) as {t}" for t in tables)
    samples = "(select coalesce(sum(n + errors + unscored), 0) from counts) as samples"
    row = store.rows(f"select {counted}, {samples}")[0]
    return dict(zip((*tables, "samples"), map(int, row), strict=True))


def benchmarks(store: Store) -> pd.DataFrame:
    """Return one row a benchmark: benchmark, problems, runs, samples; the one with the most runs first."""
    return store.read(
        """
        select name as benchmark,
            (select count(*) from problems p where p.benchmark_id = b.benchmark_id) as problems,
            (select count(*) from runs r where r.benchmark_id = b.benchmark_id) as runs,
            (select coalesce(sum(n + errors + unscored), 0)::bigint from counts join runs r using (run_id)
                where r.benchmark_id = b.benchmark_id) as samples
        from benchmarks b order by runs desc, benchmark
        """
    )


def runs(store: Store, benchmark: str | None = None) -> pd.DataFrame:
    """Return one row a run, base first, then RLVR by step, SFT, distilled, others.

    Columns: run (its key), name, model, training, base_model, checkpoint_step, benchmark, problems, samples (all
    rows, scored or not), correct, no_answer, errors, unscored, n_min, n_max (scored samples a problem), temperature,
    top_p, max_tokens, prompt_template, verifier, has_texts, has_samples, created_at.
    """
    return store.read(
        f"""
        with summed as (
            select run_id, count(*) as problems, sum(n + errors + unscored)::bigint as samples,
                sum(c)::bigint as correct, sum(no_answer)::bigint as no_answer, sum(errors)::bigint as errors,
                sum(unscored)::bigint as unscored, min(n) filter (n > 0) as n_min, max(n) filter (n > 0) as n_max,
                bool_or(has_samples) as has_samples
            from counts group by run_id
        )
        select runs.key as run, runs.name, models.name as model, training, base_model, checkpoint_step,
            benchmarks.name as benchmark, coalesce(problems, 0) as problems, coalesce(samples, 0) as samples,
            coalesce(correct, 0) as correct, coalesce(no_answer, 0) as no_answer, coalesce(errors, 0) as errors,
            coalesce(unscored, 0) as unscored, n_min, n_max, temperature, top_p, max_tokens, prompt_template, verifier,
            exists (select 1 from completions where completions.run_id = runs.run_id) as has_texts,
            coalesce(has_samples, false) as has_samples, created_at
        from runs join models using (model_id) join benchmarks using (benchmark_id) left join summed using (run_id)
        where ?::varchar is null or benchmarks.name = ?
        order by {RUN_ORDER}
        """,
        [benchmark, benchmark],
    )


def find_run(store: Store, words: str) -> str:
    """Return the key of the run that these words name: its key, its name, or its model if that has one run only.

    Raises NotFound where there is none, BadInput where the model has several.
    """
    found = store.rows(
        """
        select key, key = ? as by_key, runs.name = ? as by_name, models.name = ? as by_model
        from runs join models using (model_id) where by_key or by_name or by_model
        """,
        [words, words, words],
    )
    for place in (1, 2):
        if exact := [row[0] for row in found if row[place]]:
            return str(exact[0])
    if len(found) > 1:
        names = ", ".join(row[0] for row in found)
        raise BadInput(f"{len(found)} runs are of model {words}: {names}.", "Name one of these.")
    if not found:
        raise NotFound(f"The store holds no run {words}.", "`python -m backend runs` lists the runs there are.")
    return str(found[0][0])


def correct_counts(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a run and problem: run, problem, n, c, no_answer, errors, unscored.

    n counts scored draws (correct, incorrect, no_answer); errors and unscored samples are not in it.
    """
    return store.read(
        """
        select runs.key as run, problems.name as problem, n, c, no_answer, errors, unscored
        from counts join runs using (run_id) join problems using (problem_id)
        where runs.key in (select unnest(?::varchar[])) order by run, problems.problem_id
        """,
        [list(runs)],
    )


PLACE = """samples.run_id = (select run_id from runs where key = $run)
    and samples.problem_id = (
        select problem_id from problems where name = $problem
            and benchmark_id = (select benchmark_id from runs where key = $run))"""


def sample_ticks(
    store: Store,
    run: str,
    problem: str,
    *,
    verdicts: Sequence[str] | None = None,
    search: str | None = None,
    indexes: Sequence[int] | None = None,
    limit: int = 2000,
    offset: int = 0,
) -> tuple[pd.DataFrame, int]:
    """Return a page of one run's samples of one problem, without texts, and how many there are in all.

    One row a sample: sample_index, verdict (None: unscored), answer, finish_reason, token_count. `verdicts` keeps
    these only ("unscored" stands for none); `search` looks into completions, whatever the case of letters; `indexes`
    keeps samples of these numbers.
    """
    found = """exists (select 1 from completions where completions.sample_id = samples.sample_id
        and completions.run_id = samples.run_id and contains(lower(completion), lower($search)))"""
    where = f"""{PLACE} and ($verdicts is null or list_contains($verdicts, coalesce(verdict::varchar, 'unscored')))
        and ({found if search else "$search is null"})
        and ($indexes is null or sample_index in (select unnest($indexes::bigint[])))"""
    parameters = {
        "run": run,
        "problem": problem,
        "verdicts": list(verdicts) if verdicts else None,
        "search": search or None,
        "indexes": None if indexes is None else list(indexes),
    }
    total = int(store.rows(f"select count(*) from samples where {where}", parameters)[0][0])
    rows = store.read(
        f"""
        select sample_index, verdict::varchar as verdict, answer, finish_reason, token_count
        from samples where {where} order by sample_index limit $limit offset $offset
        """,
        {**parameters, "limit": limit, "offset": offset},
    )
    return rows, total


def sample(store: Store, run: str, problem: str, sample_index: int) -> Sample | None:
    """Return one sample with its text, or None where there is no such sample."""
    rows = store.rows(
        f"""
        select sample_id, verdict::varchar, answer, verifier, finish_reason, token_count, sum_logprob, min_logprob,
            seed, metadata, run_id
        from samples where {PLACE} and sample_index = $index
        """,
        {"run": run, "problem": problem, "index": sample_index},
    )
    if not rows:
        return None
    sample_id, verdict, answer, verifier, finish, tokens, total, least, seed, metadata, run_id = rows[0]
    place = [run_id, sample_id]
    texts = store.rows("select completion from completions where run_id = ? and sample_id = ?", place)
    verdicts = store.rows(
        "select verifier, verdict::varchar from other_verdicts where run_id = ? and sample_id = ?", place
    )
    scores = store.rows("select model, sum_logprob from other_logprobs where run_id = ? and sample_id = ?", place)
    return Sample(
        run=run, problem=problem, sample_index=sample_index, verdict=Verdict(verdict) if verdict else None,
        answer=answer, verifier=verifier, finish_reason=finish, token_count=tokens, sum_logprob=total,
        min_logprob=least, seed=seed, completion=texts[0][0] if texts else None, metadata=parsed(metadata),
        other_verdicts={name: Verdict(v) for name, v in verdicts}, other_logprobs=dict(scores),
    )  # fmt: skip


def samples_with_texts(store: Store, run: str, problem: str) -> pd.DataFrame:
    """Return all samples of one run and problem, one row each, with their completions, by index."""
    return store.read(
        f"""
        select sample_index, completion, answer, verdict::varchar as verdict, verifier, finish_reason, token_count,
            sum_logprob, min_logprob, seed, metadata
        from samples left join completions on completions.sample_id = samples.sample_id
            and completions.run_id = samples.run_id
        where {PLACE} order by sample_index
        """,
        {"run": run, "problem": problem},
    )


def imports(store: Store, limit: int = 50, offset: int = 0) -> pd.DataFrame:
    """Return one row an import, newest first.

    Columns: import_id, file_name, sha256, format, imported_at, rows, added, completed, duplicates, rejected,
    unscored, runs (list of names), run_keys (of those that are still there), warnings (list of sentences).
    """
    return store.read(
        """
        select import_id, file_name, sha256, format, imported_at, rows, added, completed, duplicates, rejected,
            unscored, (select list(coalesce(runs.name, i.run_name) order by i.run_id)
                from import_runs i left join runs using (run_id) where i.import_id = imports.import_id) as runs,
            (select list(runs.key order by i.run_id)
                from import_runs i join runs using (run_id) where i.import_id = imports.import_id) as run_keys,
            warnings
        from imports order by import_id desc limit ? offset ?
        """,
        [limit, offset],
    )


def seeds_of_file(store: Store, sha256: str) -> list[int | None]:
    """Return the seeds under which samples of a file with these bytes were stored; empty where none were."""
    rows = store.rows(
        """select distinct seed from samples
        where import_id = (select max(import_id) from imports where sha256 = ? and added > 0)""",
        [sha256],
    )
    return [row[0] for row in rows]


def import_rejections(store: Store, import_id: int) -> pd.DataFrame:
    """Return one row a rejected row of a file: line, reason."""
    return store.read("select line, reason from import_rejections where import_id = ? order by line", [import_id])


def models(store: Store) -> pd.DataFrame:
    """Return one row a model: model, training, base_model, checkpoint_step, runs."""
    return store.read(
        """
        select models.name as model, training, base_model, checkpoint_step, count(runs.run_id) as runs
        from models left join runs using (model_id) group by all order by model
        """
    )


def parsed(metadata: str | None) -> dict[str, Any]:
    """Return stored metadata as it was given; empty for none."""
    return dict(json.loads(metadata)) if metadata else {}
