"""How often each problem is solved, in the twelve bins of the paper's histograms, and who moved between them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]

BINS = ("0", *(f"(0.{low}, 0.{low + 1}]" if low < 9 else "(0.9, 1)" for low in range(10)), "1")
"""Accuracies c/n: exactly 0, ten tenths, exactly 1 (Yue et al. 2025, arXiv 2504.13837, figures 5 and 13)."""


def accuracy_bins(n: npt.ArrayLike, c: npt.ArrayLike) -> Integers:
    """Return the place in BINS of c of n ≥ 1, compared in whole numbers: c/n ≤ j/10 where 10 c ≤ j n."""
    drawn, solved = np.asarray(n, dtype=np.int64), np.asarray(c, dtype=np.int64)
    tenth = -(-10 * solved // np.maximum(drawn, 1))
    return np.asarray(np.where(solved == drawn, len(BINS) - 1, tenth))


def histogram(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many problems each run solves how often: one row a bin, columns bin, label, base, rlvr.

    counts: one row a compared problem, n_base, c_base, n_rlvr, c_rlvr.
    """
    sides = {
        side: np.bincount(accuracy_bins(counts[f"n_{side}"], counts[f"c_{side}"]), minlength=len(BINS))
        for side in ("base", "rlvr")
    }
    return pd.DataFrame({"bin": range(len(BINS)), "label": BINS, **sides})


def transitions(counts: pd.DataFrame) -> pd.DataFrame:
    """Return who moved: one row a pair of bins that holds problems, columns base_bin, rlvr_bin, problems."""
    base = accuracy_bins(counts["n_base"], counts["c_base"])
    rlvr = accuracy_bins(counts["n_rlvr"], counts["c_rlvr"])
    moves = pd.DataFrame({"base_bin": base, "rlvr_bin": rlvr})
    return moves.groupby(["base_bin", "rlvr_bin"]).size().reset_index(name="problems")


def moved(counts: pd.DataFrame) -> dict[str, int]:
    """Return how many problems RLVR solves in a higher bin than base, in a lower one, and in the same."""
    base = accuracy_bins(counts["n_base"], counts["c_base"])
    rlvr = accuracy_bins(counts["n_rlvr"], counts["c_rlvr"])
    return {"up": int((rlvr > base).sum()), "down": int((rlvr < base).sum()), "same": int((rlvr == base).sum())}


def moved_in_words(moved: dict[str, int]) -> str:
    """Say how many problems RLVR solves in a higher and in a lower bin than base."""
    return f"RLVR solves {moved['up']:,} problems in a higher bin than base, {moved['down']:,} in a lower"
