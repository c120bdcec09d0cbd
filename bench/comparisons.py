"""What each answer about runs side by side takes, for 500 problems × 2 runs and 2,000 problems × 20 runs."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from backend.comparison.boundary import self_null, solved_table, table_intervals
from backend.comparison.claim_rows import DISTILLED, RLVR, Asked, ClaimRun
from backend.comparison.claims import evaluated
from backend.comparison.counts import compared_counts
from backend.comparison.crossing import crossover
from backend.comparison.curves import curves
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.extrapolation import extrapolation
from backend.comparison.finding import finding
from backend.comparison.histogram import histogram, transitions
from backend.comparison.luck import lucky_hits
from backend.comparison.metrics import INTERVALS, METRICS
from backend.comparison.patterns import MOST_RUNS, patterns
from backend.comparison.planning import observed_spread, plan
from backend.comparison.series import checkpoint_series
from backend.comparison.trajectories import aligned, forgotten, lost_and_gained, turns
from backend.comparison.verdicts import problem_verdicts
from bench.measure import machine, median

ROUNDS, KINDS = 3, 12
"""How often each is measured, and how many wrong answers a problem has."""
SIZES = ((500, 2, 1_024, 0.3), (2_000, 20, 1_024, 3.0))
"""Problems, runs, samples a problem, and the seconds that an answer may take."""

Question = tuple[str, Callable[[], Any]]


def made(problems: int, runs: int, samples: int) -> pd.DataFrame:
    """Return counts of runs that get better at what they can do: run, problem, n, c, and what each metric needs."""
    rng = np.random.default_rng(20_261_125)
    rates = rng.beta(0.3, 1.2, problems)
    each = []
    for run in range(runs):
        p = np.clip(rates ** (1 / (1 + 0.1 * run)) * rng.uniform(0.8, 1.1, problems), 0, 0.999)
        wrong = (1 - p)[:, None] * rng.dirichlet(np.full(KINDS, 0.5), problems)
        answers = rng.multinomial(samples, np.concatenate([p[:, None], wrong], axis=1))
        c = answers[:, 0]
        each.append(pd.DataFrame({
            "run": f"run-{run:02}", "problem": [f"p-{i}" for i in range(problems)], "n": samples, "c": c,
            "valid": rng.binomial(c, 0.8), "answers": answers.tolist(),
            "paths": [[part for part in (count // 2, count - count // 2) if part] for count in c.tolist()],
        }))  # fmt: skip
    return pd.concat(each, ignore_index=True)


def of_curves(counts: pd.DataFrame) -> Iterator[Question]:
    """Yield each metric in each interval, for all runs."""
    for metric in METRICS:
        for interval in INTERVALS:
            yield f"{metric}, {interval}", partial(curves, counts, metric=metric, interval=interval)


def of_a_pair(counts: pd.DataFrame, samples: int) -> Iterator[Question]:
    """Yield what is asked of the first and the last run."""
    runs = counts["run"].unique()
    sides = [counts[counts["run"] == run] for run in (runs[0], runs[-1])]
    pair, m = compared_counts(*sides), samples // 2
    yield "difference D(k)", partial(delta, pair)
    yield "crossover", partial(crossover, pair)
    yield "finding in words", partial(finding, "base", "rlvr", pair)
    yield "Δ_SE", partial(efficiency_gap, pair)
    yield "2×2 and its rerun null", lambda: (solved_table(pair, m), self_null(pair["n_base"], pair["c_base"], m))
    yield "2×2 intervals", partial(table_intervals, pair, m)
    yield "verdicts", partial(problem_verdicts, pair, m=m)
    yield "accuracy bins and moves", lambda: (histogram(pair), transitions(pair))
    yield "beyond n, both runs", lambda: [extrapolation(side["n"], side["c"]) for side in sides]
    yield "lucky hits", partial(lucky_hits, *scattered(sides[0]))


def scattered(side: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return problems and answers as lucky hits want them."""
    rows = [
        (problem, str(kind), 0, count)
        for problem, given in zip(side["problem"], side["answers"], strict=True)
        for kind, count in enumerate(given[1:], start=1)
    ]
    problems = side[["problem", "n", "c"]].assign(
        reference_answer="0", answer_space=pd.array([1000] * len(side), "Int64")
    )
    return problems, pd.DataFrame(rows, columns=["problem", "answer", "correct", "wrong"])


def of_many(counts: pd.DataFrame, samples: int) -> Iterator[Question]:
    """Yield what is asked of all runs together."""
    runs, m = list(counts["run"].unique()), samples // 2
    yield "aligning runs", partial(aligned, counts, runs)
    problems, n, c = aligned(counts, runs)
    yield "trajectories", lambda: (lost_and_gained(n, c, m), forgotten(n, c, m), turns(problems, c / n))
    yield "solved by which, at m", partial(patterns, n[:, :MOST_RUNS], c[:, :MOST_RUNS], m)
    yield "solved by which, all", partial(patterns, n[:, :MOST_RUNS], c[:, :MOST_RUNS])
    by_step = {at: counts[counts["run"] == run] for at, run in enumerate(runs)}
    yield "pass@1 and pass@k over training", partial(checkpoint_series, by_step)


def of_claims(counts: pd.DataFrame) -> Iterator[Question]:
    """Yield the paper's claims held against all runs, half of them distilled, and the plan for the first two."""
    names = list(counts["run"].unique())
    base, *others = [ClaimRun(run=name, name=name, role=(RLVR, DISTILLED)[at % 2]) for at, name in enumerate(names, 1)]
    yield "claims", lambda: evaluated(base, others, counts, {}, Asked())
    pair = compared_counts(*(counts[counts["run"] == name] for name in names[:2]))
    k = int(min(counts["n"])) // 2
    yield "planner", lambda: plan(observed_spread(pair, k), 0.02, problems=len(pair))


def seconds(question: Callable[[], Any]) -> float:
    """Return the median time of a few rounds, after one that is not counted."""
    question()
    each = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        question()
        each.append(time.perf_counter() - begin)
    return median(each)


def main() -> None:
    """Print the time of each answer beside what it may take."""
    for problems, runs, samples, wanted in SIZES:
        counts = made(problems, runs, samples)
        print(
            f"comparisons, {machine()}: {problems:,} problems × {runs} runs × {samples:,} samples, {wanted:g} s wanted"
        )
        for name, question in (
            *of_curves(counts),
            *of_a_pair(counts, samples),
            *of_many(counts, samples),
            *of_claims(counts),
        ):
            took = seconds(question)
            print(f"  {name:34} {1000 * took:8,.0f} ms, {took / wanted:5.2f} of it{' !' if took > wanted else ''}")
