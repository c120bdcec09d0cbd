"""Questions about problems: which there are, and how often runs solved each."""

import pandas as pd

from backend.errors import BadInput
from backend.records import Problem
from backend.store.database import Store
from backend.store.queries import RUN_ORDER, parsed

SORTABLE = ("problem", "level", "topic", "n_base", "c_base", "n_rlvr", "c_rlvr", "solved")


def levels(store: Store, benchmark: str) -> list[str]:
    """Return the benchmark's levels, in order."""
    return _distinct(store, "level", benchmark)


def topics(store: Store, benchmark: str) -> list[str]:
    """Return the benchmark's topics, in order."""
    return _distinct(store, "topic", benchmark)


def _distinct(store: Store, column: str, benchmark: str) -> list[str]:
    rows = store.rows(
        f"""select distinct {column} from problems join benchmarks using (benchmark_id)
        where benchmarks.name = ? and {column} is not null order by 1""",
        [benchmark],
    )
    return [row[0] for row in rows]


def compared_problems(
    store: Store,
    base: str,
    rlvr: str,
    *,
    solved: str | None = None,
    level: str | None = None,
    topic: str | None = None,
    text: str | None = None,
    sort: str = "problem",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[pd.DataFrame, int]:
    """Return a page of the problems of two runs' benchmark, and how many there are in all.

    One row a problem: problem, question (its first 200 characters), level, topic, n_base, c_base, n_rlvr, c_rlvr,
    solved (both, base_only, rlvr_only, neither, not_compared). Filters left None are off; `text` looks into id,
    question and reference answer. Raises BadInput for a sort column that does not exist.
    """
    if sort not in SORTABLE:
        raise BadInput(f"There is no column {sort} to sort by.", f"Sort by one of {', '.join(SORTABLE)}.")
    rows = store.read(
        f"""
        with base as (select * from counts where run_id = (select run_id from runs where key = $base)),
        rlvr as (select * from counts where run_id = (select run_id from runs where key = $rlvr)),
        compared as (
            select p.problem_id, p.name as problem, left(p.question, 200) as question, p.level, p.topic,
                base.n as n_base, base.c as c_base, rlvr.n as n_rlvr, rlvr.c as c_rlvr,
                case when coalesce(base.n, 0) = 0 or coalesce(rlvr.n, 0) = 0 then 'not_compared'
                    when base.c > 0 and rlvr.c > 0 then 'both' when base.c > 0 then 'base_only'
                    when rlvr.c > 0 then 'rlvr_only' else 'neither' end as solved
            from problems p left join base using (problem_id) left join rlvr using (problem_id)
            where p.benchmark_id in (select benchmark_id from runs where key in ($base, $rlvr))
                and ($level is null or p.level = $level) and ($topic is null or p.topic = $topic)
                and ($text is null
                    or contains(lower(concat_ws(' ', p.name, p.question, p.reference_answer)), lower($text)))
        )
        select *, count(*) over () as total from compared where $solved is null or solved = $solved
        order by {sort} {"desc" if descending else "asc"} nulls last, problem_id
        limit $limit offset $offset
        """,
        {
            "base": base, "rlvr": rlvr, "solved": solved, "level": level, "topic": topic, "text": text or None,
            "limit": limit, "offset": offset,
        },
    )  # fmt: skip
    total = int(rows["total"].iloc[0]) if len(rows) else 0
    return rows.drop(columns=["problem_id", "total"]), total


def problem(store: Store, benchmark: str, problem: str) -> Problem | None:
    """Return one problem, or None where there is no such problem."""
    rows = store.rows(
        """select question, reference_answer, level, topic, answer_space, metadata
        from problems join benchmarks using (benchmark_id) where benchmarks.name = ? and problems.name = ?""",
        [benchmark, problem],
    )
    if not rows:
        return None
    question, reference_answer, level, topic, answer_space, metadata = rows[0]
    return Problem(
        benchmark=benchmark, problem=problem, question=question, reference_answer=reference_answer, level=level,
        topic=topic, answer_space=answer_space, metadata=parsed(metadata),
    )  # fmt: skip


def neighbours(store: Store, benchmark: str, problem: str) -> tuple[str | None, str | None]:
    """Return the ids of the problems before and after this one in the benchmark's order."""
    rows = store.rows(
        """
        select before, after from (
            select name, lag(name) over (order by problem_id) as before, lead(name) over (order by problem_id) as after
            from problems where benchmark_id = (select benchmark_id from benchmarks where name = ?)
        ) where name = ?
        """,
        [benchmark, problem],
    )
    return rows[0] if rows else (None, None)


def counts_of_problem(store: Store, benchmark: str, problem: str) -> pd.DataFrame:
    """Return one row a run that has drawn this problem, in the order of `runs`.

    Columns: run, name, model, training, checkpoint_step, n, c, no_answer, errors, unscored, has_samples, has_texts.
    """
    return store.read(
        f"""
        select runs.key as run, runs.name, models.name as model, training, checkpoint_step, n, c, no_answer, errors,
            unscored, has_samples,
            exists (select 1 from completions where completions.run_id = runs.run_id) as has_texts
        from counts join runs using (run_id) join models using (model_id) join problems using (problem_id)
            join benchmarks on benchmarks.benchmark_id = problems.benchmark_id
        where benchmarks.name = ? and problems.name = ? order by {RUN_ORDER}
        """,
        [benchmark, problem],
    )


def problem_names(store: Store, benchmark: str, limit: int | None = None) -> list[str]:
    """Return the ids of a benchmark's problems, or of its first `limit`, in its order."""
    rows = store.rows(
        """select p.name from problems p join benchmarks b using (benchmark_id)
        where b.name = ? order by problem_id limit ?""",
        [benchmark, limit],
    )
    return [row[0] for row in rows]


def matching_problems(
    store: Store, benchmark: str, *, text: str | None = None, level: str | None = None, topic: str | None = None
) -> list[str]:
    """Return the ids of a benchmark's problems of a level and a topic that hold a text, whatever the case of letters.

    The text is looked for in ids, statements and reference answers.
    """
    rows = store.rows(
        """
        select p.name from problems p join benchmarks b using (benchmark_id)
        where b.name = $benchmark and ($level is null or level = $level) and ($topic is null or topic = $topic)
            and ($text is null or contains(lower(concat_ws(chr(10), p.name, question, reference_answer)), lower($text)))
        order by problem_id
        """,
        {"benchmark": benchmark, "text": text, "level": level, "topic": topic},
    )
    return [row[0] for row in rows]
