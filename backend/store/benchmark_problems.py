"""What sampling asks of the store before it begins: problems, the runs there are, and what earlier jobs took."""

import json
from collections.abc import Sequence
from typing import Any

from backend.errors import BadInput, NotFound
from backend.records import Problem
from backend.store.database import Store
from backend.store.migrations import first_row, new_ids
from backend.store.regrading import problems_of


def problem_names_of(store: Store, benchmark: str) -> list[str]:
    """Return the ids of a benchmark's problems that are stated, in its order."""
    rows = store.rows(
        """select p.name from problems p join benchmarks b using (benchmark_id)
        where b.name = ? and (p.question is not null or p.metadata is not null) order by problem_id""",
        [benchmark],
    )
    return [row[0] for row in rows]


def problems_named(store: Store, benchmark: str, names: Sequence[str]) -> dict[str, Problem]:
    """Return the problems of these ids. Raises NotFound where one is not there."""
    rows = store.rows(
        """select p.name, problem_id from problems p join benchmarks b using (benchmark_id)
        where b.name = ? and p.name in (select unnest(?::varchar[]))""",
        [benchmark, list(names)],
    )
    ids = dict(rows)
    if missing := [name for name in names if name not in ids]:
        raise NotFound(f"{benchmark} has no problem {missing[0]}.", "`python -m backend counts RUN` lists problems.")
    problems = problems_of(store.rows, list(ids.values()))
    return {name: problems[ids[name]] for name in names}


def add_problem(store: Store, benchmark: str, problem: str, question: str, reference_answer: str | None) -> None:
    """Add a problem that was typed in; its benchmark is made where there is none.

    Raises BadInput where something is empty, or the problem is there with another statement.
    """
    benchmark, problem, question = benchmark.strip(), problem.strip(), question.strip()
    if not (benchmark and problem and question):
        raise BadInput("A problem needs a benchmark, a name and a statement.", "Fill in all three.")
    with store.write() as cursor:
        found = first_row(cursor, "select benchmark_id from benchmarks where name = ?", [benchmark])
        benchmark_id = int(found[0]) if found else new_ids(cursor, 1)
        if not found:
            cursor.execute("insert into benchmarks values (?, ?)", [benchmark_id, benchmark])
        known = first_row(
            cursor, "select question, reference_answer from problems where benchmark_id = ? and name = ?",
            [benchmark_id, problem],
        )  # fmt: skip
        if known and known != (question, reference_answer):
            raise BadInput(f"{benchmark} has another problem {problem} already.", "Give it another name.")
        if not known:
            cursor.execute(
                """insert into problems (problem_id, benchmark_id, name, question, reference_answer)
                values (?, ?, ?, ?, ?)""",
                [new_ids(cursor, 1), benchmark_id, problem, question, reference_answer],
            )


_RUN = """
    select runs.name, runs.key, models.name as model, temperature, top_p, max_tokens, prompt_template, verifier,
        (select settings from jobs where jobs.run_id = runs.run_id and kind = 'samples' order by job_id limit 1)
    from runs join models using (model_id) join benchmarks using (benchmark_id)
"""
_FACTS = ("name", "key", "model", "temperature", "top_p", "max_tokens", "prompt_template", "verifier")


def run_named(store: Store, words: str | None) -> dict[str, Any] | None:
    """Return what is known of a run by its name or key, with the sampling settings of the job that drew it."""
    return _run(store, f"{_RUN} where runs.name = $1 or runs.key = $1", [words]) if words else None


def run_of(store: Store, model: str, benchmark: str) -> dict[str, Any] | None:
    """Return what is known of the newest run of a model on a benchmark: how its problems are put, cut and judged."""
    found = _run(
        store, f"{_RUN} where models.name = $1 and benchmarks.name = $2 order by run_id desc", [model, benchmark]
    )
    return (
        None
        if found is None
        else {k: found[k] for k in ("name", "key", "model", "max_tokens", "prompt_template", "verifier")}
    )


def _run(store: Store, sql: str, parameters: Sequence[Any]) -> dict[str, Any] | None:
    rows = store.rows(f"{sql} limit 1", parameters)
    if not rows:
        return None
    *facts, settings = rows[0]
    return {**dict(zip(_FACTS, facts, strict=True)), "sampling": json.loads(settings)["sampling"] if settings else None}


def model_source(store: Store, model: str) -> str | None:
    """Return the path or id from which a model of this name was last drawn.

    A scoring job tells nothing of it: its run was drawn from one model and is read by another.
    """
    rows = store.rows(
        """select settings from jobs join runs using (run_id) join models using (model_id)
        where models.name = ? and kind <> 'scores' order by job_id desc limit 1""",
        [model],
    )
    return json.loads(rows[0][0])["model"] if rows else None


def knows_model(store: Store, model: str) -> bool:
    """Tell whether the store has a model of this name."""
    return bool(store.rows("select 1 from models where name = ?", [model]))


def verifiers_on(store: Store, benchmark: str) -> list[str]:
    """Return the verifiers that judged runs on a benchmark, the most frequent first."""
    rows = store.rows(
        """select verifier from runs join benchmarks using (benchmark_id)
        where benchmarks.name = ? and verifier is not null group by verifier order by count(*) desc, verifier""",
        [benchmark],
    )
    return [row[0] for row in rows]


def mean_length(store: Store, model: str, benchmark: str) -> tuple[float | None, float | None]:
    """Return the mean tokens and characters of a model's samples on a benchmark, over the first few of each problem."""
    rows = store.rows(
        """
        with chosen as (
            select samples.run_id, sample_id, token_count from samples
            where sample_index < 8 and run_id in (
                select run_id from runs join models using (model_id) join benchmarks using (benchmark_id)
                where models.name = ? and benchmarks.name = ?)
        )
        select avg(token_count), avg(length(completion)) from chosen left join completions using (run_id, sample_id)
        """,
        [model, benchmark],
    )
    return rows[0][0], rows[0][1]


def measured_speed(store: Store, model: str) -> float | None:
    """Return the tokens a second at which the last job drew from a model; None where none did."""
    rows = store.rows(
        """
        select sum(tokens) / any_value(seconds) from jobs join requests using (job_id) join runs on
            runs.run_id = jobs.run_id join models using (model_id)
        where models.name = ? and seconds > 0 and kind = 'samples' group by job_id having sum(tokens) > 0
        order by job_id desc limit 1
        """,
        [model],
    )
    return float(rows[0][0]) if rows else None


def drawn_texts(store: Store, run: str) -> dict[str, int]:
    """Return for each problem of a run that has texts the number after that of its last such sample."""
    rows = store.rows(
        """
        select problems.name, max(sample_index) + 1 from samples s join problems using (problem_id)
        where s.run_id = (select run_id from runs where key = $1)
            and exists (select 1 from completions c where c.sample_id = s.sample_id and c.run_id = s.run_id)
        group by problem_id, problems.name order by problem_id
        """,
        [run],
    )
    return dict(rows)
