"""Counts as every comparison starts from them: which problems are shared and solved, at which budgets to look."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

SETS = ("both", "base_only", "rlvr_only", "neither", "not_compared")
ROUNDING = 1e-12
"""A difference between means of pass@k below this is rounding."""


def k_grid(n: int) -> list[int]:
    """Return the budgets at which curves are computed: quarter octaves from 1 as in the paper's figures, and n."""
    points = {int(2 ** (i / 4)) for i in range(4 * max(n, 1).bit_length() + 1)}
    return sorted({k for k in points if k <= n} | {n}) if n >= 1 else []


def fine_grid(n: int) -> npt.NDArray[np.int64]:
    """Return the budgets at which two curves are held against each other: all up to 1,024, then 64 an octave, and n."""
    beyond = 1024 * 2 ** (np.arange(1, 64 * max(1, n.bit_length() - 10) + 1) / 64)
    ks = np.unique(np.concatenate([np.arange(1, min(n, 1024) + 1), beyond[beyond < n].astype(np.int64), [n]]))
    return np.asarray(ks)


def smallest_n(counts: pd.DataFrame) -> int:
    """Return the largest k for which every scored problem has samples; 0 where no problem is scored."""
    scored = counts["n"][counts["n"] > 0]
    return int(scored.min()) if len(scored) else 0


def shared_problems(counts: Iterable[pd.DataFrame]) -> set[str]:
    """Return the problems that every one of these runs has scored samples of."""
    each = [set(frame["problem"][frame["n"] > 0]) for frame in counts]
    return set.intersection(*each) if each else set()


def compared_counts(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> pd.DataFrame:
    """Return the problems that both runs have scored samples of: problem, n_base, c_base, n_rlvr, c_rlvr."""
    both = counts_base.merge(counts_rlvr, on="problem", suffixes=("_base", "_rlvr"))
    both = both[(both["n_base"] > 0) & (both["n_rlvr"] > 0)]
    return both[["problem", "n_base", "c_base", "n_rlvr", "c_rlvr"]].reset_index(drop=True)


def solved_sets(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> dict[str, list[str]]:
    """Sort the problems of two runs by who solved them at least once.

    counts: one row a problem, columns problem, n and c. A problem that one of the runs has no scored sample of is
    `not_compared`. Returns problem ids by set, in the order of SETS, each in the order of the counts.
    """
    order = list(dict.fromkeys([*counts_base["problem"], *counts_rlvr["problem"]]))
    both = counts_base.merge(counts_rlvr, on="problem", how="outer", suffixes=("_base", "_rlvr"))
    both = both.fillna({"n_base": 0, "n_rlvr": 0}).set_index("problem").loc[order].reset_index()
    compared = (both["n_base"] > 0) & (both["n_rlvr"] > 0)
    base, rlvr = both["c_base"] > 0, both["c_rlvr"] > 0
    masks = (base & rlvr, base & ~rlvr, ~base & rlvr, ~base & ~rlvr)
    sets = {name: both["problem"][compared & mask].tolist() for name, mask in zip(SETS, masks, strict=False)}
    return {**sets, "not_compared": both["problem"][~compared].tolist()}
