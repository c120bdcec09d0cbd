"""What one run solves beyond another within a budget: how much, how much a rerun of itself would, which problems.

Counts hold one row a compared problem: n_base, c_base, n_rlvr, c_rlvr (`counts.compared_counts`); "rlvr" is whichever
model is asked about, an RLVR one or a distilled one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc, ndtri, stdtr, stdtrit

from backend.comparison.verdicts import lower_bound, upper_bound
from backend.statistics.estimators import pass_at_k
from backend.statistics.intervals import ratio_interval, ratio_trials, share_of_sums

Floats = npt.NDArray[np.float64]

NAN = float("nan")
TOLERANCE = 0.05
"""The share of what RLVR solves that may lie outside of what base solves, for RLVR still to count as within base."""


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """What the asked model solves within m samples and base does not."""

    m: int
    solved: float
    """How many problems the asked model solves within m samples, on average."""
    beyond: float
    """How many of them base does not."""
    rerun: float
    """How many a rerun of the asked model would not solve; NaN beyond half of its n."""
    share: float
    """beyond / solved, the novel discovery rate; NaN where nothing is solved."""
    low: float
    high: float
    excess: float
    """(beyond − rerun) / solved."""
    excess_low: float
    excess_high: float
    p_within: float
    """One-sided, of the share being the tolerance or more."""
    p_beyond: float
    """One-sided, of the excess being the tolerance or less."""
    p_proven: float
    """Of no problem being one of `proven`, over all problems."""
    never_by_base: list[str]
    """Problems that base never solved and at which its upper bound lies below the other's lower bound."""
    proven: list[str]
    """Problems that base never solved and at which it likely fails within m samples where the other likely does not."""
    samples_to_prove: int
    """How many samples of base without a hit would show that at one problem."""

    @property
    def p(self) -> float:
        """Two-sided, of the share being the tolerance: within it, or beyond it by the excess or by a single problem."""
        beyond = 2 * np.fmin(self.p_beyond, self.p_proven)
        return float(np.minimum(1.0, 2 * np.fmin(self.p_within, beyond)))


def novelty(counts: pd.DataFrame, m: int, *, tolerance: float = TOLERANCE, level: float = 0.95) -> Novelty:
    """Return how much the asked model solves within m samples that base does not, with intervals over problems.

    Every problem must have m samples of both. The interval of the share is that of the Boundary page's NDR.
    """
    base = pass_at_k(counts["n_base"], counts["c_base"], m)[:, 0]
    each = pass_at_k(counts["n_rlvr"], counts["c_rlvr"], [m, 2 * m])
    found, beyond, freedom = each[:, 0], (1 - base) * each[:, 0], max(len(counts) - 1, 1)
    share, effective = ratio_trials(beyond, found)
    low, high = ratio_interval(beyond, found, level)
    excess, excess_error = share_of_sums(beyond - (each[:, 1] - found), found)
    half = float(stdtrit(freedom, (1 + level) / 2)) * excess_error
    proof = _proof(counts, m)
    return Novelty(
        m=m,
        solved=float(found.sum()),
        beyond=float(beyond.sum()),
        rerun=float((each[:, 1] - found).sum()),
        share=share,
        low=low,
        high=high,
        excess=excess,
        excess_low=excess - half,
        excess_high=excess + half,
        p_within=_tail((tolerance - share) / (tolerance * (1 - tolerance) / effective) ** 0.5, freedom),
        p_beyond=_tail((excess - tolerance) / excess_error if excess_error else NAN, freedom),
        p_proven=float(proof.min()),
        never_by_base=_never_by_base(counts, level),
        proven=counts["problem"][proof <= 1 - level].astype(str).tolist(),
        samples_to_prove=samples_to_prove(m, len(counts), level),
    )


def _tail(t: float, freedom: int) -> float:
    return float(stdtr(freedom, -t))


def _never_by_base(counts: pd.DataFrame, level: float) -> list[str]:
    """The problems that base never solved and whose bounds lie apart, for both models and all problems at once."""
    each = 1 - (1 - level) / (2 * len(counts))
    upper = upper_bound(counts["c_base"], counts["n_base"], each)
    lower = lower_bound(counts["c_rlvr"], counts["n_rlvr"], each)
    return counts["problem"][(counts["c_base"] == 0) & (upper < lower)].astype(str).tolist()


def _proof(counts: pd.DataFrame, m: int) -> Floats:
    """For each problem, p of base not failing or the other failing within m samples, more likely than not.

    That is the larger p of two exact tests against `even_rate`, times the number of problems; 1 where base solved it.
    """
    rate = even_rate(m)
    missed = (1 - rate) ** counts["n_base"].to_numpy(dtype=float)
    solved, drawn = counts["c_rlvr"].to_numpy(dtype=float), counts["n_rlvr"].to_numpy(dtype=float)
    hit = np.where(solved > 0, betainc(np.maximum(solved, 1), drawn - solved + 1, rate), 1.0)
    p = np.minimum(1.0, len(counts) * np.maximum(missed, hit))
    return np.where(counts["c_base"] == 0, p, 1.0)


def even_rate(m: int) -> float:
    """Return the success rate at which m samples are as likely to hold a hit as not: 1 − 2^(−1/m)."""
    return float(-np.expm1(-np.log(2) / m))


def samples_to_prove(m: int, problems: int, level: float = 0.95) -> int:
    """Return how many samples without a hit show, for all problems at once, that a problem likely fails within m."""
    return int(np.log((1 - level) / problems) / np.log1p(-even_rate(m))) + 1


def problems_to_tell(found: Novelty, problems: int, tolerance: float, level: float, power: float) -> int | None:
    """Return how many such problems would show the share to lie below the tolerance, if it is what it seems.

    None where it does not seem to lie below. The usual count for a share against a fixed one (Fleiss 1981).
    """
    if not found.share < tolerance:
        return None
    wanted = ndtri((1 + level) / 2) * (tolerance * (1 - tolerance)) ** 0.5
    wanted += ndtri(power) * (found.share * (1 - found.share)) ** 0.5
    solved = (wanted / (tolerance - found.share)) ** 2
    return int(np.ceil(solved * problems / found.solved))
