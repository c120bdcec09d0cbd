"""Problems over the checkpoints of one training, and by which of several runs solve them, at one budget."""

from collections.abc import Sequence

import pandas as pd

from backend.comparison import patterns, trajectories


def over_training(
    counts: pd.DataFrame, runs: Sequence[str], m: int | None, level: float
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[float, float], int]:
    """Changes from step to step, the problems that turned with pass@m a step, ever solved (seen, by chance), and m.

    counts: one row a run and problem: run, problem, n, c. Where a step has fewer samples than m, or m is None, half of
    the fewest is taken instead.
    """
    problems, n, c = trajectories.aligned(counts, runs)
    budget = fitting(m, n)
    shares = trajectories.solved_shares(n, c, budget)
    turned = trajectories.turns(problems, shares)
    turned = turned.assign(shares=shares[turned["place"]].tolist())
    changes = trajectories.lost_and_gained(n, c, budget, level=level)
    return changes, turned, trajectories.forgotten(n, c, budget), budget


def fitting(m: int | None, n: trajectories.Integers) -> int:
    """m where every problem has so many samples in every run, else half of the fewest."""
    fewest = int(n.min()) if n.size else 1
    return m if m is not None and m <= fewest else max(1, fewest // 2)


def many_runs(
    counts: pd.DataFrame, runs: Sequence[str], m: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, int | None]:
    """Sizes of the patterns, one row a problem (problem, its likeliest pattern, c of n of each run), and the budget.

    counts and m as in `over_training`; here None means all samples of each run.
    """
    problems, n, c = trajectories.aligned(counts, runs)
    fits = None if m is None else fitting(m, n)
    shares = patterns.solved(n, c, fits)
    rows = pd.DataFrame({"problem": problems, "pattern": patterns.pattern_of(shares)})
    said = [
        [f"{some:,} of {every:,}" for some, every in zip(*pair, strict=True)] for pair in zip(c.T, n.T, strict=True)
    ]
    return patterns.patterns(n, c, fits), rows.assign(**dict(zip(runs, said, strict=True))), fits
