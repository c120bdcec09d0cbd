"""What samples answered, and which correct ones another verifier found well reasoned; summed up in SQL."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput
from backend.normal_forms import canonical
from backend.store.database import Store
from backend.store.queries import correct_counts
from backend.store.sample_trees import benchmark_paths
from backend.trees.paths import path_counts

Integers = npt.NDArray[np.integer[Any]]

ANSWERS, VALID, PATHS = "answers", "valid", "paths"
"""What metrics need besides n and c."""
REASONING_WORDS = ("step", "cot", "reason")
"""A verifier whose name holds one of these judges the way and not the answer."""
SCORED = "samples.verdict in ('correct', 'incorrect', 'no_answer')"
PLAIN_INTEGER = r"0|-?[1-9]\d{0,17}"
"""Answers that are their own normal form."""


def answered_runs(store: Store, runs: Sequence[str]) -> set[str]:
    """Return which of the runs have answers stored."""
    rows = store.rows(
        """select key from runs where key in (select unnest(?::varchar[]))
        and exists (select 1 from samples where samples.run_id = runs.run_id and answer is not null)""",
        [list(runs)],
    )
    return {str(row[0]) for row in rows}


def reasoning_verifiers(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a run and verifier whose verdicts stand beside those that count: run, verifier."""
    return store.read(
        """
        select distinct runs.key as run, other_verdicts.verifier from other_verdicts join runs using (run_id)
        where runs.key in (select unnest(?::varchar[])) order by 1, 2
        """,
        [list(runs)],
    )


def reasoning_verifier(names: Sequence[str]) -> str | None:
    """Return the verifier that by its name judges the reasoning; None where no name says so."""
    return next((name for word in REASONING_WORDS for name in sorted(names) if word in name.lower()), None)


def answer_votes(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a run and problem with scored samples: run, problem, answers.

    answers: how many samples gave each distinct answer, the right one first (0 where nobody gave it). The right answer
    is that of all correct samples and of whichever others have the same normal form. Samples without an answer that
    are not correct are in none: they have no vote.
    """
    given = store.read(
        f"""
        select runs.key as run, problems.name as problem, answer, count(*) as samples,
            count(*) filter (verdict = 'correct') as correct
        from samples join runs using (run_id) join problems using (problem_id)
        where runs.key in (select unnest(?::varchar[])) and {SCORED}
        group by all order by run, problem, samples desc, answer
        """,
        [list(runs)],
    )
    group = given.groupby(["run", "problem"], sort=False).ngroup().to_numpy()
    votes: Any = _merged(
        group, _normal_forms(given["answer"]), given["samples"].to_numpy(), given["correct"].to_numpy()
    )
    return given[["run", "problem"]].drop_duplicates(ignore_index=True).assign(answers=votes)


def _normal_forms(answers: pd.Series) -> pd.Series:
    """Return each answer's normal form, each distinct answer looked at once; missing where there is no answer."""
    distinct = answers.dropna().drop_duplicates()
    plain = distinct.str.fullmatch(PLAIN_INTEGER)
    forms = dict(zip(distinct[plain], distinct[plain], strict=True))
    forms |= {answer: canonical(answer) or answer for answer in distinct[~plain]}
    return answers.map(forms)


def _merged(group: Integers, forms: pd.Series, samples: Integers, correct: Integers) -> list[list[int]]:
    """Return the votes of each group: the right answer's, then those of every other normal form."""
    each = pd.DataFrame({"group": group, "form": forms.to_numpy(), "samples": samples, "correct": correct})
    silent = each["form"].isna()
    classes = each[~silent].groupby(["group", "form"], sort=False)[["samples", "correct"]].sum().reset_index()
    is_right = classes["correct"] > 0
    right = classes[is_right].groupby("group")["samples"].sum()
    unsaid = each[silent].groupby("group")["correct"].sum()
    groups = int(group.max(initial=-1)) + 1
    first = right.add(unsaid, fill_value=0).reindex(range(groups), fill_value=0).astype(int)
    votes = [[count] for count in first.tolist()]
    for at, count in zip(classes.loc[~is_right, "group"], classes.loc[~is_right, "samples"], strict=True):
        votes[at].append(int(count))
    return votes


def valid_counts(store: Store, runs: Sequence[str], verifier: str) -> pd.DataFrame:
    """Return one row a run and problem that this verifier judged: run, problem, valid, judged.

    judged: correct samples that it has a verdict on; valid: those that it finds correct too.
    """
    return store.read(
        """
        select runs.key as run, problems.name as problem, count(*) as judged,
            count(*) filter (beside.verdict = 'correct') as valid
        from samples join other_verdicts beside on beside.sample_id = samples.sample_id
            and beside.run_id = samples.run_id and beside.verifier = ?
        join runs on runs.run_id = samples.run_id join problems using (problem_id)
        where runs.key in (select unnest(?::varchar[])) and samples.verdict = 'correct'
        group by all
        """,
        [verifier, list(runs)],
    )


def runs_with_texts(store: Store, runs: Sequence[str]) -> set[str]:
    """Return which of the runs have completions stored."""
    rows = store.rows(
        """select key from runs where key in (select unnest(?::varchar[]))
        and exists (select 1 from completions where completions.run_id = runs.run_id)""",
        [list(runs)],
    )
    return {str(row[0]) for row in rows}


def counts_by_path(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a run and problem: run, problem, n, c, paths (samples that took each distinct correct path, steps
    merged by normalised text). Only samples with a text are in n and c.
    """
    each = [path_counts(benchmark_paths(store, [run]), run).assign(run=run) for run in runs]
    return pd.concat(each, ignore_index=True)[["run", "problem", "n", "c", "paths"]]


def why_without(store: Store, runs: Sequence[str], needs: str | None, verifier: str | None = None) -> dict[str, str]:
    """Return, for each run that lacks what a metric needs, why it cannot be drawn."""
    if needs == ANSWERS:
        lacking = set(runs) - answered_runs(store, runs)
        why = "no answers are stored with its samples"
    elif needs == VALID:
        known = reasoning_verifiers(store, runs)
        lacking = set(runs) - set(known["run"][known["verifier"] == verifier])
        why = f"it has no verdicts of {verifier}" if verifier else "no second verifier judged its samples' reasoning"
    elif needs == PATHS:
        lacking = set(runs) - runs_with_texts(store, runs)
        why = "no texts are stored with its samples, so that no path is known"
    else:
        return {}
    return {run: why for run in runs if run in lacking}


def metric_counts(store: Store, runs: Sequence[str], needs: str | None, verifier: str | None = None) -> pd.DataFrame:
    """Return `correct_counts` with the column that a metric needs; for runs that `why_without` does not name.

    For `valid` the frame also has `judged`; a correct sample without a verdict of this verifier is not valid. For
    `paths` it is `counts_by_path`. Raises BadInput where a verifier is needed and none is named.
    """
    if needs == PATHS:
        return counts_by_path(store, runs)
    counts = correct_counts(store, runs)
    if needs == ANSWERS:
        counts = counts.merge(answer_votes(store, runs), on=["run", "problem"], how="left")
        counts["answers"] = [found if isinstance(found, list) else [0] for found in counts["answers"]]
    elif needs == VALID:
        if verifier is None:
            raise BadInput("No verifier of the reasoning is named.", "Name one with --reasoning.")
        counts = counts.merge(valid_counts(store, runs, verifier), on=["run", "problem"], how="left")
        counts = counts.fillna({"valid": 0, "judged": 0}).astype({"valid": "int64", "judged": "int64"})
    return counts


def answer_spaces(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a problem that one of the runs drew: problem, answer_space (missing where it is not known)."""
    return store.read(
        """
        select distinct problems.name as problem, answer_space from counts
        join runs using (run_id) join problems using (problem_id) where runs.key in (select unnest(?::varchar[]))
        """,
        [list(runs)],
    )
