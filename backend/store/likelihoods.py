"""How likely samples are under the base model: their own and another model's, a token, problem by problem."""

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
        with own as (
            select problem_id, count(*) as samples_base, avg(sum_logprob / token_count) as base,
                min(sum_logprob / token_count) as least, max(sum_logprob / token_count) as most
            from samples where run_id = (select run_id from runs where key = $base) and {SCORED}
                and sum_logprob is not null and token_count > 0
            group by problem_id
        ), theirs as (
            select samples.problem_id, beside.sum_logprob / token_count as value, verdict = 'correct' as is_correct
            from samples join other_logprobs beside on beside.sample_id = samples.sample_id
                and beside.run_id = samples.run_id
            where samples.run_id = (select run_id from runs where key = $other) and {SCORED} and token_count > 0
                and beside.model = (select models.name from runs join models using (model_id) where key = $base)
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
