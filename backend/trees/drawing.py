"""What of a tree is drawn, and where: the nodes that matter most, the rest folded into stubs that keep their counts."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.significance import fisher_more
from backend.trees.build import ROOT, UNCOUNTED, Tree
from backend.trees.evidence import BLOCKED, EPSILON, SEEN, SUPPORTED, path_classes

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_DRAWN = 300
MOST_CLASSES = 30
"""Correct path classes that are drawn whatever their reach; supported and blocked ones are drawn besides."""
OF_CLASSES = 0.6
"""The share of items that correct paths may take: the rest shows where most samples went."""
MOST_OPENED = 100
"""Children shown of a stub that is opened."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A tree laid out from left to right, the same for every run."""

    items: pd.DataFrame
    """One row a drawn item, parents before children: item (its row), node (of a stub: its parent's), parent (item, −1
    for the root), edge (the node whose edge leads here, −1: none; a path's last edge and its only leaf are one item),
    stub, leaf, column (how many edges from the root), row (from 0 down, no two ends share one), branches, samples and
    correct (of a stub: what is folded into it, over all runs)."""
    x: Integers
    """Of shape (items, runs): samples that reached the item; of a stub, those folded into it."""
    y: Integers
    """Of shape (items, runs): correct ones among them."""


def drawing(
    tree: Tree,
    evidence: pd.DataFrame,
    *,
    most: int = MOST_DRAWN,
    opened: Collection[int] = frozenset(),
    wanted: Collection[int] | None = None,
    picked: int | None = None,
) -> Drawing:
    """Choose nodes that make at most about `most` items, stubs among them, and lay them out.

    evidence: of each path class, in the order of `path_classes`; opened: nodes whose stubs are opened; wanted: leaves
    whose ways alone are kept, None for no such filter; picked: a node that is drawn whatever else is. Kept are, with
    all that lies above them, supported paths, correct paths (in turn one that one run alone took and one that several
    did), then what either run reaches most.
    """
    shape = _Shape(tree)
    leaves = path_classes(tree) if wanted is None else np.array(sorted(wanted), dtype=np.int64)
    choice = _Choice(shape)
    choice.add([ROOT] if picked is None or shape.joined[picked] else _way(shape.parents, picked))
    kept = _kept(shape, choice, _ranks(tree, evidence, leaves), most, opened, only=wanted is not None)
    children: dict[int, list[int]] = {}
    for node in np.flatnonzero(kept)[1:].tolist():
        children.setdefault(int(shape.parents[node]), []).append(node)
    stubs: dict[int, list[int]] = {}
    for node in np.flatnonzero(~kept & kept[np.maximum(shape.parents, 0)] & ~shape.joined).tolist():
        stubs.setdefault(int(shape.parents[node]), []).append(node)
    for node in [n for n, inside in stubs.items() if len(inside) == 1 and tree.nodes["leaf"][inside[0]]]:
        children.setdefault(node, []).extend(stubs.pop(node))
    return _laid_out(shape, children, stubs)


def ancestors(tree: Tree, node: int) -> list[int]:
    """Return the nodes from the root down to this one: the way that a sample of this leaf has walked."""
    return _way(tree.nodes["parent"].to_numpy(dtype=np.int64), node)


def way_of_sample(tree: Tree, run: str, sample_index: int) -> list[int]:
    """Return the nodes that a run's sample passed, from the root to its leaf; none where it is not in the tree."""
    place = tree.runs.index(run) if run in tree.runs else -1
    leaf = tree.walks.loc[(tree.walks["run"] == place) & (tree.walks["sample_index"] == sample_index), "node"]
    return ancestors(tree, int(leaf.iloc[0])) if len(leaf) else []


def _way(parents: Integers, node: int) -> list[int]:
    way = [node]
    while way[-1] != ROOT:
        way.append(int(parents[way[-1]]))
    return way[::-1]


def samples_through(tree: Tree, node: int) -> pd.DataFrame:
    """Return the samples that passed a node, run by run: run (name), sample_index, node (the leaf of each)."""
    parents = tree.nodes["parent"].to_numpy(dtype=np.int64)
    below = np.zeros(len(parents), dtype=bool)
    below[node] = True
    for at in range(node + 1, len(parents)):
        below[at] = below[parents[at]]
    found = tree.walks[below[tree.walks["node"].to_numpy(dtype=np.int64)]]
    names = np.array(tree.runs, dtype=object)
    named: pd.DataFrame = found.assign(run=names[found["run"].to_numpy(dtype=np.int64)])
    return named.reset_index(drop=True)


def steps_shared(tree: Tree, node: int) -> int:
    """Return how many steps all samples through this node have in common: those down to it, or, where it is the end of
    a single text, down to where that text went its own way.
    """
    depths = tree.nodes["depth"].to_numpy(dtype=np.int64)
    return next(int(depths[at]) for at in reversed(ancestors(tree, node)) if depths[at] != UNCOUNTED)


def reach_differences(x: Integers, n: Integers, one: int = 0, two: int = 1) -> pd.DataFrame:
    """Return how two runs differ in reaching each node or item, one row each.

    x: shape (rows, runs); n: draws of each run. Columns: log_ratio (base 2, half a sample added to each side; positive:
    the first reaches it more), p (Fisher's exact, two-sided by doubling the smaller tail).
    """
    from_one, from_two = x[:, one], x[:, two]
    n_one, n_two = int(n[one]), int(n[two])
    shares = (from_one + 0.5) / (n_one + 1), (from_two + 0.5) / (n_two + 1)
    tails = fisher_more(from_one, n_one, from_two, n_two), fisher_more(from_two, n_two, from_one, n_one)
    return pd.DataFrame({"log_ratio": np.log2(shares[0] / shares[1]), "p": np.minimum(2 * np.fmin(*tails), 1.0)})


class _Shape:
    """The tree as it is drawn: the last edge of a path and the only leaf under it are one."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.reach: Floats = tree.x / np.maximum(tree.n, 1)
        parents = tree.nodes["parent"].to_numpy(dtype=np.int64)
        alone = tree.nodes["leaf"].to_numpy() & (np.bincount(parents[1:], minlength=len(parents))[parents] == 1)
        leaves = np.flatnonzero(alone & (parents != ROOT))
        self.edge = np.where(tree.nodes["leaf"], -1, np.arange(len(parents)))
        self.edge[[ROOT, *leaves]] = [-1, *parents[leaves]]
        self.joined = np.zeros(len(parents), dtype=bool)
        self.joined[parents[leaves]] = True
        self.parents = parents.copy()
        self.parents[leaves] = parents[parents[leaves]]


class _Choice:
    """The nodes chosen so far, and how many items they make: each with children left out has a stub."""

    def __init__(self, shape: _Shape) -> None:
        self._parents = shape.parents
        self._left = np.bincount(shape.parents[~shape.joined][1:], minlength=len(shape.parents))
        self.kept = np.zeros(len(shape.parents), dtype=bool)
        self.items = 0

    def cost(self, nodes: list[int]) -> int:
        """Return how many items these nodes, a way downwards, would add at most."""
        return sum(1 + (self._left[node] > 0) for node in nodes if not self.kept[node])

    def add(self, nodes: list[int]) -> None:
        """Choose nodes; their parents are chosen before them."""
        for node in nodes:
            if self.kept[node]:
                continue
            self.kept[node] = True
            self.items += 1 + int(self._left[node] > 0)
            if node != ROOT:
                above = self._parents[node]
                self._left[above] -= 1
                self.items -= int(self._left[above] == 0)


def _ranks(tree: Tree, evidence: pd.DataFrame, leaves: Integers) -> pd.Series:
    """Return the place of each of these leaves in the order in which they are drawn, by leaf: −1 for surely drawn."""
    said = pd.Series(evidence["evidence"].to_numpy(), index=path_classes(tree)).reindex(leaves, fill_value="")
    frequent = pd.Series(tree.x[leaves].sum(axis=1), index=leaves).sort_values(ascending=False, kind="stable").index
    ranks = said.loc[frequent].groupby(said.loc[frequent] == SEEN).cumcount()
    return ranks.where(~said.loc[frequent].isin([SUPPORTED, EPSILON, BLOCKED]), -1).sort_values(kind="stable")


def _kept(
    shape: _Shape, choice: _Choice, ranks: pd.Series, most: int, opened: Collection[int], *, only: bool
) -> npt.NDArray[np.bool_]:
    room = most if only else int(OF_CLASSES * most)
    for place, (leaf, rank) in enumerate(zip(ranks.index.tolist(), ranks.tolist(), strict=True)):
        way = _way(shape.parents, leaf)
        if choice.items + choice.cost(way) > room or (place >= MOST_CLASSES and rank >= 0 and not only):
            break
        choice.add(way)
    order = np.lexsort((np.arange(len(shape.parents)), -shape.reach.max(axis=1)))
    for node in [] if only else order.tolist():
        if choice.items >= most:
            break
        if choice.kept[shape.parents[node]] and not shape.joined[node]:
            choice.add([node])
    for above in sorted(opened):
        inside = np.flatnonzero((shape.parents == above) & ~shape.joined & choice.kept[above])
        choice.add(inside[np.argsort(-shape.reach[inside].max(axis=1), kind="stable")][:MOST_OPENED].tolist())
    return choice.kept


def _laid_out(shape: _Shape, children: dict[int, list[int]], stubs: dict[int, list[int]]) -> Drawing:
    tree, weight = shape.tree, shape.reach.sum(axis=1)
    rows: list[dict[str, object]] = []
    counts: list[tuple[Integers, Integers]] = []
    open_: list[tuple[int, int, int, list[int]]] = [(ROOT, -1, 0, [])]
    while open_:
        node, parent, column, folded = open_.pop()
        x, y = (a[folded].sum(axis=0) if folded else a[node] for a in (tree.x, tree.y))
        rows.append({"item": len(rows), "node": node, "parent": parent, "edge": -1 if folded else shape.edge[node],
                     "stub": bool(folded), "leaf": not folded and bool(tree.nodes["leaf"][node]), "column": column,
                     "branches": len(folded), "samples": int(x.sum()), "correct": int(y.sum())})  # fmt: skip
        counts.append((x, y))
        if not folded:
            below = sorted(children.get(node, []), key=lambda child: float(weight[child]))
            item = len(rows) - 1
            open_ += [(node, item, column + 1, stubs[node])] if node in stubs else []
            open_ += [(child, item, column + 1, []) for child in below]
    items = pd.DataFrame(rows)
    return Drawing(
        items=items.assign(row=_rows(items["parent"].to_numpy(dtype=np.int64))),
        x=np.stack([x for x, _ in counts]),
        y=np.stack([y for _, y in counts]),
    )


def _rows(parents: Integers) -> npt.NDArray[np.float64]:
    """Return the row of each item: ends one below the other in their order, others midway among their children."""
    has_children = np.bincount(parents[1:], minlength=len(parents)) > 0
    rows = np.where(has_children, 0.0, np.cumsum(~has_children) - 1.0)
    first, last = np.full(len(parents), np.inf), np.full(len(parents), -np.inf)
    for item in range(len(parents) - 1, -1, -1):
        if has_children[item]:
            rows[item] = (first[item] + last[item]) / 2
        if parents[item] >= 0:
            first[parents[item]] = min(first[parents[item]], rows[item])
            last[parents[item]] = max(last[parents[item]], rows[item])
    return np.asarray(rows)
