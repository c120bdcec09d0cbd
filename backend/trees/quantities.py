"""What is known of each node under each model: how likely it is reached, what it is worth, where models part."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.intervals import clopper_pearson, wilson_share
from backend.trees.build import Tree

Floats = npt.NDArray[np.float64]

WILSON, EXACT = "wilson", "exact"
INTERVALS = {WILSON: wilson_share, EXACT: clopper_pearson}


def node_quantities(tree: Tree, *, interval: str = WILSON, level: float = 0.95) -> pd.DataFrame:
    """Return one row a node and run, node by node.

    Columns: node, run (name), x, y, n; reach (x / n) with reach_low and reach_high; edge (x / x of the parent), smooth
    (the same with half a sample added to each child and to an unseen one, for drawing); value (y / x) with value_low
    and value_high; unseen (Good and Turing's share of the next samples here that would take a new way). NaN where
    undefined. Source of smooth: Krichevsky and Trofimov 1981.
    """
    between = INTERVALS[interval]
    parents = _parents(tree)
    below = np.where((parents >= 0)[:, None], tree.x[np.maximum(parents, 0)], tree.n)
    branches = np.bincount(parents[parents >= 0], minlength=len(tree.nodes))
    ways = np.where(parents >= 0, branches[np.maximum(parents, 0)], 0)[:, None]
    n = np.broadcast_to(tree.n, tree.x.shape)
    reach, value = between(tree.x, n, level), between(tree.y, tree.x, level)
    smooth = np.where((parents >= 0)[:, None], (tree.x + 0.5) / (below + 0.5 * (ways + 1)), 1.0)
    columns: dict[str, npt.NDArray[Any]] = {
        "x": tree.x, "y": tree.y, "n": n,
        "reach": _ratio(tree.x, n), "reach_low": reach[0], "reach_high": reach[1],
        "edge": _ratio(tree.x, below), "smooth": smooth,
        "value": _ratio(tree.y, tree.x), "value_low": value[0], "value_high": value[1], "unseen": unseen(tree),
    }  # fmt: skip
    rows, runs = tree.x.shape
    keys = {"node": np.repeat(np.arange(rows), runs), "run": np.tile(np.array(tree.runs, dtype=object), rows)}
    return pd.DataFrame({**keys, **{name: np.asarray(column).ravel() for name, column in columns.items()}})


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


def _parents(tree: Tree) -> npt.NDArray[np.int64]:
    return tree.nodes["parent"].to_numpy(dtype=np.int64)


def _ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Floats:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan))
