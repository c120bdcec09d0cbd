"""Which of several runs solve which problems: the sizes of every pattern of solved and not solved."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.estimators import pass_at_k

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_RUNS, MOST_RAREFIED = 20, 10
"""Beyond them a table of patterns cannot be read; with a budget each of the 2^runs patterns has a size."""
SMALLEST = 0.005
"""An expected size below this is left out of the table."""


def patterns(n: Integers, c: Integers, m: int | None = None) -> pd.DataFrame:
    """Return how many problems are solved by exactly these runs: one row a pattern, the largest first.

    n, c: of shape (problems, runs). Without m a run solves a problem with any of all its samples, and runs with more
    samples solve more. With m, each run gets m samples: the expected size Σ Π g or (1 − g), g being pass@m.
    Columns: pattern (a text of 1 and 0, one sign a run), size. Empty where a problem has fewer than m samples.
    """
    shares = solved(n, c, m)
    if not shares.size or np.isnan(shares).any():
        return pd.DataFrame({"pattern": pd.Series(dtype=str), "size": pd.Series(dtype=float)})
    if m is None:
        keys = pattern_of(shares)
        sizes = pd.Series(keys).value_counts().astype(float)
        found = pd.DataFrame({"pattern": sizes.index, "size": sizes.to_numpy()})
    else:
        runs = shares.shape[1]
        names = [format(code, f"0{runs}b") for code in range(2**runs)]
        found = pd.DataFrame({"pattern": names, "size": pattern_shares(shares).sum(axis=0)})
    found = found[found["size"] > SMALLEST]
    return found.sort_values(["size", "pattern"], ascending=[False, False]).reset_index(drop=True)


def solved(n: Integers, c: Integers, m: int | None) -> Floats:
    """Return for each problem and run whether it is solved (0 or 1), or with m how likely within m samples."""
    if m is None:
        return (c > 0).astype(float)
    return pass_at_k(n.ravel(), c.ravel(), m).reshape(n.shape)


def pattern_shares(shares: Floats) -> Floats:
    """Return how likely each problem has each pattern; shape (problems, 2^runs), the first run is the highest bit."""
    result = np.ones((shares.shape[0], 1))
    for run in range(shares.shape[1]):
        one = shares[:, run, None]
        result = np.stack([result * (1 - one), result * one], axis=2).reshape(shares.shape[0], -1)
    return result


def pattern_of(shares: Floats) -> list[str]:
    """Return each problem's likeliest pattern: solved where the share is at least one half."""
    return ["".join("1" if share >= 0.5 else "0" for share in row) for row in shares.tolist()]
