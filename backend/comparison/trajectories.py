"""Problems over the checkpoints of one RLVR run: when each is gained or lost, and what mere redrawing would show."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.counts import shared_problems
from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import population_interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HALF = 0.5
"""A problem counts as solved at a step, for the figure, where pass@m is at least this."""


def aligned(counts: pd.DataFrame, runs: Sequence[str]) -> tuple[list[str], Integers, Integers]:
    """Return the problems that all of `runs` have scored, and their n and c, each of shape (problems, runs).

    counts: one row a run and problem: run, problem, n, c. Problems keep the order of the first run's counts.
    """
    each = [counts[counts["run"] == run] for run in runs]
    shared = shared_problems(each)
    problems = [name for name in each[0]["problem"] if name in shared] if each else []
    sides = [frame.set_index("problem").loc[problems] for frame in each]
    n, c = (np.stack([side[column] for side in sides], axis=1) if sides else np.empty((0, 0)) for column in "nc")
    return problems, n.astype(np.int64), c.astype(np.int64)


def solved_shares(n: Integers, c: Integers, m: int) -> Floats:
    """Return pass@m of each problem at each step, of shape (problems, steps); NaN where there are fewer samples."""
    return pass_at_k(n.ravel(), c.ravel(), m).reshape(n.shape)


def lost_and_gained(n: Integers, c: Integers, m: int, *, level: float = 0.95) -> pd.DataFrame:
    """Return one row a pair of neighbouring steps: how many problems are lost and gained within m samples.

    n, c: of shape (problems, steps), in the order of the steps. Columns: at (place of the later step), lost
    (Σ g (1 − g′) with g and g′ pass@m before and after), lost_low, lost_high, gained and its ends, and by_chance: what
    either would be on average if the labels of the two steps meant nothing. Pooling both steps' samples of a problem,
    that is Σ pass@2m − pass@m of the pool. Intervals are those of shares, over a population of problems. NaN where a
    problem has fewer than m samples.
    """
    g = solved_shares(n, c, m)
    rows = []
    for at in range(1, n.shape[1]):
        before, after = g[:, at - 1], g[:, at]
        pool = pass_at_k(n[:, at - 1] + n[:, at], c[:, at - 1] + c[:, at], [m, 2 * m])
        each = {"lost": before * (1 - after), "gained": (1 - before) * after}
        row = {"at": at, "by_chance": float((pool[:, 1] - pool[:, 0]).sum())}
        for name, values in each.items():
            low, high = _ends(values, level)
            row |= {name: float(values.sum()), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    names = ("at", *(f"{name}{end}" for name in ("lost", "gained") for end in ("", "_low", "_high")), "by_chance")
    return pd.DataFrame(rows, columns=list(names))


def _ends(values: Floats, level: float) -> tuple[float, float]:
    """The interval of a sum of shares over a population of problems; NaN with fewer than two, or where one is NaN."""
    _, low, high = population_interval(values[:, None], level)
    return float(low[0]) * values.size, float(high[0]) * values.size


def forgotten(n: Integers, c: Integers, m: int) -> tuple[float, float]:
    """Return how many problems some earlier step solves within m samples and the last does not, and by chance alone.

    Seen: Σ (1 − g_T)(1 − Π (1 − g_t) over t < T). By chance, if labels meant nothing: Σ pass@Tm − pass@m of all steps'
    samples pooled; it grows with the number of steps. NaN where a problem has fewer than m samples at a step. Source of
    the question: Li et al. 2025, arXiv 2505.20196 [S], there without the baseline.
    """
    steps = n.shape[1]
    if steps < 2:
        return float("nan"), float("nan")
    failing = 1 - solved_shares(n, c, m)
    pool = pass_at_k(n.sum(axis=1), c.sum(axis=1), [m, steps * m])
    seen = failing[:, -1] * (1 - failing[:, :-1].prod(axis=1))
    chance = pool[:, 1] - pool[:, 0]
    return float(seen.sum()), float(np.where(np.isnan(failing).any(axis=1), np.nan, chance).sum())


def turns(problems: Sequence[str], shares: Floats) -> pd.DataFrame:
    """Return the problems that cross pass@m = ½ at some step, one row each: place, problem, kind and at.

    place: the row in `shares`; kind: lost or gained, as the last crossing goes; at: the step of that crossing. Lost
    ones first, each kind by its step, then by how often the last step solves it.
    """
    solved = shares >= HALF
    crossing = solved[:, 1:] != solved[:, :-1]
    moving = np.flatnonzero(crossing.any(axis=1))
    last = crossing.shape[1] - np.argmax(crossing[moving, ::-1], axis=1)
    kept = pd.DataFrame({
        "place": moving,
        "problem": [problems[place] for place in moving.tolist()],
        "kind": np.where(solved[moving, -1], "gained", "lost"),
        "at": last,
        "end": shares[moving, -1],
    })  # fmt: skip
    return (
        kept.sort_values(["kind", "at", "end"], ascending=[False, True, True])
        .drop(columns="end")
        .reset_index(drop=True)
    )
