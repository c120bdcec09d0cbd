"""A claim held against one run: effect, interval, what the interval says of it, and what it would take to tell.

docs/method.md (Claims) says what supports and what contradicts each claim, and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from backend.comparison import likelihood, novelty
from backend.comparison.algorithms import gap_range
from backend.comparison.boundary import rerun_budget
from backend.comparison.claim_words import (
    beyond_in_words,
    difference_in_words,
    likelihood_in_words,
    novelty_in_words,
    range_in_words,
)
from backend.comparison.counts import compared_counts
from backend.comparison.difference import POWER, difference_at, smallest_budget
from backend.comparison.planning import PRIOR, observed_spread, problems_needed
from backend.statistics.bootstrap import SEED

Frames = Mapping[str, pd.DataFrame]
"""The counts of each run: one row a problem: problem, n, c."""

NAN = float("nan")
SUPPORTED, CONTRADICTED, CANNOT_BE_TOLD = "supported", "contradicted", "cannot be told"
LARGE_K = 64
"""The least budget at which a curve of the paper ends; what smaller ones show says little of the boundary."""
POINTS, PERCENT, NATS = "points", "%", "nats a token"
RLVR, DISTILLED, OTHER = "rlvr", "distilled", "other"


@dataclass(frozen=True, kw_only=True)
class ClaimRun:
    """A run that is held against base."""

    run: str
    name: str
    role: str = RLVR
    """RLVR, DISTILLED, or OTHER, of which nothing is claimed."""
    training: str = ""
    """What all checkpoints of one training, sampled with the same settings, share."""
    step: int | None = None
    alike: bool = True
    """Whether it is said to stem from base and was sampled like it."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked of the claims."""

    k: int | None = None
    """The large budget; None: the largest that both runs have."""
    m: int | None = None
    """The budget of solved sets; None: half of the smallest n."""
    level: float = 0.95
    q: float = 0.1
    seed: int = SEED
    tolerance: float = novelty.TOLERANCE
    likelihood_tolerance: float = likelihood.TOLERANCE
    difference: float = 0.02
    power: float = POWER
    """What a plan is made for: to find a true difference so large, so surely."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A claim held against one run, one training, or the algorithms together."""

    runs: tuple[str, ...]
    """Keys of the runs besides base that it is about."""
    label: str
    verdict: str = CANNOT_BE_TOLD
    effect: float = NAN
    low: float = NAN
    high: float = NAN
    against: float = 0.0
    """What the interval is held against, in the same unit."""
    unit: str = POINTS
    p: float = NAN
    q: float = NAN
    """p adjusted over all tests shown."""
    k: int | None = None
    """The budget: k, or m of solved sets."""
    problems: int = 0
    sentence: str = ""
    problems_needed: int | None = None
    needed: str = ""
    """With how many problems or samples it could be told, in a sentence."""
    shows: str | None = None
    """The problem that shows it best, where there is one."""


def _compared(one: ClaimRun, two: ClaimRun, frames: Frames) -> pd.DataFrame:
    return compared_counts(frames[one.run], frames[two.run])


def difference_row(
    one: ClaimRun,
    two: ClaimRun,
    frames: Frames,
    asked: Asked,
    k: int | None,
    *,
    expected: int = 1,
    doubtful: Sequence[str] = (),
) -> Row:
    """Hold pass@k of one run against another's. doubtful: the verdicts that a k below LARGE_K does not bear."""
    row, counts, names = Row(runs=(two.run,), label=two.name), _compared(one, two, frames), (one.name, two.name)
    if why := _why_not(counts, names, k):
        return replace(row, k=k, problems=len(counts), sentence=why)
    budget = smallest_budget(counts) if k is None else k
    found = difference_at(counts, budget, level=asked.level, seed=asked.seed)
    leaning = leaning_of(found["low"], found["high"], 0.0, expected)
    sentence = difference_in_words(found, counts, names, asked.level, settled=leaning != CANNOT_BE_TOLD)
    if budget < LARGE_K and leaning in doubtful:
        leaning = CANNOT_BE_TOLD
        sentence += f" k = {budget:,} is no large budget: the paper's curves end at {LARGE_K} to 1,024."
    elif budget == 1 and doubtful:
        leaning, sentence = CANNOT_BE_TOLD, f"{sentence} With one sample a problem there is no larger budget than 1."
    return replace(
        row, verdict=leaning, effect=found["difference"], low=found["low"], high=found["high"],
        p=found["p"], k=budget, problems=len(counts), sentence=sentence, **_needs(counts, budget, asked),
    )  # fmt: skip


def leaning_of(low: float, high: float, against: float, expected: int = 1) -> str:
    """Return what an interval says of a claim that the effect lies above `against`, or below for expected −1."""
    above, below = low > against, high < against
    if expected < 0:
        above, below = below, above
    return SUPPORTED if above else CONTRADICTED if below else CANNOT_BE_TOLD


def _why_not(counts: pd.DataFrame, names: tuple[str, str], budget: int | None) -> str:
    """Why two runs cannot be compared at this budget; empty where they can."""
    if counts.empty:
        return f"{names[0]} and {names[1]} have no scored problem in common."
    smallest = smallest_budget(counts)
    if budget is not None and budget > smallest:
        return f"{names[0]} and {names[1]} have {smallest:,} samples of some problem, fewer than {budget:,}."
    return ""


def _needs(counts: pd.DataFrame, k: int, asked: Asked) -> dict[str, Any]:
    """How many problems would show the wanted difference with the present samples a problem, and the sentence."""
    if len(counts) < 2:
        return {}
    n = smallest_budget(counts)
    spread = observed_spread(counts, k)
    if spread.basis == PRIOR:
        return {"needed": "These counts tell too little of how differences spread to say with how many problems."}
    wanted = problems_needed(spread.variance(n), asked.difference, level=asked.level, power=asked.power, whole=k == n)
    sentence = (
        f"A difference of {100 * asked.difference:g} points would be found with {100 * asked.power:g} % power on "
        f"{wanted:,} such problems at n = {n:,}."
    )
    return {"problems_needed": wanted, "needed": sentence}


def within_row(base: ClaimRun, one: ClaimRun, frames: Frames, asked: Asked) -> Row:
    """Hold what a run solves within m samples against what base solves."""
    counts, names = _compared(base, one, frames), (base.name, one.name)
    row = Row(runs=(one.run,), label=one.name, unit=PERCENT, against=asked.tolerance, problems=len(counts))
    if why := _why_not(counts, names, asked.m):
        return replace(row, k=asked.m, sentence=why)
    m = max(1, rerun_budget(counts)) if asked.m is None else asked.m
    found = novelty.novelty(counts, m, tolerance=asked.tolerance, level=asked.level)
    sentence = novelty_in_words(found, counts, names, asked.level)
    if found.never_by_base:
        sentence += f" {beyond_in_words(found, names, asked.level)}"
    beyond = bool(found.proven) or found.excess_low > asked.tolerance
    leaning = CONTRADICTED if beyond else SUPPORTED if found.high <= asked.tolerance else CANNOT_BE_TOLD
    if beyond and m < LARGE_K:
        leaning, sentence = CANNOT_BE_TOLD, f"{sentence} m = {m:,} is no large budget."
    wanted = novelty.problems_to_tell(found, len(counts), asked.tolerance, asked.level, asked.power)
    needed = "" if wanted is None else (
        f"If the share is what it seems, {wanted:,} such problems would show it below {100 * asked.tolerance:g} % "
        f"with {100 * asked.power:g} % power."
    )  # fmt: skip
    return replace(
        row, verdict=leaning, effect=found.share, low=found.low, high=found.high,
        p=found.p, k=m, sentence=sentence, problems_needed=wanted,
        needed=needed, shows=next(iter(found.never_by_base), None),
    )  # fmt: skip


def distilled_row(base: ClaimRun, one: ClaimRun, frames: Frames, asked: Asked) -> Row:
    """Hold pass@k of a distilled run against base's, and say which problems it alone surely solves."""
    row = difference_row(one, base, frames, asked, asked.k, doubtful=(SUPPORTED, CONTRADICTED))
    row = replace(row, runs=(one.run,), label=one.name)
    if np.isnan(row.effect):
        return row
    counts = _compared(base, one, frames)
    m = min(max(1, rerun_budget(counts)), row.k or 1)
    found = novelty.novelty(counts, m, tolerance=asked.tolerance, level=asked.level)
    said = f"{row.sentence} {beyond_in_words(found, (base.name, one.name), asked.level)}"
    return replace(row, sentence=said, shows=next(iter(found.never_by_base), None))


def algorithm_rows(base: ClaimRun, final: Sequence[ClaimRun], frames: Frames, asked: Asked) -> list[Row]:
    """Hold how much Δ_SE differs over algorithms against the smallest; no row for fewer than two."""
    if len(final) < 2:
        return []
    row = Row(runs=tuple(one.run for one in final), label=f"{len(final):,} algorithms")
    found = gap_range(frames[base.run], [frames[one.run] for one in final], asked.k, asked.level)
    row = replace(row, k=found.k, problems=found.problems)
    if not found.gaps:
        why = f"has fewer than {found.k:,} samples of some problem" if found.problems else "shares no problem with them"
        return [replace(row, sentence=f"{base.name} {why}.")]
    wanted = None
    if found.variance > 0:
        wanted = problems_needed(found.variance, asked.difference, level=asked.level, power=asked.power)
    needed = (
        "" if wanted is None else
        f"A margin of {100 * asked.difference:g} points would be found with {100 * asked.power:g} % power on "
        f"{wanted:,} such problems."
    )  # fmt: skip
    return [
        replace(
            row, verdict=leaning_of(found.low, found.high, 0.0), effect=found.margin, low=found.low, high=found.high,
            p=found.p, sentence=range_in_words(found, [one.name for one in final], base.name, asked.level),
            problems_needed=wanted, needed=needed,
        )
    ]  # fmt: skip


def likelihood_row(base: ClaimRun, one: ClaimRun, scored: pd.DataFrame | None, asked: Asked) -> Row:
    """Hold how likely a run's samples are under base against base's own; scored: None where that is not known."""
    row = Row(runs=(one.run,), label=one.name, unit=NATS, against=-asked.likelihood_tolerance)
    if scored is None or scored.empty:
        why = (
            f"No problem has samples of {one.name} scored under {base.name}'s model beside {base.name}'s own samples "
            "with their log-probabilities."
        )
        needed = (
            f"Import the samples of {one.name} with a column logprob:MODEL, MODEL being {base.name}'s, and those of "
            f"{base.name} with sum_logprob and token_count."
        )
        return replace(row, sentence=why, needed=needed)
    found = likelihood.likelihood_gap(scored, tolerance=asked.likelihood_tolerance, level=asked.level)
    wanted = likelihood.problems_to_tell(found, asked.likelihood_tolerance, asked.level, asked.power)
    needed = "" if wanted is None else (
        f"A gap {asked.likelihood_tolerance:g} nats beyond the tolerance would be found with {100 * asked.power:g} % "
        f"power on {wanted:,} such problems."
    )  # fmt: skip
    return replace(
        row, verdict=leaning_of(found.low, found.high, -asked.likelihood_tolerance), effect=found.gap, low=found.low,
        high=found.high, p=found.p, problems=found.problems, problems_needed=wanted, needed=needed,
        sentence=likelihood_in_words(found, (base.name, one.name), asked.level), shows=found.least_likely,
    )  # fmt: skip
