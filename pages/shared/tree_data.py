"""What the Tree page shows of a sample tree, made of what the store answers; kept by `cache`."""

from dataclasses import dataclass

from backend.figures import run_styles
from backend.store import queries
from backend.store.database import Store
from backend.store.sample_trees import sample_tree
from backend.store.scores import closed_samples
from backend.trees import describing
from backend.trees.describing import Drawn, Grown
from backend.trees.drawing import samples_through, steps_shared, way_of_sample
from backend.trees.merge import Level


def grown(
    held: Store,
    problem: str,
    runs: tuple[str, ...],
    level: str,
    *,
    q: float,
    epsilon: float,
    split_half: bool,
    seed: int,
) -> Grown:
    """`trees.describing.grown` of `runs` on one problem."""
    tree = sample_tree(held, problem, runs, Level(level))
    closed = closed_samples(held, runs, problem)
    return describing.grown(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed, closed=closed)


def drawn(
    held: Store,
    problem: str,
    runs: tuple[str, ...],
    level: str,
    *,
    most: int,
    opened: tuple[int, ...],
    shown: str,
    picked: int | None,
    q: float,
    epsilon: float,
    split_half: bool,
    seed: int,
) -> Drawn:
    """`trees.describing.drawn` of `runs` on one problem."""
    tree = sample_tree(held, problem, runs, Level(level))
    closed = closed_samples(held, runs, problem)
    said = describing.claimed(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed, closed=closed)
    return describing.drawn(tree, said, most=most, opened=opened, shown=shown, picked=picked)


@dataclass(frozen=True, kw_only=True)
class Through:
    """The samples that pass a node."""

    indexes: dict[str, tuple[int, ...]]
    """Their numbers, by run."""
    shared: int
    """How many steps they have in common."""


def through(held: Store, problem: str, runs: tuple[str, ...], level: str, node: int) -> Through:
    """The samples that pass a node of a tree."""
    tree = sample_tree(held, problem, runs, Level(level))
    found = samples_through(tree, node)
    by_run = {run: tuple(int(i) for i in found["sample_index"][found["run"] == run]) for run in runs}
    return Through(indexes=by_run, shared=steps_shared(tree, node))


def way_of(held: Store, problem: str, runs: tuple[str, ...], level: str, run: str, sample_index: int) -> list[int]:
    """`trees.drawing.way_of_sample` of `runs` on one problem."""
    return way_of_sample(sample_tree(held, problem, runs, Level(level)), run, sample_index)


def run_colours(held: Store, runs: tuple[str, ...]) -> tuple[str, ...]:
    """The colour of each of `runs` beside the others."""
    about = queries.runs(held).set_index("run").loc[list(runs)].reset_index()
    styles = run_styles(about)
    return tuple(styles[run].colour for run in runs)
