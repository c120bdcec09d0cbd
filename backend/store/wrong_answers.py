"""Which answers a run gave to each problem, and what the problems' right answers and answer spaces are."""

import pandas as pd

from backend.store.database import Store


def answers_given(store: Store, run: str) -> pd.DataFrame:
    """Return one row a problem and answer of a run's samples: problem, answer, correct, wrong (how often each)."""
    return store.read(
        """
        select problems.name as problem, answer, count(*) filter (verdict = 'correct') as correct,
            count(*) filter (verdict = 'incorrect') as wrong
        from samples join problems using (problem_id)
        where run_id = (select run_id from runs where key = $run) and answer is not null
            and verdict in ('correct', 'incorrect')
        group by problems.name, answer
        """,
        {"run": run},
    )


def counts_and_spaces(store: Store, run: str) -> pd.DataFrame:
    """Return one row a problem that a run has scored samples of, in the benchmark's order.

    Columns: problem, n, c, reference_answer, answer_space (missing: not said).
    """
    return store.read(
        """
        select problems.name as problem, n, c, reference_answer, answer_space
        from counts join problems using (problem_id)
        where run_id = (select run_id from runs where key = $run) and n > 0 order by problem_id
        """,
        {"run": run},
    )
