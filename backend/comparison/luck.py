"""How likely a model that scatters its answers hits the right one by luck, and how much a lenient verifier changes."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from backend.comparison.boundary import SolvedTable, solved_table
from backend.comparison.counts import compared_counts
from backend.normal_forms import canonical
from backend.statistics.estimators import Floats, pass_at_k

FEW = 2
"""A success that rests on this many correct samples or fewer may be a lucky one."""
_WHOLE = re.compile(r"-?\d{1,18}", re.A)
_LETTER = re.compile(r"\(?([a-zA-Z])\)?", re.A)


def lucky_hits(problems: pd.DataFrame, answers: pd.DataFrame, given: int | None = None) -> pd.DataFrame:
    """Return how likely a model's scatter of wrong answers would hit by luck: D / (A − 1), one row a problem.

    problems: problem, n, c, reference_answer, answer_space (A; missing: `given`, where that is known). answers: one row
    a problem and answer: problem, answer, correct, wrong (how often). D counts the distinct wrong answers, by normal
    form, that a guesser could have given: whole numbers in range where the reference answer is one, letters in range
    where it is a letter, else any. The result adds distinct_wrong, answer_space as used, and lucky, at most 1; NaN
    where A is not known, or 1, and where the run has no answers stored. Source: docs/method.md; the estimate is ours.
    """
    space = problems["answer_space"].astype("Float64").astype(float)
    space = space.fillna(float("nan") if given is None else given)
    heard = _heard(answers)
    each = zip(problems["problem"], problems["reference_answer"], space, strict=True)
    distinct = np.array([len(_possible(heard[name], reference, size)) for name, reference, size in each], dtype=float)
    lucky = np.minimum(distinct / space.where(space > 1).sub(1).to_numpy(), np.nan if answers.empty else 1.0)
    return problems.assign(distinct_wrong=distinct.astype(int), answer_space=space, lucky=lucky)


def _heard(answers: pd.DataFrame) -> dict[str, set[str]]:
    """The normal forms of each problem's wrong answers, those that were also judged correct left out."""
    wrong: dict[str, set[str]] = defaultdict(set)
    right: dict[str, set[str]] = defaultdict(set)
    for problem, answer, correct in zip(answers["problem"], answers["answer"], answers["correct"], strict=True):
        (right if correct else wrong)[problem].add(_form(answer))
    return defaultdict(set, {problem: forms - right[problem] for problem, forms in wrong.items()})


@lru_cache(maxsize=100_000)
def _form(answer: str) -> str:
    return str(int(answer)) if _WHOLE.fullmatch(answer) else canonical(answer)


def _possible(wrong: Iterable[str], reference: object, size: float) -> set[str]:
    """Those wrong answers that lie in the answer space, as far as the reference answer tells what it holds."""
    right = _form(reference) if isinstance(reference, str) else ""
    others = {answer for answer in wrong if answer != right}
    if np.isnan(size):
        return others
    if _WHOLE.fullmatch(right):
        last = size if int(right) == size else size - 1
        return {answer for answer in others if _WHOLE.fullmatch(answer) and 0 <= int(answer) <= last}
    if _LETTER.fullmatch(right):
        found = {letter[1].lower() for answer in others if (letter := _LETTER.fullmatch(answer))}
        return {letter for letter in found if ord(letter) - ord("a") < size} - {right.strip("()").lower()}
    return others


def expected_lucky(hits: pd.DataFrame, few: int = FEW) -> tuple[float, int]:
    """Return how many of the problems solved by 1 to `few` samples are lucky on average, and how many those are.

    The mean is over those whose answer space is known; NaN where there is none.
    """
    thin = hits[(hits["c"] >= 1) & (hits["c"] <= few) & hits["lucky"].notna()]
    return (float(thin["lucky"].sum()) if hits["lucky"].notna().any() else float("nan")), len(thin)


@dataclass(frozen=True, kw_only=True)
class Lenience:
    """Two runs by the verdicts that count and by those of another, more lenient verifier, at one budget."""

    counting: SolvedTable
    other: SolvedTable
    lost_by_format: float
    """Of the problems that base alone solves by the counting verdicts, those that RLVR solves by either verifier's."""
    gained_by_format: float
    """The same of those that RLVR alone solves and base by either."""
    shares: dict[str, dict[str, float]]
    """By run (base, rlvr): the shares of samples that only the other verifier, and only the counting one, accepts."""


def lenience(base: pd.DataFrame, rlvr: pd.DataFrame, m: int) -> Lenience:
    """Return both tables at budget m. base, rlvr: one row a problem: problem, n, c, other, only_other, only_counting.

    n counts samples that both verifiers have judged; c and other those that each finds correct. The chance that m
    samples hold none that counts and one that only the other accepts is pass@m of c + only_other less that of c.
    """
    by = {
        name: compared_counts(
            *(side[["problem", "n"]].assign(c=side[list(columns)].sum(axis=1)) for side in (base, rlvr))
        )
        for name, columns in (("counting", ("c",)), ("other", ("other",)), ("either", ("c", "only_other")))
    }
    shares = {
        name: {only: _share(side[only].sum(), side["n"].sum()) for only in ("only_other", "only_counting")}
        for name, side in (("base", base), ("rlvr", rlvr))
    }
    g_base, g_rlvr = (_solved(by["counting"], side, m) for side in ("base", "rlvr"))
    more_base, more_rlvr = (_solved(by["either"], side, m) for side in ("base", "rlvr"))
    return Lenience(
        counting=solved_table(by["counting"], m),
        other=solved_table(by["other"], m),
        lost_by_format=float((g_base * (more_rlvr - g_rlvr)).sum()),
        gained_by_format=float((g_rlvr * (more_base - g_base)).sum()),
        shares=shares,
    )


def _solved(counts: pd.DataFrame, side: str, m: int) -> Floats:
    return np.asarray(pass_at_k(counts[f"n_{side}"], counts[f"c_{side}"], m)[:, 0])


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
