"""How often the intervals that set two runs side by side hold the truth."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.boundary import CELLS, RATES, table_intervals
from backend.comparison.crossing import crossing_grid, first_crossing, mean_difference, resampled_crossing
from backend.comparison.difference import differences, efficiency_gap
from backend.statistics.bootstrap import difference_band, difference_interval
from tests.statistics.report import Row, means, shares, unless_rare
from tests.statistics.shapes import Setting, Shape, pass_of, population, true_curve
from tests.statistics.single import holds

Floats = npt.NDArray[np.float64]

LEAST = {"difference": 0.91, "band": 0.9, "gap": 0.91, "crossing": 0.9, "cells": 0.91, "rates": 0.9}
"""The least coverage of 95 % intervals that docs/method.md states."""
LARGEST_GAP_K = 256


def differences_apart(setting: Setting, rounds: int) -> list[Row]:
    """Return the coverage of D(k) at each k and all k at once, and of Δ_SE."""
    rng, ks = setting.rng("pairs"), setting.ks
    base, rlvr = true_curve(setting.shape, tuple(ks))
    at_gap = (1, min(LARGEST_GAP_K, setting.n))
    gap = float(true_curve(setting.shape, at_gap)[0][1] - true_curve(setting.shape, at_gap)[1][0])
    hits: dict[str, list[list[float]]] = {name: [] for name in ("difference", "band", "gap")}
    for _ in range(rounds):
        counts = drawn_counts(setting, rng)
        d = differences(counts, ks)
        hits["difference"].append(holds(*difference_interval(d), base - rlvr))
        hits["band"].append([min(holds(*difference_band(d), base - rlvr))])
        hits["gap"].append(holds(*_ends(efficiency_gap(counts)), [gap]))
    least = unless_rare(LEAST["difference"], setting.problems * _apart(setting.shape, tuple(ks)))
    at = [setting.column(k) for k in ks]
    return [
        *shares("Interval of D(k)", setting.case, at, np.array(hits["difference"]), least=least),
        *shares("Band of D(k), all these k at once", setting.case, ["all k"], np.array(hits["band"]),
                least=min(LEAST["band"], float(least.min()))),
        *shares("Interval of Δ_SE", setting.case, ["Δ_SE"], np.array(hits["gap"]), least=LEAST["gap"]),
    ]  # fmt: skip


@cache
def _apart(shape: Shape, ks: tuple[int, ...]) -> Floats:
    """Return the share of problems that one model alone solves with k samples, at each k."""
    return np.array([_true_cells(shape, k)[1:3].sum() for k in ks])


OFTEN_NONE = 0.05


def crossings(setting: Setting, rounds: int) -> list[Row]:
    """Return the coverage of the crossover's interval, and the share of resamples that do not cross.

    Nothing is stated where more than 5 % do not cross, where no interval is said in words; nor where that is so of most
    benchmarks of the kind, since the others are then selected.
    """
    rng, truth = setting.rng("crossings"), true_crossing(setting.shape, setting.n)
    if np.isnan(truth):
        return []
    found = np.array([crossing_held(drawn_counts(setting, rng), truth) for _ in range(rounds)])
    held, none = found[:, :1], found[:, 1:]
    sure = none <= OFTEN_NONE
    mostly = sure.mean() >= 0.5
    shown = "Interval of the crossover, where at most 5 % of resamples have none"
    return [
        *shares(f"{shown}, as in most benchmarks of the kind" if mostly else f"{shown}, as in few of the kind",
                setting.case, ["k*"], np.where(sure, held, np.nan), least=LEAST["crossing"] if mostly else -np.inf),
        *shares("Interval of the crossover, where more have none", setting.case, ["k*"], np.where(sure, np.nan, held)),
        *means("Crossover: share of resamples without one, where the true curves cross", setting.case, ["mean"], none),
    ]  # fmt: skip


def _ends(found: dict[str, float | int | None]) -> tuple[Floats, Floats]:
    low, high = (np.array([found[name]], dtype=float) for name in ("low", "high"))
    return low, high


def drawn_counts(setting: Setting, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a benchmark and both runs on it."""
    return setting.counts(*(setting.solved(rng, rates) for rates in setting.rates(rng)))


@cache
def true_crossing(shape: Shape, n: int) -> float:
    """Return where the population's curves cross within n; NaN where they do not."""
    ks = crossing_grid(n)
    base, rlvr = true_curve(shape, tuple(ks.tolist()))
    return float(first_crossing(ks, (base - rlvr)[None, :])[0])


def crossing_held(counts: pd.DataFrame, truth: float) -> tuple[float, float]:
    """Tell whether the crossover's interval holds the truth, NaN where none is shown, and the share without one."""
    ks, gap = mean_difference(counts)
    low, high, none = resampled_crossing(counts)
    if np.isnan(first_crossing(ks, gap[None, :])[0]) or low is None or high is None:
        return float("nan"), float("nan") if none is None else none
    return holds([low], [high], [truth])[0], float("nan") if none is None else none


def tables(setting: Setting, rounds: int) -> list[Row]:
    """Return the coverage of the counts and rates of the 2×2 at half of n and at n."""
    rng, rows = setting.rng("tables"), []
    budgets = {"m = n/2": setting.n // 2, "m = n": setting.n}
    hits: dict[str, list[list[float]]] = {name: [] for name in budgets}
    for _ in range(rounds):
        counts = drawn_counts(setting, rng)
        for name, m in budgets.items():
            found = table_intervals(counts, m)
            low, high = zip(*(found[each] for each in (*CELLS, *RATES)), strict=True)
            hits[name].append(holds(low, high, true_table(setting, m)))
    for name in budgets:
        got = np.array(hits[name])
        cells, rates = got[:, : len(CELLS)], got[:, len(CELLS) :]
        least = _least_of_tables(setting, budgets[name])
        rows += shares(f"Interval of the counts of the 2×2 at {name}", setting.case, CELLS, cells, least=least[:4])
        rows += shares(f"Interval of its rates at {name}", setting.case, RATES, rates, least=least[4:])
    return rows


def _least_of_tables(setting: Setting, m: int) -> Floats:
    """Return the coverage that is stated for each count and rate: less where fewer than one problem tells of it."""
    both, base_only, rlvr_only, neither = setting.problems * _true_cells(setting.shape, m)
    cells = np.array(
        [min(both, setting.problems - both), base_only, rlvr_only, min(neither, setting.problems - neither)]
    )
    rates = np.array([base_only, rlvr_only, rlvr_only, base_only + rlvr_only])
    return np.concatenate([unless_rare(LEAST["cells"], cells), unless_rare(LEAST["rates"], rates)])


def true_table(setting: Setting, m: int) -> Floats:
    """Return the expected counts of a benchmark of so many problems, and the rates of the population."""
    cells = _true_cells(setting.shape, m)
    both, base_only, rlvr_only, _ = cells
    srr, ndr = both / (both + base_only), rlvr_only / (both + rlvr_only)
    sds = 2 * srr * ndr / (srr + ndr)
    nscr = (rlvr_only - base_only) / (both + base_only + rlvr_only)
    return np.concatenate([cells * setting.problems, [srr, ndr, sds, nscr]])


@cache
def _true_cells(shape: Shape, m: int) -> Floats:
    base, rlvr = (pass_of(rates, [m])[:, 0] for rates in population(shape))
    return np.array([(base * rlvr).mean(), (base * (1 - rlvr)).mean(), ((1 - base) * rlvr).mean(),
                     ((1 - base) * (1 - rlvr)).mean()])  # fmt: skip
