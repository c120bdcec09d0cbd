"""What is known of each node under each model: how likely it is reached, what it is worth, where models part."""

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import wilson_share
from backend.trees.build import Tree

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def node_quantities(x: Integers, y: Integers, n: Integers, level: float = 0.95) -> dict[str, Floats]:
    """Return what is known of each node, or of whatever else counts samples, under each run; NaN where undefined.

    x, y: samples and correct ones, shape (rows, runs); n: draws of each run. All of the shape of x: reach (x / n) with
    reach_low and reach_high, value (y / x) with value_low and value_high; the intervals are Wilson's.
    """
    n = np.broadcast_to(n, x.shape)
    reach, value = wilson_share(x, n, level), wilson_share(y, x, level)
    return {
        "reach": _ratio(x, n), "reach_low": reach[0], "reach_high": reach[1],
        "value": _ratio(y, x), "value_low": value[0], "value_high": value[1],
    }  # fmt: skip


def unseen(tree: Tree) -> Floats:
    """Return f1 / x of each node and run, f1 being how many of its children one sample has taken; NaN where x is 0."""
    parents = _parents(tree)
    once = np.zeros(tree.x.shape)
    np.add.at(once, parents[1:], (tree.x[1:] == 1).astype(float))
    has_children = np.bincount(parents[1:], minlength=len(tree.nodes)) > 0
    return np.where(has_children[:, None], _ratio(once, tree.x), np.nan)


def fork_scores(tree: Tree, one: int = 0, two: int = 1) -> Floats:
    """Return how much two runs part at each node: Jensen and Shannon's divergence of their children, in bits, times the
    lesser share of samples that came here; 0 where one of them never came. Between 0 and 1. Shape (nodes,).
    """
    parents = _parents(tree)[1:]
    first, second = (_ratio(tree.x[1:, run], tree.x[parents, run]) for run in (one, two))
    middle = (first + second) / 2
    bits = (_surprise(first, middle) + _surprise(second, middle)) / 2
    score = np.zeros(len(tree.nodes))
    np.add.at(score, parents, np.nan_to_num(bits))
    came = np.fmin(_ratio(tree.x[:, one], tree.n[one]), _ratio(tree.x[:, two], tree.n[two]))
    return np.asarray(np.where((tree.x[:, [one, two]] > 0).all(axis=1), np.maximum(score, 0.0) * came, 0.0))


def _surprise(share: Floats, middle: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(share > 0, share * np.log2(share / middle), 0.0))


def _parents(tree: Tree) -> Integers:
    return tree.nodes["parent"].to_numpy(dtype=np.int64)


def _ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Floats:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan))
