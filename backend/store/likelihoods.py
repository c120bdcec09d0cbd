"""How likely samples are under the base model: their own and another model's, a token, problem by problem.

What came with the files is taken first, and what scoring jobs found (`store.scores`) where nothing came.
"""

import pandas as pd

from backend.store.answers import SCORED
from backend.store.database import Store


def likelihoods(store: Store, base: str, other: str) -> pd.DataFrame:
    """Return one row a problem of which both runs have scored samples with log-probabilities under base's model.

    problem; samples_base, base (mean over base's own samples of the natural log-probability a token, under base);
    samples_rlvr, rlvr (the same of the other run's samples, also under base); correct (how many of those are correct);
    within (how many of the correct ones lie between the least and the most likely of base's own samples); below (how
    many are less likely than the least likely).
    """
    return store.read(
        f"""
        with read as (
            select sample_id, run_id, sum_logprob / tokens as value from likelihoods
            where model = (select models.name from runs join models using (model_id) where key = $base)
                and tokens > 0 and same_tokens is not false
        ), own_values as (
            select problem_id, case when token_count > 0 then coalesce(sum_logprob / token_count, value) else value end
                as value
            from samples left join read using (sample_id, run_id)
            where run_id = (select run_id from runs where key = $base) and {SCORED}
        ), own as (
            select problem_id, count(*) as samples_base, avg(value) as base, min(value) as least, max(value) as most
            from own_values where value is not null group by problem_id
        ), beside as (
            select sample_id, run_id, sum_logprob from other_logprobs
            where model = (select models.name from runs join models using (model_id) where key = $base)
        ), theirs as (
            select problem_id, coalesce(beside.sum_logprob / nullif(token_count, 0), read.value) as value,
                verdict = 'correct' as is_correct
            from samples left join beside using (sample_id, run_id) left join read using (sample_id, run_id)
            where run_id = (select run_id from runs where key = $other) and {SCORED}
                and coalesce(beside.sum_logprob / nullif(token_count, 0), read.value) is not null
        )
        select problems.name as problem, samples_base, base, count(*) as samples_rlvr, avg(value) as rlvr,
            count(*) filter (is_correct) as correct,
            count(*) filter (is_correct and value between least and most) as within,
            count(*) filter (is_correct and value < least) as below
        from theirs join own using (problem_id) join problems using (problem_id)
        group by problem_id, problems.name, samples_base, base order by problem_id
        """,
        {"base": base, "other": other},
    )
