"""The store's tables, as numbered steps; a store is brought to the newest step when it is opened."""

from collections.abc import Sequence
from typing import Any

import duckdb

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "first tables",
        """
        create type verdict as enum ('correct', 'incorrect', 'no_answer', 'error');
        create table store (version bigint not null, next_id bigint not null);
        insert into store values (0, 1);
        create table benchmarks (
            benchmark_id bigint primary key, name varchar not null unique
        );
        create table problems (
            problem_id bigint primary key, benchmark_id bigint not null, name varchar not null,
            question varchar, reference_answer varchar, level varchar, topic varchar, answer_space bigint,
            metadata varchar, unique (benchmark_id, name)
        );
        create table models (
            model_id bigint primary key, name varchar not null unique, training varchar, base_model varchar,
            checkpoint_step bigint
        );
        create table runs (
            run_id bigint primary key, key varchar not null unique, name varchar not null unique,
            model_id bigint not null, benchmark_id bigint not null,
            temperature double, top_p double, max_tokens bigint, prompt_template varchar, verifier varchar,
            created_at timestamp not null
        );
        create table samples (
            sample_id bigint not null, run_id bigint not null, problem_id bigint not null,
            sample_index bigint not null, verdict verdict, answer varchar, verifier varchar,
            finish_reason varchar, token_count bigint, sum_logprob double, min_logprob double, seed bigint,
            metadata varchar, import_id bigint
        );
        create table completions (sample_id bigint not null, run_id bigint not null, completion varchar not null);
        create table other_verdicts (
            sample_id bigint not null, run_id bigint not null, verifier varchar not null, verdict verdict not null
        );
        create table other_logprobs (
            sample_id bigint not null, run_id bigint not null, model varchar not null, sum_logprob double not null
        );
        create table counts (
            run_id bigint not null, problem_id bigint not null, n bigint not null, c bigint not null,
            no_answer bigint not null, errors bigint not null, unscored bigint not null,
            has_samples boolean not null, import_id bigint
        );
        create table imports (
            import_id bigint primary key, file_name varchar not null, sha256 varchar not null,
            format varchar not null, imported_at timestamp not null, rows bigint not null, added bigint not null,
            duplicates bigint not null, rejected bigint not null, unscored bigint not null, warnings varchar[]
        );
        create table import_rejections (import_id bigint not null, line bigint not null, reason varchar not null);
        create table import_runs (import_id bigint not null, run_id bigint not null, run_name varchar not null);
        """,
    ),
    (
        "what each verifier read, regrades, corrected reference answers",
        """
        create table readings (
            sample_id bigint not null, run_id bigint not null, verifier varchar not null, version varchar,
            answer varchar, came_with_file boolean not null
        );
        create table regrades (
            regrade_id bigint primary key, run_id bigint not null, run_name varchar not null, problem_id bigint,
            verifier varchar not null, version varchar not null, counts boolean not null, graded bigint not null,
            changed bigint not null, errors bigint not null, unscored bigint not null, graded_at timestamp not null
        );
        create table reference_corrections (
            correction_id bigint primary key, problem_id bigint not null, benchmark varchar not null,
            problem varchar not null, old_answer varchar, new_answer varchar, corrected_at timestamp not null
        );
        """,
    ),
    (
        "samples that a later file completed",
        "alter table imports add column if not exists completed bigint default 0",
    ),
    (
        "training logs",
        """
        create table if not exists training_logs (
            log_id bigint primary key, name varchar not null unique, import_id bigint
        );
        create table if not exists training_steps (
            log_id bigint not null, step bigint not null, reward double, entropy double, length double
        );
        """,
    ),
    (
        "texts compressed by zstd",  # A quarter of the time and half of the space of what DuckDB would choose.
        """
        alter table completions rename to completions_before;
        create table completions (
            sample_id bigint not null, run_id bigint not null, completion varchar not null using compression zstd
        );
        insert into completions from completions_before;
        drop table completions_before;
        """,
    ),
    (
        "frozen shares",
        """
        create table if not exists shares (
            share_id varchar primary key, page varchar not null, title varchar not null, note varchar, author varchar,
            created_at timestamp not null, content blob, revoked_at timestamp
        );
        """,
    ),
    (
        "who did what, and tokens",
        """
        create table if not exists audit (
            done_at timestamp not null, who varchar not null, way varchar not null, role varchar not null,
            command varchar not null, about varchar, outcome varchar not null, reason varchar, seconds double not null
        );
        create table if not exists tokens (
            token_id varchar primary key, name varchar not null, hash varchar not null unique, role varchar not null,
            created_by varchar not null, created_at timestamp not null, expires_at timestamp,
            revoked_at timestamp, last_used_at timestamp
        );
        """,
    ),
    (
        "sampling jobs, prefix samples, likelihoods",
        """
        create table if not exists jobs (
            job_id bigint primary key, kind varchar not null, run_id bigint not null, settings varchar not null,
            state varchar not null, error varchar, asked_by varchar, asked_at timestamp not null,
            began_at timestamp, ended_at timestamp, seconds double not null
        );
        create table if not exists requests (
            job_id bigint not null, run_id bigint not null, number bigint not null, problem_id bigint not null,
            first_index bigint not null, wanted bigint not null, arrived bigint not null, tokens bigint not null,
            correct bigint not null, state varchar not null, error varchar, prompt_id bigint not null,
            prefix varchar, start_id bigint, arrived_at timestamp
        );
        create table if not exists replies (
            job_id bigint not null, run_id bigint not null, problem_id bigint not null, number bigint not null,
            hash varchar not null
        );
        create table if not exists prompts (
            prompt_id bigint primary key, hash varchar not null unique, prompt varchar not null
        );
        create table if not exists engine_starts (
            start_id bigint primary key, name varchar not null unique, url varchar not null, model varchar not null,
            version varchar, seed bigint, settings varchar, first_used_at timestamp not null
        );
        create table if not exists prefix_samples (
            job_id bigint not null, run_id bigint not null, problem_id bigint not null, number bigint not null,
            prefix_index bigint not null, completion varchar not null, verdict verdict, answer varchar,
            finish_reason varchar, token_count bigint, sum_logprob double, min_logprob double, seed bigint,
            metadata varchar
        );
        create table if not exists likelihoods (
            sample_id bigint not null, run_id bigint not null, model varchar not null, job_id bigint not null,
            tokens bigint not null, sum_logprob double not null, min_logprob double not null, worst_rank bigint,
            with_end boolean not null, same_tokens boolean
        );
        create table if not exists token_likelihoods (
            sample_id bigint not null, run_id bigint not null, model varchar not null, position bigint not null,
            token varchar, logprob double not null, rank bigint, likelier_least double, likelier_most double
        );
        """,
    ),
)


def first_row(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Run one query, fetch it whole, return its first row; a result left half read would block its cursor."""
    rows = cursor.execute(sql, list(parameters)).fetchall()
    return rows[0] if rows else None


def new_ids(cursor: duckdb.DuckDBPyConnection, count: int) -> int:
    """Reserve `count` ids and return the first; ids are never given twice."""
    row = first_row(cursor, "select next_id from store")
    cursor.execute("update store set next_id = next_id + ?", [count])
    return int(row[0]) if row else 1


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply, in one transaction, the migrations that the open database does not have yet."""
    connection.begin()
    connection.execute(
        "create table if not exists migrations (number bigint primary key, name varchar, applied_at timestamp)"
    )
    done = applied(connection)
    for number, (name, statements) in enumerate(MIGRATIONS, start=1):
        if number > done:
            connection.execute(statements)
            connection.execute("insert into migrations values (?, ?, now() at time zone 'utc')", [number, name])
    connection.commit()


def applied(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the newest migration in the database; 0 for a database without any."""
    known = first_row(
        connection, "select count(*) from duckdb_tables() where table_name = 'migrations' and not internal"
    )
    if not known or not known[0]:
        return 0
    row = first_row(connection, "select coalesce(max(number), 0) from migrations")
    return int(row[0]) if row else 0
