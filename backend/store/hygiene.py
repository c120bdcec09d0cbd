"""What the store can be asked of a run's cleanliness. Nothing here reads a text unless its name says so."""

from typing import Any

import pandas as pd

from backend.store.database import Store
from backend.store.verdicts import run_id_of

CUT = ("length", "max_tokens", "max_length", "model_length", "max_new_tokens")
"""What harnesses call the end of a completion that reached its limit."""
NO_WORDS = ("stop", "length", "eos", "end_turn", "stop_sequence", "stop_str", "max_tokens", "model_length",
            "content_filter", "tool_calls", "tool_use", "abort", "error", "unknown", "none", "null", "endoftext",
            "im_end", "eot_id")  # fmt: skip
"""Stop reasons made of letters that are no words of a text."""

_STOP_WORD = f"""regexp_full_match(trim(json_extract_string(metadata, '$.stop_reason')), '[A-Za-z_]{{2,}}')
    and lower(trim(json_extract_string(metadata, '$.stop_reason'))) not in {NO_WORDS}"""
CONDITIONS = {
    "truncated": f"lower(finish_reason) in {CUT}",
    "no_answer": "verdict = 'no_answer'",
    "errors": "verdict = 'error'",
    "unscored": "verdict is null",
    "stop_words": f"metadata like '%\"stop_reason\"%' and {_STOP_WORD}",
}
"""Findings that a sample has or has not, each as a condition."""

_OF_RUN = "run_id = $run_id and ($import_id::bigint is null or import_id = $import_id)"


def shares(store: Store, run: str, import_id: int | None = None) -> dict[str, int]:
    """Return how many samples a run has, and how many of each kind.

    Keys: samples, scored, correct, no_answer, errors, unscored, truncated, truncated_correct, finish_known,
    with_logprob, seeds, verifiers, at_limit (as many tokens as the run allows, with no reason of their end).
    """
    frame = store.read(
        f"""
        select count(*) as samples, count(*) filter (verdict in ('correct', 'incorrect', 'no_answer')) as scored,
            count(*) filter (verdict = 'correct') as correct, count(*) filter (verdict = 'no_answer') as no_answer,
            count(*) filter (verdict = 'error') as errors, count(*) filter (verdict is null) as unscored,
            count(*) filter ({CONDITIONS["truncated"]}) as truncated,
            count(*) filter ({CONDITIONS["truncated"]} and verdict = 'correct') as truncated_correct,
            count(finish_reason) as finish_known, count(sum_logprob) as with_logprob,
            count(distinct seed) as seeds, count(distinct coalesce(verifier, 'imported')) as verifiers,
            count(*) filter (finish_reason is null and token_count >= (
                select max_tokens from runs where run_id = $run_id)) as at_limit
        from samples where {_OF_RUN}
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )
    return {str(name): int(value) for name, value in frame.iloc[0].items()}


def problem_sizes(store: Store, run: str, import_id: int | None = None) -> pd.DataFrame:
    """Return one row a problem of the run's benchmark: problem, drawn (samples, scored or not), n, c."""
    drawn = f"""select problem_id, count(*) as drawn,
            count(*) filter (verdict in ('correct', 'incorrect', 'no_answer')) as n,
            count(*) filter (verdict = 'correct') as c
        from samples where {_OF_RUN} group by problem_id"""
    if import_id is None:
        drawn = """select problem_id, n + errors + unscored as drawn, n, c from counts
        where run_id = $run_id and $import_id::bigint is null"""
    return store.read(
        f"""
        with drawn as ({drawn})
        select p.name as problem, coalesce(drawn, 0) as drawn, coalesce(n, 0) as n, coalesce(c, 0) as c
        from problems p left join drawn using (problem_id)
        where p.benchmark_id = (select benchmark_id from runs where run_id = $run_id) order by problem_id
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )


def seed_counts(store: Store, run: str, import_id: int | None = None) -> pd.DataFrame:
    """Return one row a problem and seed: problem_id, problem, seed, n, c; samples without a seed are left out."""
    return store.read(
        f"""
        with counted as (
            select problem_id, seed, count(*) as n, count(*) filter (verdict = 'correct') as c from samples
            where {_OF_RUN} and seed is not null and verdict in ('correct', 'incorrect', 'no_answer')
            group by problem_id, seed
        )
        select problem_id, name as problem, seed, n, c from counted join problems using (problem_id)
        order by problem_id, seed
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )


def correct_answers(store: Store, run: str, import_id: int | None = None) -> list[tuple[int, str, str, int]]:
    """Return the distinct answers that were graded correct though they are not the reference's text.

    Each as (problem_id, answer, reference answer, samples).
    """
    return store.rows(
        f"""
        select problem_id, answer, reference_answer, samples from (
            select problem_id, answer, count(*) as samples from samples
            where {_OF_RUN} and verdict = 'correct' and answer is not null group by problem_id, answer
        ) join problems using (problem_id)
        where reference_answer is not null and trim(answer) <> trim(reference_answer)
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )


def found_samples(
    store: Store, run: str, finding: str, import_id: int | None = None, *, limit: int = 50, offset: int = 0
) -> tuple[pd.DataFrame, int]:
    """Return a page of the samples with one of CONDITIONS, and how many there are; columns as `_page`."""
    return _page(store, run, import_id, CONDITIONS[finding], {}, limit, offset)


def samples_with_answers(
    store: Store,
    run: str,
    answers: list[tuple[int, str]],
    import_id: int | None = None,
    *,
    limit: int = 50,
    offset: int = 0,
) -> tuple[pd.DataFrame, int]:
    """Return a page of the correct samples with these (problem_id, answer), and how many there are."""
    condition = """verdict = 'correct' and (problem_id, answer) in (
        select unnest($problems::bigint[]), unnest($answers::varchar[]))"""
    given = {"problems": [p for p, _ in answers], "answers": [a for _, a in answers]}
    return _page(store, run, import_id, condition, given, limit, offset)


def _page(
    store: Store, run: str, import_id: int | None, condition: str, given: dict[str, Any], limit: int, offset: int
) -> tuple[pd.DataFrame, int]:
    """Return a page of samples: problem, sample_index, verdict, answer, finish_reason, stop_reason."""
    parameters = {"run_id": run_id_of(store, run), "import_id": import_id, **given}
    total = int(store.rows(f"select count(*) from samples where {_OF_RUN} and {condition}", parameters)[0][0])
    rows = store.read(
        f"""
        with page as (
            select problem_id, sample_index, verdict, answer, finish_reason, metadata from samples
            where {_OF_RUN} and {condition} order by problem_id, sample_index limit $limit offset $offset
        )
        select problems.name as problem, sample_index, verdict::varchar as verdict, answer, finish_reason,
            json_extract_string(page.metadata, '$.stop_reason') as stop_reason
        from page join problems using (problem_id) order by problem_id, sample_index
        """,
        {**parameters, "limit": limit, "offset": offset},
    )
    return rows, total


def stop_words(store: Store, run: str, import_id: int | None = None) -> dict[str, int]:
    """Return the natural words that completions were stopped at, with how often. Reads the metadata of all samples."""
    rows = store.rows(
        f"""select json_extract_string(metadata, '$.stop_reason') as word, count(*) from samples
        where {_OF_RUN} and {CONDITIONS["stop_words"]} group by word order by 2 desc, 1""",
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )
    return {str(word): int(count) for word, count in rows}


def repeated_texts(store: Store, run: str, import_id: int | None = None) -> pd.DataFrame:
    """Return one row a text that several samples of one problem share. Reads all texts of the run.

    Columns: problem_id, problem, text_hash, samples, indexes (of the first 20 of them).
    """
    return store.read(
        f"""
        with repeated as (
            select s.problem_id, hash(completion) as text_hash, count(*) as samples,
                list(sample_index order by sample_index)[:20] as indexes
            from (select * from samples where {_OF_RUN}) s join completions c on c.sample_id = s.sample_id
                and c.run_id = $run_id
            group by s.problem_id, text_hash having count(*) > 1
        )
        select problem_id, name as problem, text_hash::varchar as text_hash, samples, indexes
        from repeated join problems using (problem_id) order by samples desc, problem_id, text_hash
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )


def expected_pairs(store: Store, run: str, import_id: int | None = None) -> tuple[float, set[int]]:
    """Return how many pairs of equal texts independent draws would give, and the ids of the problems it is known of.

    Of a problem with n samples: C(n,2) times the mean probability of its samples, where the summed log-probability
    of every one is known.
    """
    rows = store.rows(
        f"""
        select problem_id, count(*) * (count(*) - 1) / 2 * avg(exp(least(sum_logprob, 0))) from samples
        where {_OF_RUN} group by problem_id having count(*) = count(sum_logprob)
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id},
    )
    return float(sum(row[1] for row in rows)), {row[0] for row in rows}


def unsolved_texts(store: Store, run: str, after: int, count: int, import_id: int | None = None) -> list[Any]:
    """Return the next samples that have a text but not the right answer, where the right answer is known.

    Each as (sample_id, problem, sample_index, verdict, answer, reference answer, completion), for sample ids from
    `after` on, at most `count` ids further.
    """
    return store.rows(
        f"""
        select s.sample_id, p.name, sample_index, verdict::varchar, answer, reference_answer, completion
        from (select * from samples where {_OF_RUN} and sample_id >= $after and sample_id < $after + $count
            and verdict in ('incorrect', 'no_answer')) s
        join problems p using (problem_id)
        join (select * from completions where run_id = $run_id and sample_id >= $after
            and sample_id < $after + $count) c using (sample_id)
        where reference_answer is not null and trim(reference_answer) <> ''
        order by s.sample_id
        """,
        {"run_id": run_id_of(store, run), "import_id": import_id, "after": after, "count": count},
    )


def text_range(store: Store, run: str) -> tuple[int, int, int]:
    """Return the lowest and the highest id of a run's samples that have a text, and how many have one."""
    rows = store.rows(
        "select coalesce(min(sample_id), 0), coalesce(max(sample_id), -1), count(*) from completions where run_id = ?",
        [run_id_of(store, run)],
    )
    return rows[0][0], rows[0][1], rows[0][2]
