"""What another verifier says of a run's samples, beside the one that counts."""

from collections.abc import Sequence

import pandas as pd

from backend.store.database import Store


def second_verifiers(store: Store, runs: Sequence[str]) -> list[str]:
    """Return the verifiers that have judged samples of every one of these runs and count in none, by name."""
    rows = store.rows(
        """
        with wanted as (select run_id from runs where key in (select unnest(?::varchar[]))),
        judged as (select distinct run_id, verifier from other_verdicts where run_id in (from wanted))
        select verifier from judged group by verifier having count(*) = (select count(*) from wanted) order by verifier
        """,
        [list(runs)],
    )
    return [str(row[0]) for row in rows]


def counts_by_two(store: Store, run: str, verifier: str) -> pd.DataFrame:
    """Return one row a problem: problem, n, c, other, only_other, only_counting, over samples that both have judged.

    c: correct by the verdict that counts; other: by the named verifier; the last two: by one of them only. An error of
    either is no judgement.
    """
    return store.read(
        """
        with run as (select run_id from runs where key = $run),
        second as (
            select sample_id, verdict = 'correct' as right from other_verdicts
            where run_id in (from run) and verifier = $verifier and verdict <> 'error'
        )
        select problems.name as problem, count(*) as n, count(*) filter (verdict = 'correct') as c,
            count(*) filter (second.right) as other,
            count(*) filter (second.right and verdict <> 'correct') as only_other,
            count(*) filter (not second.right and verdict = 'correct') as only_counting
        from samples join second using (sample_id) join problems using (problem_id)
        where run_id in (from run) and verdict is not null and verdict <> 'error'
        group by problem_id, problems.name order by problem_id
        """,
        {"run": run, "verifier": verifier},
    )
