"""What is claimed between a model and its own rerun, where every claim is false; whether the nulls are calibrated."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.boundary import mcnemar_of_sets, self_null
from backend.comparison.crossing import crossover
from backend.comparison.difference import delta
from backend.comparison.trajectories import forgotten, lost_and_gained
from backend.comparison.verdicts import BASE_FAVOURED, RLVR_FAVOURED, problem_verdicts
from backend.trees.evidence import EPSILON, SUPPORTED, class_evidence, label_null, sole_run
from tests.statistics.report import FEWEST_ROUNDS, Row, bias, shares
from tests.statistics.shapes import Setting

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Q, ALPHA = 0.1, 0.05
ALPHAS = (0.01, 0.05, 0.1, 0.25, 0.5)


def claims(setting: Setting, rounds: int) -> list[Row]:
    """Return how often two runs of one model are told apart, by each thing that may be claimed of them."""
    rng = setting.rng("claims")
    hits = [_claimed(_two_runs(setting, rng)) for _ in range(rounds)]
    found = pd.DataFrame(hits)
    rows = shares("False claims: any verdict base-favoured or RLVR-favoured (q = 0.1)", setting.case, ["verdicts"],
                  found[["verdicts"]].to_numpy(dtype=float), most=Q)  # fmt: skip
    others = [str(name) for name in found if name != "verdicts"]
    table = "False claims between identical models, at 5 %"
    return rows + shares(table, setting.case, others, found[others].to_numpy(dtype=float), most=ALPHA)


def _two_runs(setting: Setting, rng: np.random.Generator) -> pd.DataFrame:
    rates, _ = setting.rates(rng)
    return setting.counts(setting.solved(rng, rates), setting.solved(rng, rates))


def _claimed(counts: pd.DataFrame) -> dict[str, bool]:
    """Tell what is claimed: a verdict, a difference at some k, at k = 1, by the band, at n; a lead; a crossing."""
    n = int(counts["n_base"].iloc[0])
    rows, crossing = delta(counts), crossover(counts)
    verdicts = problem_verdicts(counts, m=max(1, n // 2), q=Q)["verdict"]
    outside = (rows["low"] > 0) | (rows["high"] < 0)
    return {
        "verdicts": bool(verdicts.isin([BASE_FAVOURED, RLVR_FAVOURED]).any()),
        "q ≤ 0.05": bool((rows["q"] <= ALPHA).any()),
        "D(1)": bool(outside.iloc[0]),
        "D(n/2)": bool(outside.iloc[-2]),
        "D(n)": bool(outside.iloc[-1]),
        "band": bool(((rows["band_low"] > 0) | (rows["band_high"] < 0)).any()),
        "lead from k": crossing.k_confident is not None,
        "crossing": crossing.k is not None and (crossing.probability_none or 0.0) <= ALPHA,
        "McNemar": mcnemar_of_sets(counts) <= ALPHA,
    }


STEPS = 4
HAPPENED = 0.5
"""Where hardly a round is off by half a problem there is nothing to lose, and no mean to be told from its null."""


def reruns(setting: Setting, rounds: int) -> list[Row]:
    """Return the bias of what a rerun is said to lose, and of the null of neighbouring and of all checkpoints.

    What a rerun loses is drawn: m fresh samples solve a problem, another m do not.
    """
    rng, m = setting.rng("reruns"), setting.n // 2
    errors = []
    for _ in range(rounds):
        rates, _ = setting.rates(rng)
        solved, again = (rng.binomial(m, rates) > 0 for _ in range(2))
        n, c = (
            np.full((setting.problems, STEPS), setting.n),
            rng.binomial(setting.n, rates[:, None], (rates.size, STEPS)),
        )
        null = self_null(pd.Series(n[:, 0]), pd.Series(c[:, 0]), m)
        changes = lost_and_gained(n[:, :2], c[:, :2], m).iloc[0]
        seen, chance = forgotten(n, c, m)
        errors.append([null - (solved & ~again).sum(), changes["lost"] - changes["by_chance"],
                       changes["gained"] - changes["by_chance"], seen - chance])  # fmt: skip
    names = ("self null", "lost", "gained", "ever, not at the end")
    table, each = "Bias of the nulls, in standard errors: what is expected less what happens", np.array(errors).T
    often = (np.abs(each) > HAPPENED).sum(axis=1) >= FEWEST_ROUNDS
    return [bias(table, setting.case, name, row) for name, row, told in zip(names, each, often, strict=True) if told]


CLASSES = 60


def paths(setting: Setting, rounds: int) -> list[Row]:
    """Return how often a correct path is claimed for one of two runs of one model, and how small the null's p are.

    A round is one problem, its paths falling in likelihood as 1 / rank^1.5, half of all samples being correct.
    """
    rng, n = setting.rng("paths"), np.array([setting.n, setting.n])
    weights = np.r_[np.arange(1, CLASSES + 1) ** -1.5, 0.0]
    weights[-1] = weights.sum()
    claimed, small = [], []
    for _ in range(rounds):
        drawn = rng.multinomial(setting.n, weights / weights.sum(), 2)[:, :-1].T
        counts = drawn[drawn.sum(axis=1) > 0]
        claimed.append([_supported(class_evidence(counts, n)), _by_halves(counts, n, rng)])
        small.append([label_null(counts, n, ("one", "two"), seed=int(rng.integers(2**31)))[0].p])
    case = f"n = {setting.n:4}"
    rows = shares("False claims: a path supported for one of two runs of one model", case, ["all samples", "by halves"],
                  np.array(claimed, dtype=float), most=ALPHA)  # fmt: skip
    return rows + _small(f"Label null of sample trees, {case}", np.array(small)[:, 0])


def _supported(found: pd.DataFrame) -> bool:
    return bool(found["evidence"].isin([SUPPORTED, EPSILON]).any())


def _by_halves(counts: Integers, n: Integers, rng: np.random.Generator) -> bool:
    """Tell whether a class found in one random half of the samples is supported by the other."""
    looked = np.stack([rng.multivariate_hypergeometric(np.r_[own, total - own.sum()], total // 2)[:-1]
                       for own, total in zip(counts.T, n, strict=True)], axis=1)  # fmt: skip
    chosen = sole_run(looked, n // 2)
    return _supported(class_evidence(counts - looked, n - n // 2, chosen=chosen))


def _small(case: str, p: Floats) -> list[Row]:
    """Return how often p is at most each α, which must be no more often than that."""
    table, hits = "Share of p at most α where nothing differs", (p[:, None] <= np.array(ALPHAS)).astype(float)
    return [
        row
        for at, alpha in enumerate(ALPHAS)
        for row in shares(table, case, [f"α = {alpha:g}"], hits[:, at : at + 1], most=alpha)
    ]


def signs(setting: Setting, rounds: int) -> list[Row]:
    """Return how small the p of permuted signs are between identical models, at the budgets that are shown."""
    rng = setting.rng("signs")
    p = [delta(_two_runs(setting, rng))["p"].iloc[[0, -2, -1]].tolist() for _ in range(rounds)]
    return [
        row
        for at, values in zip(("k = 1", "k = n/2", "k = n"), np.array(p).T, strict=True)
        for row in _small(f"Permuted signs, {setting.case}, {at}", values)
    ]
