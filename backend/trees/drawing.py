"""What of a tree is drawn, and where: the nodes that matter most, the rest folded into stubs that keep their counts."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.significance import fisher_more
from backend.trees.build import ROOT, Tree
from backend.trees.evidence import EPSILON, SUPPORTED, path_classes

Integers = npt.NDArray[np.int64]

MOST_DRAWN = 300
MOST_CLASSES = 30
"""Correct path classes that are drawn whatever their reach, the surest and most frequent first."""
MOST_OPENED = 100
"""Children shown of a stub that is opened."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A tree laid out from left to right, the same for every run."""

    items: pd.DataFrame
    """One row a drawn item, parents before children: item (its row), node (of a stub: its parent's), parent (item, −1
    for the root), stub, leaf, column (how many edges from the root), row (from 0 down, no two ends share one),
    branches, samples and correct (of a stub: what is folded into it, over all runs)."""
    x: Integers
    """Of shape (items, runs): samples that reached the item; of a stub, those folded into it."""
    y: Integers
    """Of shape (items, runs): correct ones among them."""


def drawing(
    tree: Tree, evidence: pd.DataFrame, *, most: int = MOST_DRAWN, opened: Collection[int] = frozenset()
) -> Drawing:
    """Choose nodes that make at most about `most` items, stubs among them, and lay them out.

    evidence: of each path class, in the order of `path_classes`; opened: nodes whose stubs are opened. Kept are, with
    all that lies above them, supported paths, the most frequent correct ones, and then what either run reaches most.
    """
    kept = _kept(tree, evidence, most, opened)
    parents = tree.nodes["parent"].to_numpy(dtype=np.int64)
    children: dict[int, list[int]] = {}
    for node in np.flatnonzero(kept)[1:].tolist():
        children.setdefault(int(parents[node]), []).append(node)
    folded = np.flatnonzero(~kept & kept[np.maximum(parents, 0)])
    stubs: dict[int, list[int]] = {}
    for node in folded.tolist():
        stubs.setdefault(int(parents[node]), []).append(node)
    for node in [n for n, inside in stubs.items() if len(inside) == 1 and tree.nodes["leaf"][inside[0]]]:
        children.setdefault(node, []).extend(stubs.pop(node))
    return _laid_out(tree, children, stubs)


def ancestors(tree: Tree, node: int) -> list[int]:
    """Return the nodes from the root down to this one: the way that a sample of this leaf has walked."""
    parents, way = tree.nodes["parent"].to_numpy(dtype=np.int64), [node]
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


def node_differences(tree: Tree, one: int = 0, two: int = 1) -> pd.DataFrame:
    """Return how two runs differ in reaching each node, one row a node: node, log_ratio (base 2, half a sample added to
    each side; positive: the first reaches it more), p (Fisher's exact, two-sided by doubling the smaller tail).
    """
    from_one, from_two = tree.x[:, one], tree.x[:, two]
    n_one, n_two = int(tree.n[one]), int(tree.n[two])
    shares = (from_one + 0.5) / (n_one + 1), (from_two + 0.5) / (n_two + 1)
    tails = fisher_more(from_one, n_one, from_two, n_two), fisher_more(from_two, n_two, from_one, n_one)
    return pd.DataFrame(
        {"node": np.arange(len(tree.nodes)), "log_ratio": np.log2(shares[0] / shares[1]),
         "p": np.minimum(2 * np.fmin(*tails), 1.0)}
    )  # fmt: skip


class _Choice:
    """The nodes chosen so far, and how many items they make: each with children left out has a stub."""

    def __init__(self, parents: Integers) -> None:
        self._parents = parents
        self._left = np.bincount(parents[1:], minlength=len(parents))
        self.kept = np.zeros(len(parents), dtype=bool)
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


def _kept(tree: Tree, evidence: pd.DataFrame, most: int, opened: Collection[int]) -> npt.NDArray[np.bool_]:
    parents = tree.nodes["parent"].to_numpy(dtype=np.int64)
    choice = _Choice(parents)
    choice.add([ROOT])
    leaves = path_classes(tree)
    sure = evidence["evidence"].isin([SUPPORTED, EPSILON]).to_numpy()
    order = np.lexsort((-tree.x[leaves].sum(axis=1), ~sure))
    for place, leaf in enumerate(leaves[order].tolist()):
        way = ancestors(tree, leaf)
        if choice.items + choice.cost(way) > most or (place >= MOST_CLASSES and not sure[order[place]]):
            break
        choice.add(way)
    reach = (tree.x / np.maximum(tree.n, 1)).max(axis=1)
    for node in np.lexsort((np.arange(len(parents)), -reach)).tolist():
        if choice.items >= most:
            break
        if choice.kept[parents[node]]:
            choice.add([node])
    for above in opened:
        inside = np.flatnonzero(parents == above) if choice.kept[above] else np.zeros(0, dtype=np.int64)
        choice.add(inside[np.argsort(-reach[inside], kind="stable")][:MOST_OPENED].tolist())
    return choice.kept


def _laid_out(tree: Tree, children: dict[int, list[int]], stubs: dict[int, list[int]]) -> Drawing:
    rows: list[dict[str, object]] = []
    counts: list[tuple[Integers, Integers]] = []
    open_: list[tuple[int, int, int, list[int]]] = [(ROOT, -1, 0, [])]
    while open_:
        node, parent, column, folded = open_.pop()
        x, y = (a[folded].sum(axis=0) if folded else a[node] for a in (tree.x, tree.y))
        rows.append({"item": len(rows), "node": node, "parent": parent, "stub": bool(folded), "column": column,
                     "leaf": not folded and bool(tree.nodes["leaf"][node]), "branches": len(folded),
                     "samples": int(x.sum()), "correct": int(y.sum())})  # fmt: skip
        counts.append((x, y))
        if not folded:
            below = sorted(children.get(node, []), key=lambda child: int(tree.x[child].sum()))
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
