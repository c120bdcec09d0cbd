"""Which simulations there are, at which settings and how often; in full, or a tiny part of each."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.statistics import beyond, exact, identical, pairs, single
from tests.statistics.report import Row
from tests.statistics.shapes import SHAPES, Setting, settings


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One kind of simulation."""

    simulate: Callable[[Setting, int], list[Row]]
    rounds: int
    problems: tuple[int, ...] = (30, 144, 500)
    n: tuple[int, ...] = (16, 128, 1024)
    every_shape: bool = True


SUITES: dict[str, Suite | tuple[Callable[[int], list[Row]], ...]] = {
    "curves": Suite(simulate=single.curves, rounds=160),
    "majority": Suite(simulate=single.majority, rounds=100, problems=(30, 144), n=(16, 128)),
    "differences": Suite(simulate=pairs.differences_apart, rounds=300),
    "crossings": Suite(simulate=pairs.crossings, rounds=200),
    "tables": Suite(simulate=pairs.tables, rounds=300),
    "claims": Suite(simulate=identical.claims, rounds=160),
    "signs": Suite(simulate=identical.signs, rounds=300, problems=(30, 144), n=(128,)),
    "reruns": Suite(simulate=identical.reruns, rounds=300),
    "paths": Suite(simulate=identical.paths, rounds=1000, problems=(1,), every_shape=False),
    "beyond": Suite(simulate=beyond.extrapolations, rounds=80, problems=(144, 500)),
    "exact": exact.SUITES,
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of each suite is run."""

    rounds: int | None
    """None: as many as the suite says."""
    whole: bool
    """Every setting, or the smallest of one shape."""


FULL, TINY = Size(rounds=None, whole=True), Size(rounds=40, whole=False)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One simulation at one setting."""

    suite: str
    setting: Setting | int
    rounds: int
    place: int = 0

    def run(self) -> list[Row]:
        """Return what it measures."""
        suite = SUITES[self.suite]
        if isinstance(suite, Suite) and isinstance(self.setting, Setting):
            return suite.simulate(self.setting, self.rounds)
        assert isinstance(suite, tuple)
        assert isinstance(self.setting, int)
        return suite[self.place](self.setting)


def tasks(name: str, size: Size) -> list[Task]:
    """Return what a suite consists of."""
    suite = SUITES[name]
    if not isinstance(suite, Suite):
        samples = (16, 128, 1024) if size.whole else (16,)
        return [Task(suite=name, setting=n, rounds=0, place=at) for n in samples for at in range(len(suite))]
    shapes = SHAPES if suite.every_shape and size.whole else SHAPES[1:2]
    at = settings(suite.problems, suite.n, shapes) if size.whole else settings(suite.problems[:1], suite.n[:1], shapes)
    return [Task(suite=name, setting=setting, rounds=size.rounds or suite.rounds) for setting in at]
