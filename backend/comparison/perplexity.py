"""Perplexity of each model's samples under itself and the other, problem by problem (Yue et al. 2025, Figure 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backend.statistics.significance import sign_flip_p

PAIRS = (("base", "base"), ("base", "rlvr"), ("rlvr", "base"), ("rlvr", "rlvr"))
"""(the model that reads, the model that wrote)."""
CONTRASTS = (
    ("base", "rlvr", "base", "base"),
    ("rlvr", "base", "base", "base"),
    ("rlvr", "rlvr", "base", "rlvr"),
)
"""Two perplexities held against each other: (reads, wrote) of the first, then of the second."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Two perplexities held against each other over the problems that have both."""

    first: str
    second: str
    problems: int
    ratio: float
    """How many times as perplexed: e to the mean difference of log-perplexities over problems; NaN without problems."""
    p: float
    """Two-sided, when each problem's difference could as well have the other sign."""


def log_perplexities(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean log-perplexity a problem: one row a problem, reader and writer.

    scores: one row a sample, columns problem, reads, wrote, tokens, sum_logprob; each sample counts alike, whatever its
    length. Columns: problem, reads, wrote, samples, log_perplexity, least and most (of single samples), sum_logprob
    (the mean over samples: the log-probability of whole texts, which a low perplexity may hide).
    """
    each = scores[scores["tokens"] > 0]
    each = each.assign(log_perplexity=-each["sum_logprob"] / each["tokens"])
    return each.groupby(["problem", "reads", "wrote"], sort=False, as_index=False).agg(
        samples=("log_perplexity", "size"),
        log_perplexity=("log_perplexity", "mean"),
        least=("log_perplexity", "min"),
        most=("log_perplexity", "max"),
        sum_logprob=("sum_logprob", "mean"),
    )


def perplexity_of(means: pd.DataFrame, reads: str, wrote: str) -> float:
    """Return a perplexity over a benchmark: e to the mean of the problems' log-perplexities; NaN without problems."""
    chosen = means[(means["reads"] == reads) & (means["wrote"] == wrote)]["log_perplexity"]
    return float(np.exp(chosen.mean())) if len(chosen) else float("nan")


def contrasts(means: pd.DataFrame, pairs: Sequence[tuple[str, str, str, str]] = CONTRASTS) -> list[Contrast]:
    """Hold perplexities against each other, paired by problem. means: as of `log_perplexities`."""
    table = means.pivot(index="problem", columns=["reads", "wrote"], values="log_perplexity")
    found = []
    for a, b, c, d in pairs:
        both = table[[(a, b), (c, d)]].dropna() if {(a, b), (c, d)} <= set(table.columns) else table.iloc[:0]
        differences = (both[(a, b)] - both[(c, d)]).to_numpy(dtype=float) if len(both) else np.array([])
        found.append(Contrast(
            first=f"PPL_{a}(Y_{b})", second=f"PPL_{c}(Y_{d})", problems=len(both),
            ratio=float(np.exp(differences.mean())) if len(both) else float("nan"),
            p=float(sign_flip_p(differences)[0]) if len(both) else float("nan"),
        ))  # fmt: skip
    return found
