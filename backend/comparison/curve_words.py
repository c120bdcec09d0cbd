"""What curves of several runs show, in words: who is highest at either end, what stands under the title."""

import pandas as pd

from backend.comparison.curves import curve_ends
from backend.comparison.metrics import BENCHMARK, INTERVALS, Metric
from backend.comparison.words import percent
from backend.statistics.bootstrap import SEED


def ends_of(metric: Metric, points: pd.DataFrame) -> list[float]:
    """The budgets (or τ) at which runs are put side by side in a table: 1 and the largest that all reach."""
    if not metric.over_k:
        return [0.1, 0.5, 0.9]
    ends = curve_ends(points)
    return sorted({1, int(ends["k_common"].iloc[0]) if len(ends) else 1})


def named_at(metric: Metric, k: float | None) -> str:
    """A metric at one budget or τ, like `pass@1,024` or `Cover@0.5`."""
    name = metric.label.split(",")[0]
    return name if k is None else f"{name[:-1]}{k:,}"


def headline(points: pd.DataFrame, metric: Metric) -> str:
    """Which of the drawn runs is highest at either end of the curves, in one sentence."""
    names = dict(zip(points["run"], points["label"], strict=True))
    if len(names) == 1:
        return f"{next(iter(names.values()))}: {metric.meaning}"
    ends = ends_of(metric, points)
    whole = points[points["part"] == "all"].dropna(subset=["value"])
    first, last = (_highest(names, whole[whole["k"] == k]) for k in (ends[0], ends[-1]))
    at = [f"at {metric.axis} = {k:,}" for k in (ends[0], ends[-1])]
    said = f"{first} {at[0]} and {at[1]}" if first == last else f"{first} {at[0]}, {last} {at[1]}"
    return f"{metric.label}: {said if len(ends) > 1 else f'{first} {at[0]}'}"


def _highest(names: dict[str, str], at: pd.DataFrame) -> str:
    if at.empty:
        return "no run is defined"
    best = at[at["value"] >= at["value"].max() - 1e-12]
    listed = [names[run] for run in best["run"]]
    return f"{listed[0]} is highest" if len(listed) == 1 else f"{len(listed):,} runs are equal"


FEWEST_FOR_COVER = 64
"""Samples a problem from which on Cover@τ's intervals hold their level, where the fit is right (docs/method.md)."""


def doubts(points: pd.DataFrame, metric: Metric, interval: str) -> list[str]:
    """What the drawn intervals rest on, and where they do not hold their level; one sentence each."""
    if points["low"].isna().all():
        return []
    fewest = int(points.loc[points["part"] == "all", "n_min"].min())
    if not metric.over_k:
        said = (
            "Cover@τ rests on a beta distribution fitted to the success rates; where they are unlike one, its intervals"
        )
        few = (
            ""
            if fewest >= FEWEST_FOR_COVER
            else f", and with {fewest:,} samples a problem even where they are like one"
        )
        return [f"{said} are too narrow{few}."]
    if interval == BENCHMARK and points["k"].max() > fewest / 2:
        return [
            f"Beyond k = {fewest // 2:,}, half of the samples, these intervals rest on a beta distribution fitted to "
            "the success rates; where they are unlike one, they are too narrow."
        ]
    return []


def interval_in_words(interval: str, level: float, seed: int) -> str:
    """Say a kind of interval as `95 %, population of problems`; the seed where it is not the default."""
    return f"{percent(level)}, {INTERVALS[interval]}{'' if seed == SEED else f', seed {seed}'}"
