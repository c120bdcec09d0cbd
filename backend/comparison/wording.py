"""What a comparison of two runs found, in the sentences that a researcher would publish."""

from typing import Any

import numpy as np
import pandas as pd

from backend.comparison.crossing import Crossover
from backend.comparison.finding import rounded_k
from backend.comparison.words import percent as percent

SIGNIFICANT = 0.05


def difference_in_words(delta: pd.DataFrame, problems: int, base: str, other: str) -> list[str]:
    """Say how far apart two runs are at the smallest and the largest k shown; and of how many k that is adjusted.

    delta: as `difference.delta` gives it.
    """
    known = delta.dropna(subset=["difference"])
    if known.empty:
        return [f"{base} and {other} have no k in common at which all problems have samples."]
    ends = known.iloc[[0, -1]] if len(known) > 1 else known
    sentences = [_difference(row, problems, base, other) for row in ends.to_dict("records")]
    found = int((known["q"] <= SIGNIFICANT).sum())
    family = (
        f"q is adjusted over the {len(known):,} k shown (Benjamini–Hochberg); at {found:,} of them it is 0.05 or less."
    )
    return [*sentences, family if len(known) > 1 else ""]


def _difference(row: dict[Any, Any], problems: int, base: str, other: str) -> str:
    gap, low, high = (100 * float(row[name]) for name in ("difference", "low", "high"))
    carrying = f"{row['problems_carrying']:,} of {problems:,} problems carry it"
    at = f"At k = {row['k']:,}"
    if np.isnan(low):
        return f"{at} the difference is {gap:+.1f} points; one problem gives no interval."
    if low > 0 or high < 0:
        leader, ends = (base, (low, high)) if gap > 0 else (other, (-high, -low))
        interval = f"[{ends[0]:.1f}, {ends[1]:.1f}]"
        return f"{at} {leader} is ahead by {abs(gap):.1f} points {interval}; {carrying}, q {q_in_words(row['q'])}."
    if not row["problems_carrying"]:
        return f"{at} no problem differs; the difference lies within [{low:+.1f}, {high:+.1f}] points."
    least = f"; {100 * row['least_detectable']:.1f} points would be found in four of five such benchmarks"
    return (
        f"{at} no difference is shown: {gap:+.1f} points [{low:+.1f}, {high:+.1f}], {base} − {other}; "
        f"{carrying}{least if pd.notna(row['least_detectable']) else ''}."
    )


def q_in_words(q: float) -> str:
    """An adjusted p as it follows its name: `≤ 0.001`, `= 0.04`."""
    return "≤ 0.001" if q <= 0.001 else f"= {q:.2g}"


RARELY_NONE = 0.05
"""Resamples without a crossing up to which the interval of k* holds its level (docs/method.md)."""


def crossover_in_words(found: Crossover, base: str, other: str, level: float) -> list[str]:
    """Say where the curves cross and how sure that is, all changes of the leader, and ties."""
    if not found.k_max:
        return []
    said = [_first_crossing(found, base, other, level)]
    if found.k_confident is not None:
        said.append(
            f"From k = {found.k_confident:,} on {base} is ahead with {percent(level)} confidence at all k at once."
        )
    elif found.k is not None:
        said.append(
            f"At no k is {base} ahead up to k = {found.k_max:,} with {percent(level)} confidence at all k at once."
        )
    if len(found.sign_changes) > 1:
        names = {"base": base, "rlvr": other}
        each = ", ".join(f"{names[str(c['leader'])]} from k ≈ {rounded_k(float(c['k']))}" for c in found.sign_changes)
        said.append(f"The leader changes {len(found.sign_changes):,} times: {each}.")
    if found.ties:
        said.append(f"Equal at k = {', '.join(f'{k:,}' for k in found.ties)}.")
    return said


def _first_crossing(found: Crossover, base: str, other: str, level: float) -> str:
    none = found.probability_none
    if found.k is None:
        sure = "" if none is None else f"; {_share(1 - none)} of resamples of the problems do"
        return f"{base} does not rise above {other} after having been below, up to k = {found.k_max:,}{sure}."
    interval = "" if found.low is None or found.high is None else f" [{rounded_k(found.low)}, {rounded_k(found.high)}]"
    sure = (
        "" if none is None else f"; {_share(none)} of resamples of the problems do not cross up to k = {found.k_max:,}"
    )
    if none == 0:
        sure = "; every resample of the problems crosses"
    said = f"{base} rises above {other} at k* ≈ {rounded_k(found.k)}{interval}, {percent(level)}{sure}."
    if none is None or none <= RARELY_NONE or not interval:
        return said
    return f"{said} With so many that do not cross, the interval is narrower than it should be."


def _share(share: float) -> str:
    return "none" if share == 0 else f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"


def gap_in_words(gap: dict[str, Any], base: str, other: str) -> str:
    """Say the sampling-efficiency gap and its two parts; empty where it is not defined."""
    if gap["value"] is None:
        return ""
    k, interval = gap["k"], ""
    if gap["low"] is not None:
        interval = f" [{100 * gap['low']:.1f}, {100 * gap['high']:.1f}]"
    return (
        f"Δ_SE = pass@{k:,} of {base} − pass@1 of {other} = {100 * gap['value']:.1f} points{interval}: "
        f"{100 * gap['coverage']:+.1f} is {base} − {other} at k = {k:,}, "
        f"{100 * gap['sampling']:+.1f} what {other} itself gains from k = 1 to {k:,}."
    )
