"""Made-up benchmarks whose truth is known: five shapes of difficulty, a base and an RLVR model on each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv, expit, logit

Floats = npt.NDArray[np.float64]

SEED = 20_261_125
POPULATION = 100_000
"""Problems that stand for all problems of a shape; their rates are spaced evenly over its quantiles."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How often the problems of a population are solved by one sample of base."""

    name: str
    rate: Callable[[Floats], Floats] = field(compare=False)
    """From a share of the population to the success rate that so many problems lie below."""


def _beta(a: float, b: float, u: Floats) -> Floats:
    return np.asarray(betaincinv(a, b, u))


def _never(u: Floats) -> Floats:
    return np.where(u < 0.3, 0.0, betaincinv(0.6, 1.5, np.maximum(u - 0.3, 0.0) / 0.7))


def _two_kinds(u: Floats) -> Floats:
    return np.where(u < 0.5, 0.03, 0.8)


SHAPES = (
    Shape(name="hard", rate=partial(_beta, 0.2, 3.0)),
    Shape(name="spread", rate=partial(_beta, 0.4, 0.6)),
    Shape(name="easy", rate=partial(_beta, 3.0, 0.5)),
    Shape(name="never", rate=_never),
    Shape(name="two kinds", rate=_two_kinds),
)
"""Like AIME; like MATH500; like GSM8K; three in ten never solved, the others as Beta(0.6, 1.5); half of all problems at
0.03 and half at 0.8, which no beta distribution is like."""


def partner(base: Floats, noise: Floats) -> Floats:
    """Return RLVR's rates on the same problems: likely ones likelier, unlikely ones less so, with some noise.

    A rate of 0 stays 0. The curves cross, as they do in the paper.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(expit(1.6 * logit(base) + 1.0 + 0.5 * noise))


@cache
def population(shape: Shape) -> tuple[Floats, Floats]:
    """Return the rates of base and of RLVR on the whole population."""
    base = shape.rate((np.arange(POPULATION) + 0.5) / POPULATION)
    return base, partner(base, np.random.default_rng(SEED).standard_normal(POPULATION))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One made-up benchmark: so many problems of a shape, so many samples of each."""

    shape: Shape
    problems: int
    n: int

    @property
    def case(self) -> str:
        """The setting in words."""
        return f"P = {self.problems:3}, n = {self.n:4}, {self.shape.name}"

    def rng(self, suite: str) -> np.random.Generator:
        """Return the stream of one suite at this setting."""
        place = [shape.name for shape in SHAPES].index(self.shape.name)
        return np.random.default_rng([SEED, place, self.problems, self.n, *suite.encode()])

    def rates(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw problems: the rates of base and of RLVR."""
        base = self.shape.rate(rng.random(self.problems))
        return base, partner(base, rng.standard_normal(self.problems))

    def solved(self, rng: np.random.Generator, rates: Floats) -> npt.NDArray[np.int64]:
        """Draw n samples a problem: how many are correct."""
        return np.asarray(rng.binomial(self.n, rates))

    def counts(self, base: npt.NDArray[np.int64], rlvr: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Return the counts of two runs as comparisons take them."""
        return pd.DataFrame({"n_base": self.n, "c_base": base, "n_rlvr": self.n, "c_rlvr": rlvr})

    @property
    def ks(self) -> list[int]:
        """The budgets that are looked at, from 1 to n."""
        return sorted({k for k in (1, 8, self.n // 8, self.n // 2, self.n) if 1 <= k <= self.n})

    def column(self, k: int) -> str:
        """Name a budget alike for all n."""
        names = {self.n: "k = n", self.n // 2: "k = n/2", self.n // 8: "k = n/8", 8: "k = 8", 1: "k = 1"}
        return names[k] if k != 1 else "k = 1"


def settings(problems: tuple[int, ...], n: tuple[int, ...], shapes: tuple[Shape, ...] = SHAPES) -> list[Setting]:
    """Return every combination."""
    return [Setting(shape=shape, problems=p, n=draws) for p in problems for draws in n for shape in shapes]


def pass_of(rates: Floats, ks: npt.ArrayLike) -> Floats:
    """Return the true 1 − (1−p)^k of each rate and budget; shape (rates, ks)."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(np.log1p(-rates)[:, None] * np.asarray(ks, dtype=float)[None, :]))


@cache
def true_curve(shape: Shape, ks: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return pass@k of base and of RLVR over the population, at each budget."""
    base, rlvr = (np.array([pass_of(rates, [k]).mean() for k in ks]) for rates in population(shape))
    return base, rlvr
