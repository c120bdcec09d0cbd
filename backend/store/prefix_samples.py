"""Samples that went on from the beginning of an answer, kept apart from a run's draws: they never enter pass@k."""

import pandas as pd

from backend.store.database import Store


def prefix_samples(store: Store, run: str, problem: str | None = None) -> pd.DataFrame:
    """Return one row a sample that a run's model drew from a given beginning.

    Columns: job, problem, prefix (the beginning), prefix_run (the key of the run that wrote it), prefix_index,
    completion (what came after it), verdict and answer (of both together), finish_reason, token_count, sum_logprob,
    min_logprob, seed.
    """
    return store.read(
        """
        select p.job_id as job, problems.name as problem, requests.prefix,
            coalesce(json_extract_string(jobs.settings, '$.prefix_run'), runs.key) as prefix_run,
            prefix_index, completion, verdict::varchar as verdict, answer, finish_reason, token_count,
            sum_logprob, min_logprob, seed
        from prefix_samples p join requests on requests.job_id = p.job_id and requests.number = p.number
            join jobs on jobs.job_id = p.job_id
            join problems on problems.problem_id = p.problem_id join runs on runs.run_id = p.run_id
        where runs.key = $run and ($problem is null or problems.name = $problem)
        order by p.job_id, p.problem_id, prefix_index
        """,
        {"run": run, "problem": problem},
    )
