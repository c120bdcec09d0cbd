"""How often the intervals of one run's curve hold the truth."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc

from backend.comparison.counts import k_grid
from backend.comparison.metrics import BENCHMARK, POPULATION, SIMULTANEOUS, metric_curve
from tests.statistics.report import Row, shares, unless_rare
from tests.statistics.shapes import Setting, Shape, pass_of, population, true_curve

Floats = npt.NDArray[np.float64]

THRESHOLDS = [0.1, 0.5, 0.9]
LEAST = {"population": 0.91, "benchmark": 0.9, "simultaneous": 0.9, "cover": 0.9, "cover, these": 0.9, "majority": 0.91}
"""The least coverage of 95 % intervals that docs/method.md states."""
FITTING = {"hard": True, "spread": True, "easy": True, "never": True, "two kinds": False}
"""Whether a beta distribution, plain or with problems that are never solved, gives the shape."""


def curves(setting: Setting, rounds: int) -> list[Row]:
    """Return the coverage of pass@k and its relatives in each kind of interval, at each k and all k at once."""
    rng, ks, grid = setting.rng("curves"), setting.ks, k_grid(setting.n)
    truth, whole = (true_curve(setting.shape, tuple(at))[0] for at in (ks, grid))
    others = {"pass_hat_k": all_correct(setting.shape, ks), "g_pass_at_k": half_correct(setting.shape, ks)}
    hits: dict[str, list[list[float]]] = {
        name: [] for name in ("population", "benchmark", "simultaneous", "cover", "cover, these", *others)
    }
    for _ in range(rounds):
        rates, _ = setting.rates(rng)
        data = pd.DataFrame({"n": setting.n, "c": setting.solved(rng, rates)})
        hits["population"].append(held(metric_curve(data, ks, interval=POPULATION), truth))
        hits["benchmark"].append(held(metric_curve(data, ks, interval=BENCHMARK), pass_of(rates, ks).mean(axis=0)))
        hits["simultaneous"].append([min(held(metric_curve(data, grid, interval=SIMULTANEOUS), whole))])
        for metric, expected in others.items():
            hits[metric].append(held(metric_curve(data, ks, metric=metric), expected))
        covered = metric_curve(data, THRESHOLDS, metric="cover_at")
        hits["cover"].append(held(covered, reaching(population(setting.shape)[0])))
        noise = metric_curve(data, THRESHOLDS, metric="cover_at", interval=BENCHMARK)
        hits["cover, these"].append(held(noise, reaching(rates)))
    return _rows(setting, hits, {"population": truth, **others})


def _rows(setting: Setting, hits: dict[str, list[list[float]]], truths: dict[str, Floats]) -> list[Row]:
    """One row a number; where a truth is known by k, less is stated where hardly a problem tells of it."""
    at = [setting.column(k) for k in setting.ks]
    taus = [f"τ = {tau:g}" for tau in THRESHOLDS]
    named = (
        ("population", "Interval of pass@k, population of problems", at, "population"),
        ("pass_hat_k", "Interval of pass^k, population of problems", at, "population"),
        ("g_pass_at_k", "Interval of G-Pass@k at τ = 1/2, population of problems", at, "population"),
        ("benchmark", "Interval of pass@k, sampling noise on these problems", at, "benchmark"),
        ("simultaneous", "Band of pass@k, all k at once", ["all k"], "simultaneous"),
        ("cover", "Interval of Cover@τ, population of problems", taus, "cover"),
        ("cover, these", "Interval of Cover@τ, these problems", taus, "cover, these"),
    )
    return [
        row
        for name, table, columns, stated in named
        for row in shares(
            table, setting.case, columns, np.array(hits[name]),
            least=_least(setting, name, stated, truths.get(name)),
        )
    ]  # fmt: skip


FEWEST_FOR_COVER = 64
"""With fewer samples a problem's rate is told more by the fit than by its counts."""


def _least(setting: Setting, name: str, stated: str, truth: Floats | None) -> Floats:
    """Return the coverage that is stated at each point.

    It is less where hardly a problem tells of it, and none where the number leans on a beta distribution of the rates
    and the shape is unlike any.
    """
    if truth is not None:
        return unless_rare(LEAST[stated], expected(setting, truth))
    if name.startswith("cover") and not (FITTING[setting.shape.name] and setting.n >= FEWEST_FOR_COVER):
        return np.array(-np.inf)
    if not FITTING[setting.shape.name] and name == "benchmark":
        return np.array([LEAST[stated] if 2 * k <= setting.n else -np.inf for k in setting.ks])
    return np.array(LEAST[stated])


def expected(setting: Setting, truth: Floats) -> Floats:
    """Return how many problems are expected to be on the rarer side of a share."""
    return np.asarray(setting.problems * np.minimum(truth, 1 - truth))


def held(points: pd.DataFrame, truth: Floats) -> list[float]:
    """Tell for each point whether its interval holds the truth; NaN where there is none."""
    return holds(points["low"], points["high"], truth)


def holds(low: npt.ArrayLike, high: npt.ArrayLike, truth: npt.ArrayLike) -> list[float]:
    """Tell whether each interval holds the truth, give or take rounding; NaN where there is none."""
    below, above, true = (np.asarray(value, dtype=float) for value in (low, high, truth))
    inside = (below - 1e-9 <= true) & (true <= above + 1e-9)
    return np.where(np.isnan(below) | np.isnan(true), np.nan, inside).tolist()  # type: ignore[no-any-return]


def reaching(rates: Floats) -> Floats:
    """Return the share of problems whose rate reaches each threshold."""
    return np.array([(rates >= tau).mean() for tau in THRESHOLDS])


def all_correct(shape: Shape, ks: Sequence[int]) -> Floats:
    """Return the population's true pass^k."""
    return np.array([(population(shape)[0] ** k).mean() for k in ks])


def half_correct(shape: Shape, ks: Sequence[int]) -> Floats:
    """Return the population's true G-Pass@k at τ = 1/2: the chance of at least ⌈k/2⌉ correct ones of k."""
    rates = population(shape)[0]
    needed = [max(1, -(-k // 2)) for k in ks]
    return np.array([betainc(j, k - j + 1, rates).mean() for j, k in zip(needed, ks, strict=True)])


SILENT, KINDS = 0.05, 6
"""The share of samples without an answer, and how many wrong answers a problem has."""


def answers_of(rates: Floats, rng: np.random.Generator) -> Floats:
    """Return how likely each answer of each problem is: the right one, the wrong ones, none."""
    wrong = rng.dirichlet(np.full(KINDS, 0.5), rates.size)
    rest = (1 - rates)[:, None]
    return np.concatenate([rates[:, None], rest * (1 - SILENT) * wrong, rest * SILENT], axis=1)


def majority(setting: Setting, rounds: int) -> list[Row]:
    """Return the coverage of maj@k's interval, where wrong answers scatter over a few kinds."""
    rng, ks = setting.rng("majority"), setting.ks
    truth = true_majority(setting.shape, ks)
    hits = []
    for _ in range(rounds):
        rates, _ = setting.rates(rng)
        drawn = rng.multinomial(setting.n, answers_of(rates, rng))
        data = pd.DataFrame({"n": setting.n, "c": drawn[:, 0]}).assign(answers=drawn[:, :-1].tolist())
        hits.append(held(metric_curve(data, ks, metric="maj_at_k"), truth))
    at = [setting.column(k) for k in ks]
    least = unless_rare(LEAST["majority"], expected(setting, truth))
    return shares("Interval of maj@k, population of problems", setting.case, at, np.array(hits), least=least)


def true_majority(shape: Shape, ks: Sequence[int]) -> Floats:
    """Return maj@k over the population, each problem voted on once."""
    rng = np.random.default_rng(len(shape.name))
    likely = answers_of(population(shape)[0], rng)
    found = []
    for k in ks:
        votes = rng.multinomial(k, likely)[:, :-1]
        most, right = votes.max(axis=1), votes[:, 0]
        tied = (votes == most[:, None]).sum(axis=1)
        found.append(np.where((right == most) & (right > 0), 1 / tied, 0.0).mean())
    return np.array(found)
