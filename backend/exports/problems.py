"""One problem as it leaves the program: its statement, how often each run solved it, and samples of each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from backend.comparison.verdicts import BASE_FAVOURED, RLVR_FAVOURED
from backend.errors import NotFound
from backend.exports.trees import ShownTree
from backend.records import Problem, Sample
from backend.statistics.intervals import wilson_share
from backend.store import problem_queries, queries
from backend.store.database import Store
from backend.store.problem_samples import samples_of
from backend.store.scores import closed_samples

DEFAULT_PROBLEMS, DEFAULT_SAMPLES = 4, 8


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One problem with samples of the runs that are compared."""

    problem: Problem
    counts: pd.DataFrame
    """One row a run: run, label, training, checkpoint_step, n, c, share, low, high (Wilson, 95 %)."""
    samples: Mapping[str, Sequence[Sample]]
    """By the run's key."""
    totals: Mapping[str, int]
    """How many samples each run has, shown or not."""
    tree: ShownTree | None = None
    """The tree of all their samples, where it is shown and there is one."""
    closed: pd.DataFrame | None = None
    """Which samples the other runs' samplers close (`store.scores.closed_samples`); None where that was not kept."""


def show(store: Store, benchmark: str, problem: str, runs: Sequence[str], most: int | None = None) -> Shown:
    """Take a problem out of the store; `most` samples a run, half of them correct where there are so many, or all.

    Raises NotFound where the benchmark has no such problem.
    """
    found = problem_queries.problem(store, benchmark, problem)
    if found is None:
        raise NotFound(f"{benchmark} has no problem {problem}.", "`python -m backend counts RUN` lists its problems.")
    counts = counts_of_problem(store, benchmark, problem)
    counts = counts.set_index("run", drop=False).reindex([r for r in runs if r in set(counts["run"])])
    ticks = {run: queries.sample_ticks(store, run, problem, limit=10**9)[0] for run in runs}
    chosen = {run: None if most is None else _chosen(frame, most) for run, frame in ticks.items()}
    return Shown(
        problem=found,
        counts=counts.reset_index(drop=True),
        samples={run: samples_of(store, run, problem, indexes) for run, indexes in chosen.items()},
        totals={run: len(frame) for run, frame in ticks.items()},
        closed=closed_samples(store, runs, problem),
    )


def counts_of_problem(store: Store, benchmark: str, problem: str) -> pd.DataFrame:
    """`problem_queries.counts_of_problem` with label, and the share of correct samples with its Wilson interval."""
    counts = problem_queries.counts_of_problem(store, benchmark, problem)
    low, high = wilson_share(counts["c"], counts["n"])
    share = counts["c"] / counts["n"].where(counts["n"] > 0)
    return counts.rename(columns={"name": "label"}).assign(share=share, low=low, high=high)


def _chosen(ticks: pd.DataFrame, most: int) -> list[int]:
    """The first correct samples and the first others, half of each where there are so many."""
    correct = ticks.loc[ticks["verdict"] == "correct", "sample_index"].astype(int).tolist()
    others = ticks.loc[ticks["verdict"] != "correct", "sample_index"].astype(int).tolist()
    of_correct = min(len(correct), max(most // 2, most - len(others)))
    return sorted([*correct[:of_correct], *others[: most - of_correct]])


def telling(verdicts: pd.DataFrame, most: int = DEFAULT_PROBLEMS) -> list[str]:
    """The problems to show where none is named: those that favour base and RLVR most surely, half of each."""
    sure = verdicts.sort_values(["p", "problem"], kind="stable")
    each = [sure.loc[sure["verdict"] == side, "problem"].tolist() for side in (BASE_FAVOURED, RLVR_FAVOURED)]
    of_base = min(len(each[0]), max(most // 2, most - len(each[1])))
    return [*each[0][:of_base], *each[1][: most - of_base]]


def chosen_in_words(shown: Shown, run: str) -> str:
    """Say which of a run's samples are shown."""
    here, total = len(shown.samples[run]), shown.totals[run]
    if not total:
        return "no samples: it was imported as counts, or never drew this problem"
    return f"all {total:,} samples" if here == total else f"{here:,} of {total:,} samples: the first correct and others"


def counts_in_words(shown: Shown) -> str:
    """How often each run solved the problem, in a line."""
    each = zip(shown.counts["label"], shown.counts["c"], shown.counts["n"], strict=True)
    return f"{shown.problem.problem}: " + "; ".join(f"{label} {c:,} of {n:,}" for label, c, n in each)


def sample_rows(shown: Shown, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a problem's samples as rows that can be imported again. names: of the runs, by key."""
    problem = shown.problem
    head = {"benchmark": problem.benchmark, "problem_id": problem.problem, "question": problem.question,
            "reference_answer": problem.reference_answer}  # fmt: skip
    facts = ("sample_index", "verdict", "answer", "verifier", "finish_reason", "token_count", "sum_logprob",
             "min_logprob", "seed", "completion")  # fmt: skip
    return [
        {**head, "run": names[run], **{fact: getattr(sample, fact) for fact in facts}}
        for run, samples in shown.samples.items()
        for sample in samples
    ]
