"""What the Curves page shows of runs side by side, made of what the store answers; kept by `cache`."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from backend.comparison import curves as drawing
from backend.comparison.counts import compared_counts
from backend.comparison.crossing import Crossover, crossover
from backend.comparison.curve_words import ends_of, named_at
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.extrapolation import Extrapolation
from backend.comparison.metrics import Metric, find_metric
from backend.exports import overlays
from backend.store import answers, queries
from backend.store.database import Store
from backend.store.places import SETTINGS
from pages.shared import tables


def metric_curves(
    held: Store,
    runs: tuple[str, ...],
    *,
    metric: str,
    threshold: str,
    reasoning: str | None,
    interval: str,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """The curves of `runs` in a metric (`comparison.curves.curves`), with label, training and step of each run."""
    needs = find_metric(metric).needs
    counts = tables.in_order(answers.metric_counts(held, runs, needs, reasoning), runs)
    points = drawing.curves(
        counts, metric=metric, threshold=Fraction(threshold), interval=interval, level=level, seed=seed
    )
    return tables.described(held, points, runs)


def lacking(
    held: Store, runs: tuple[str, ...], *, metric: str, threshold: str, reasoning: str | None
) -> dict[str, str]:
    """Why some of `runs` cannot be drawn in a metric, by run."""
    return answers.why_without(held, runs, find_metric(metric, Fraction(threshold)).needs, reasoning)


def unjudged(held: Store, runs: tuple[str, ...], reasoning: str | None) -> dict[str, tuple[int, int]]:
    """How many correct samples the verifier of the reasoning did not judge, and how many there are; where any."""
    counts = answers.metric_counts(held, runs, answers.VALID, reasoning).groupby("run", sort=False)[["judged", "c"]]
    return {str(run): (int(c - judged), int(c)) for run, (judged, c) in counts.sum().iterrows() if judged < c}


def compared(held: Store, base: str, other: str, metric: str, reasoning: str | None) -> pd.DataFrame:
    """Counts of the problems that both runs have, c being what the metric's pass@k counts as a success."""
    wanted = find_metric(metric)
    counts = answers.metric_counts(held, (base, other), wanted.needs, reasoning)
    counts = counts.assign(c=counts[wanted.successes or "c"])
    return compared_counts(counts[counts["run"] == base], counts[counts["run"] == other])


def difference(
    held: Store, base: str, other: str, *, metric: str, reasoning: str | None, level: float, seed: int
) -> tuple[pd.DataFrame, int]:
    """`comparison.difference.delta` of two runs, and over how many problems."""
    counts = compared(held, base, other, metric, reasoning)
    return delta(counts, level=level, seed=seed), len(counts)


def crossing(
    held: Store, base: str, other: str, *, metric: str, reasoning: str | None, level: float, seed: int
) -> Crossover:
    """`comparison.crossing.crossover` of two runs."""
    return crossover(compared(held, base, other, metric, reasoning), level=level, seed=seed)


def gap(held: Store, base: str, other: str, *, metric: str, reasoning: str | None, level: float) -> dict[str, Any]:
    """`comparison.difference.efficiency_gap` of two runs."""
    return efficiency_gap(compared(held, base, other, metric, reasoning), level=level)


def guessing(held: Store, runs: tuple[str, ...], given: int | None) -> tuple[list[int], list[float]] | None:
    """`exports.overlays.guessing` of runs."""
    return overlays.guessing(held, queries.correct_counts(held, runs), runs, given)


def beyond(
    held: Store, runs: tuple[str, ...], *, metric: str, reasoning: str | None, seed: int
) -> dict[str, Extrapolation]:
    """`exports.overlays.beyond` of runs."""
    wanted = find_metric(metric)
    return overlays.beyond(answers.metric_counts(held, runs, wanted.needs, reasoning), runs, wanted, seed)


def crossings_over_temperature(
    held: Store, base: str, other: str, *, metric: str, reasoning: str | None, level: float, seed: int
) -> pd.DataFrame:
    """The crossover of the same two models at each temperature: temperature, top_p, problems and the crossover.

    One row a pair of runs that share their settings; empty where there are not two temperatures.
    """
    every = queries.runs(held).set_index("run", drop=False)
    alike = every[(every["benchmark"] == every.loc[base, "benchmark"])]
    sides = [alike[alike["model"] == every.loc[run, "model"]] for run in (base, other)]
    pairs = [
        (one, two)
        for one, two in product(*(side.to_dict("records") for side in sides))
        if one["run"] != two["run"]
        and pd.notna(one["temperature"])
        and same_settings(*([side[s] for s in SETTINGS] for side in (one, two)))
    ]
    if len({one["temperature"] for one, _ in pairs}) < 2:
        return pd.DataFrame()
    asked: dict[str, Any] = {"metric": metric, "reasoning": reasoning, "level": level, "seed": seed}
    return pd.DataFrame(
        [
            {
                "temperature": one["temperature"],
                "top_p": one["top_p"],
                "problems": len(compared(held, one["run"], two["run"], metric, reasoning)),
                "found": crossing(held, one["run"], two["run"], **asked),
            }
            for one, two in pairs
        ]
    ).sort_values(["temperature", "top_p"], ignore_index=True)


def sampled_alike(runs: pd.DataFrame, settings: Sequence[Any]) -> pd.DataFrame:
    """Those of `runs` that were sampled with these settings, in the order of SETTINGS."""
    return pd.DataFrame(runs[[same_settings(row, settings) for row in runs[[*SETTINGS]].to_numpy().tolist()]])


def same_settings(ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Whether two runs were sampled alike; what neither says is alike too."""
    known = [[None if pd.isna(value) else value for value in side] for side in (ours, theirs)]
    return known[0] == known[1]


def run_table(points: pd.DataFrame, about: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """One row a drawn run: its settings that differ, the metric at both ends (in % where it is a share), n."""
    whole = points[points["part"] == "all"].set_index(["run", "k"])["value"]
    scale = 100 if metric.is_share else 1
    values = {
        named_at(metric, k): [scale * whole.get((run, k), np.nan) for run in about["run"]]
        for k in ends_of(metric, points)
    }
    if metric.over_k:
        ends = drawing.curve_ends(points).set_index("run").reindex(about["run"])
        if ends["k_max"].nunique() > 1:
            at_last = (scale * ends["at_k_max"]).tolist()
            values |= {f"{named_at(metric, None)} at its largest k": at_last, "Largest k": ends["k_max"].tolist()}
    return tables.run_table(points, about, values)
