"""What was found of a claim of the paper, in a sentence that a researcher would publish."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from backend.comparison.algorithms import GapRange
from backend.comparison.likelihood import LikelihoodGap
from backend.comparison.novelty import Novelty
from backend.comparison.wording import percent

MOST_NAMED = 3
"""Problems that are named; more are counted."""


def points(share: float) -> str:
    """A difference of shares in points, with its sign: `+2.0`; a minus is a minus."""
    return f"{100 * share:+.1f}".replace("-", "−")


def between(low: float, high: float, scale: float = 100, digits: int = 1) -> str:
    """An interval: `[1.0, 3.0]`; empty where it is not known."""
    if np.isnan(low) or np.isnan(high):
        return ""
    return f" [{scale * low:.{digits}f}, {scale * high:.{digits}f}]".replace("-", "−")


def _samples(m: int) -> str:
    return f"{m:,} sample{'' if m == 1 else 's'}"


def drawn(counts: pd.DataFrame) -> str:
    """How many samples and problems are behind a comparison: `n = 256 to 1,024, 144 problems`."""
    n = counts[["n_base", "n_rlvr"]].to_numpy()
    low, high = int(n.min()), int(n.max())
    return f"n = {low:,}{'' if low == high else f' to {high:,}'}, {problems(len(counts))}"


def problems(count: int) -> str:
    """`1 problem`, `144 problems`."""
    return f"{count:,} problem{'' if count == 1 else 's'}"


def difference_in_words(
    row: Mapping[str, float], counts: pd.DataFrame, names: tuple[str, str], level: float, *, settled: bool
) -> str:
    """Say how far two runs are apart at a k; row: of `difference.difference_at`, first run − second run."""
    gap, low, high = row["difference"], row["low"], row["high"]
    at, behind = f"At k = {int(row['k']):,}", drawn(counts)
    if np.isnan(low):
        return f"{at} {names[0]} − {names[1]} = {points(gap)} points; one problem gives no interval."
    if settled:
        ahead, other = names if gap > 0 else names[::-1]
        ends = between(low, high) if gap > 0 else between(-high, -low)
        return f"{at} {ahead} is above {other} by {100 * abs(gap):.1f} points{ends} ({percent(level)}, {behind})."
    least = row["least_detectable"]
    could = "" if np.isnan(least) else f"; {100 * least:.1f} points would be found in four of five such benchmarks"
    shown = f"{at} no difference is shown: {names[0]} − {names[1]} = {points(gap)} points{between(low, high)}"
    return f"{shown} ({percent(level)}, {behind}){could}."


def novelty_in_words(found: Novelty, counts: pd.DataFrame, names: tuple[str, str], level: float) -> str:
    """Say how much of what the second run solves within m samples the first does not."""
    base, other = names
    if np.isnan(found.share):
        return f"{other} solves none of {problems(len(counts))} within m = {_samples(found.m)} ({drawn(counts)})."
    rerun = (
        ""
        if np.isnan(found.rerun)
        else f"; a rerun of {other} would itself miss {100 * found.rerun / found.solved:.1f} %"
    )
    return (
        f"Within m = {_samples(found.m)} {base} does not solve {100 * found.share:.1f} %"
        f"{between(found.low, found.high)} of what {other} solves ({found.beyond:,.1f} of {found.solved:,.1f}, "
        f"{percent(level)}, {drawn(counts)}){rerun}."
    )


def beyond_in_words(found: Novelty, names: tuple[str, str], level: float) -> str:
    """Say at which problems base never succeeded and is surely behind; and what of that is proven within m samples."""
    base, other = names
    if not found.never_by_base:
        return f"At no problem that {base} never solved do the bounds of the two success rates lie apart."
    said = (
        f"Of the problems that {base} never solved, {other} solves {len(found.never_by_base):,} more often with "
        f"{percent(level)} confidence at all problems at once: {named(found.never_by_base)}."
    )
    if found.proven:
        return f"{said} At {len(found.proven):,} of them {base} more likely than not fails within {_samples(found.m)}."
    return (
        f"{said} That {base} likely fails at one of them within {_samples(found.m)} would take "
        f"{found.samples_to_prove:,} of its samples without a success."
    )


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def range_in_words(found: GapRange, names: Sequence[str], base: str, level: float) -> str:
    """Say between what Δ_SE of the runs lies, and whether they differ less than they stay below base."""
    order = np.argsort(found.gaps)
    (low_at, high_at), gaps = (int(order[0]), int(order[-1])), found.gaps
    ends = [f"{100 * gaps[at]:.1f}{between(*found.ends[at])} ({names[at]})" for at in (low_at, high_at)]
    return (
        f"Δ_SE = pass@{found.k:,} of {base} − pass@1 lies between {ends[0]} and {ends[1]} points over {len(gaps):,} "
        f"algorithms; the smallest less that range of {100 * found.spread:.1f} points is {points(found.margin)} points"
        f"{between(found.low, found.high)} ({percent(level)}, {problems(found.problems)})."
    )


def likelihood_in_words(found: LikelihoodGap, names: tuple[str, str], level: float) -> str:
    """Say how likely the second run's samples are under the first's model."""
    base, other = names
    word = "more" if found.gap > 0 else "less"
    said = (
        f"Under {base} a token of {other}'s samples is {word} likely than one of its own by {abs(found.gap):.3f} nats: "
        f"{other} − {base} = {signed(found.gap)}{between(found.low, found.high, 1, 3)} ({percent(level)}, "
        f"{problems(found.problems)})."
    )
    if np.isnan(found.within):
        return said
    return (
        f"{said} Of {found.correct:,} correct samples of {other} {100 * found.within:.1f} % are as likely as some of "
        f"{base}'s own to the same problem and {100 * found.below:.1f} % less likely than all of them."
    )


def signed(value: float) -> str:
    """A number with its sign and three decimals."""
    return f"{value:+.3f}".replace("-", "−")
