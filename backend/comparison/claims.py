"""The seven claims of Yue et al. 2025, arXiv 2504.13837, each held against one's own runs, with one verdict each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
import pandas as pd

from backend.comparison.claim_rows import (
    CANNOT_BE_TOLD,
    CONTRADICTED,
    DISTILLED,
    RLVR,
    SUPPORTED,
    Asked,
    ClaimRun,
    Row,
    algorithm_rows,
    difference_row,
    distilled_row,
    likelihood_row,
    within_row,
)
from backend.comparison.wording import q_in_words
from backend.statistics.significance import benjamini_hochberg

NOT_APPLICABLE = "not applicable"
VERDICTS = (SUPPORTED, CONTRADICTED, CANNOT_BE_TOLD, NOT_APPLICABLE)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of the paper and what the runs say of it."""

    key: str
    statement: str
    source: str
    effect: str
    """What the effect of its rows is."""
    rows: list[Row] = field(default_factory=list)
    verdict: str = NOT_APPLICABLE
    sentence: str = ""


CLAIMS = {
    claim.key: claim
    for claim in (
        Claim(key="small_k", statement="RLVR is higher at k = 1", source="Section 3.1, Figure 2",
              effect="base − RLVR in pass@1"),
        Claim(key="large_k", statement="Base is higher at large k", source="Section 3.1, Figure 2",
              effect="base − RLVR in pass@k"),
        Claim(key="within", statement="What RLVR solves, base solves too", source="Section 4.1, Tables 4 and 5",
              effect="solved by RLVR and not by base"),
        Claim(key="training", statement="Coverage falls over training", source="Section 4.4, Figure 1 right, Table 3",
              effect="first − last checkpoint in pass@k"),
        Claim(key="algorithms", statement="Algorithms differ little and stay far from base",
              source="Section 4.3, Figure 8, Table 2", effect="smallest Δ_SE less the range of Δ_SE"),
        Claim(key="distillation", statement="Distillation goes beyond base", source="Section 4.2, Figure 7",
              effect="distilled − base in pass@k"),
        Claim(key="likelihood", statement="RLVR's paths are likely under base", source="Section 4.1, Figure 6",
              effect="RLVR's samples − base's own"),
    )
}  # fmt: skip
"""In the order shown, still without rows."""


def evaluated(
    base: ClaimRun,
    others: Sequence[ClaimRun],
    counts: pd.DataFrame,
    likelihoods: Mapping[str, pd.DataFrame],
    asked: Asked,
) -> list[Claim]:
    """Return the seven claims with their verdicts.

    counts: one row a run and problem (run, problem, n, c); likelihoods: for each RLVR run whose samples were scored
    under base, the frame of `store.likelihoods.likelihoods`. Every test shown is one of a family, over which p is
    adjusted (Benjamini–Hochberg); a verdict other than cannot be told needs both its interval and q ≤ asked.q.
    """
    each = {str(run): frame for run, frame in counts.groupby("run", sort=False)}
    frames = {one.run: each.get(one.run, counts.iloc[:0]) for one in (base, *others)}
    final, distilled = last_of_training(others), [one for one in others if one.role == DISTILLED]
    rows = {
        "small_k": [difference_row(base, one, frames, asked, 1, expected=-1) for one in final],
        "large_k": [difference_row(base, one, frames, asked, asked.k, doubtful=(CONTRADICTED,)) for one in final],
        "within": [within_row(base, one, frames, asked) for one in final],
        "training": [
            replace(difference_row(first, last, frames, asked, asked.k, doubtful=(CONTRADICTED,)),
                    runs=(first.run, last.run), label=f"{first.name} → {last.name}")
            for first, last in ends_of_trainings(others)
        ],
        "algorithms": algorithm_rows(base, _one_a_training(final), frames, asked),
        "distillation": [distilled_row(base, one, frames, asked) for one in distilled],
        "likelihood": [likelihood_row(base, one, likelihoods.get(one.run), asked) for one in final],
    }  # fmt: skip
    settled = _settled(rows, asked)
    return [_summed(claim, settled[claim.key]) for claim in CLAIMS.values()]


def last_of_training(others: Sequence[ClaimRun]) -> list[ClaimRun]:
    """Return the RLVR runs without those of which a later checkpoint is among them."""
    latest = {one.training: one.step or 0 for one in sorted(_rlvr(others), key=lambda one: one.step or 0)}
    return [one for one in _rlvr(others) if not one.training or (one.step or 0) == latest[one.training]]


def ends_of_trainings(others: Sequence[ClaimRun]) -> list[tuple[ClaimRun, ClaimRun]]:
    """Return the first and the last checkpoint of each training that has two of them."""
    stepped = sorted(
        (one for one in _rlvr(others) if one.training and one.step is not None),
        key=lambda one: (one.training, one.step or 0),
    )
    groups = [list(group) for _, group in groupby(stepped, key=lambda one: one.training)]
    return [(group[0], group[-1]) for group in groups if group[0].step != group[-1].step]


def _rlvr(others: Sequence[ClaimRun]) -> list[ClaimRun]:
    return [one for one in others if one.role == RLVR]


def _one_a_training(final: Sequence[ClaimRun]) -> list[ClaimRun]:
    """Return one run of each training that stems from base and was sampled like it."""
    return list({one.training or one.run: one for one in final if one.alike}.values())


def _settled(rows: Mapping[str, Sequence[Row]], asked: Asked) -> dict[str, list[Row]]:
    """Adjust p over all rows, and take back the verdicts that do not survive it."""
    every = [row for each in rows.values() for row in each]
    adjusted = benjamini_hochberg([row.p for row in every])
    tests = int((~np.isnan(adjusted)).sum())
    found = iter(adjusted.tolist())
    return {key: [_kept(row, next(found), tests, asked) for row in each] for key, each in rows.items()}


def _kept(row: Row, q: float, tests: int, asked: Asked) -> Row:
    said = row.sentence if np.isnan(q) else f"{row.sentence} q {q_in_words(q)}."
    if row.verdict == CANNOT_BE_TOLD or q <= asked.q:
        return replace(row, q=q, sentence=said)
    why = "has no p" if np.isnan(q) else f"does not stand among the {tests:,} tests shown"
    return replace(row, q=q, verdict=CANNOT_BE_TOLD, sentence=f"{said} Its interval tells, but it {why}.")


WHY_NOT_APPLICABLE = {
    "small_k": "No RLVR run is picked.",
    "large_k": "No RLVR run is picked.",
    "within": "No RLVR run is picked.",
    "training": "No two checkpoints of one training, sampled with the same settings, are picked.",
    "algorithms": "No two RLVR trainings of this base, sampled like it, are picked; checkpoints of one are not two.",
    "distillation": "No distilled run is picked.",
    "likelihood": "No RLVR run is picked.",
}


def _summed(claim: Claim, rows: list[Row]) -> Claim:
    """One verdict over all rows: supported by all, contradicted by one, else it cannot be told."""
    if not rows:
        return replace(claim, sentence=WHY_NOT_APPLICABLE[claim.key])
    found = [row.verdict for row in rows]
    every = all(verdict == SUPPORTED for verdict in found)
    verdict = SUPPORTED if every else CONTRADICTED if CONTRADICTED in found else CANNOT_BE_TOLD
    if len(rows) == 1:
        return replace(claim, rows=rows, verdict=verdict, sentence=rows[0].sentence)
    counts = [(found.count(each), each) for each in VERDICTS if each in found]
    said = ", ".join(f"{each} for {many:,} of {len(rows):,}" for many, each in counts)
    sentences = " ".join(f"{row.sentence}" for row in rows)
    return replace(claim, rows=rows, verdict=verdict, sentence=f"{said[0].upper()}{said[1:]}. {sentences}")


def headline(claims: Sequence[Claim], benchmark: str) -> str:
    """Say how many claims hold, in one sentence."""
    found = [claim.verdict for claim in claims]
    words = {CONTRADICTED: ("is contradicted", "are contradicted"), CANNOT_BE_TOLD: ("cannot be told",) * 2,
             NOT_APPLICABLE: ("does not apply", "do not apply")}  # fmt: skip
    rest = [
        f"{found.count(verdict):,} {each[found.count(verdict) > 1]}"
        for verdict, each in words.items()
        if verdict in found
    ]
    return ", ".join([f"{found.count(SUPPORTED):,} of {len(found):,} claims hold on {benchmark}", *rest])
