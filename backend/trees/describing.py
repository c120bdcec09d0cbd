"""A tree as it is shown: what is claimed of its correct paths, what of it is drawn, and what is said of each item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.trees import evidence, words
from backend.trees.build import ROOT, Tree
from backend.trees.drawing import Drawing, drawing
from backend.trees.evidence import LabelNull, label_null, path_classes, tree_evidence
from backend.trees.quantities import fork_scores, node_quantities, unseen

Integers = npt.NDArray[np.int64]

ALL, CORRECT, SUPPORTED = "all", "correct", "supported"
"""Which paths are shown; besides, a run's key stands for the correct ones that it alone took."""


@dataclass(frozen=True, kw_only=True)
class Grown:
    """A tree with what is claimed of its correct paths."""

    tree: Tree
    evidence: pd.DataFrame
    """One row a path class (`evidence.class_evidence`), with its leaf."""
    nulls: list[LabelNull]
    parting: int | None
    """The node at which the first two runs part most, and its fork score."""
    fork: float

    @property
    def c(self) -> Integers:
        """Correct samples of each run."""
        return np.asarray(self.tree.y[ROOT])


def grown(
    tree: Tree, *, q: float, epsilon: float, split_half: bool, seed: int, closed: pd.DataFrame | None = None
) -> Grown:
    """Return a tree with its evidence and the null of each run; closed: as `evidence.tree_evidence` takes it."""
    said = claimed(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed, closed=closed)
    forks = fork_scores(tree) if len(tree.runs) > 1 else np.zeros(1)
    most = int(forks.argmax())
    return Grown(
        tree=tree, evidence=said, nulls=label_null(tree.x[said["leaf"]], tree.n, tree.runs, seed=seed),
        parting=most if forks[most] > 0 else None, fork=float(forks[most]),
    )  # fmt: skip


def claimed(
    tree: Tree, *, q: float, epsilon: float, split_half: bool, seed: int, closed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return what is claimed of each path class, with its leaf."""
    said = tree_evidence(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed, closed=closed)
    return said.assign(leaf=path_classes(tree))


def wanted_leaves(tree: Tree, said: pd.DataFrame, shown: str) -> list[int] | None:
    """Return the leaves whose paths are shown; None for no filter."""
    if shown == ALL:
        return None
    if shown == CORRECT:
        kept = said
    elif shown == SUPPORTED:
        kept = said[said["evidence"].isin([evidence.SUPPORTED, evidence.EPSILON, evidence.BLOCKED])]
    else:
        kept = said[said["only"] == tree.runs.index(shown)]
    return [int(leaf) for leaf in kept["leaf"]]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What of a tree is drawn."""

    drawing: Drawing
    items: pd.DataFrame
    """Those of the drawing, with what is said of each (`figures.TreePicture`); key is what a click gives: the node, or
    `+` and the node whose branches a stub folds."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the root and what is folded is drawn."""
        return bool(np.all(self.items["stub"] | (self.items["item"] == 0)))

    def of_walk(self, way: list[int]) -> list[int]:
        """The items that a walk through these nodes passes, a stub where it goes on folded."""
        by_node = dict(zip(self.items["key"], self.items["item"], strict=True))
        passed = [int(by_node[str(node)]) for node in way if str(node) in by_node]
        last = self.items["node"][passed[-1]] if passed else ROOT
        stub = by_node.get(f"+{last}")
        return passed if stub is None or last == way[-1] else [*passed, int(stub)]


def drawn(
    tree: Tree,
    said: pd.DataFrame,
    *,
    most: int,
    opened: tuple[int, ...] = (),
    shown: str = ALL,
    picked: int | None = None,
) -> Drawn:
    """Return what is drawn of a tree, and what is said of each item. said: what is claimed of its path classes."""
    laid = drawing(tree, said, most=most, opened=opened, wanted=wanted_leaves(tree, said, shown), picked=picked)
    return Drawn(drawing=laid, items=_described(tree, said, laid))


def _described(tree: Tree, said: pd.DataFrame, laid: Drawing) -> pd.DataFrame:
    """The items with label, verdict, evidence, hover and key."""
    items, nodes = laid.items, tree.nodes
    ends, labels = items["leaf"].to_numpy(), nodes["label"].tolist()
    rows = items["node"].to_numpy()
    known = said.set_index("leaf").reindex(np.where(ends, rows, -1))
    described = items.assign(
        label=[words.label(labels[edge]) if edge >= 0 else "" for edge in items["edge"].tolist()],
        verdict=np.where(ends, nodes["verdict"].to_numpy()[rows], ""),
        answer=np.where(ends, nodes["answer"].to_numpy()[rows], ""),
        evidence=known["evidence"].fillna("").to_numpy(),
        only=known["only"].fillna(-1).astype(int).to_numpy(),
        key=[f"+{node}" if stub else str(node) for node, stub in zip(rows, items["stub"], strict=True)],
    )
    return described.assign(p=known["p"].to_numpy(), q=known["q"].to_numpy(), ratio_low=known["ratio_low"].to_numpy(),
                            upper=known["upper"].to_numpy())  # fmt: skip


def hovers(tree: Tree, part: Drawn, names: Sequence[str]) -> list[list[str]]:
    """Return what is known of each drawn item, line by line."""
    each = zip(part.items.to_dict("records"), _counts(tree, part), strict=True)
    return [words.hover(row, counts, names) for row, counts in each]


def _counts(tree: Tree, part: Drawn) -> list[list[dict[str, float]]]:
    """What is known of each item under each run, as `words.hover` wants it."""
    x, y, n = part.drawing.x, part.drawing.y, tree.n
    new = np.where(part.items["stub"].to_numpy()[:, None], np.nan, unseen(tree)[part.items["node"]])
    known = {"x": x, "y": y, "n": np.broadcast_to(n, x.shape), "unseen": new, **node_quantities(x, y, n)}
    return [
        [{name: float(values[item, run]) for name, values in known.items()} for run in range(len(n))]
        for item in range(len(x))
    ]


def sentences(found: Grown, part: Drawn, names: Sequence[str], *, q: float, epsilon: float, split_half: bool,
              state: Grown | None = None) -> list[str]:  # fmt: skip
    """Return how far the claims of single paths go, what hangs on the level, and where the first two runs part most.

    state: the same tree merged by state, where that is another level that the problem has.
    """
    shown, sole = int((part.items["evidence"] != "").sum()), int((found.evidence["only"] >= 0).sum())
    said = [
        words.evidence_in_words(found.evidence, found.tree.n, q, epsilon, split_half),
        f"{shown:,} of these {sole:,} are drawn, the others folded." if shown < sole else "",
        "" if state is None else words.state_in_words(found.nulls[0], state.nulls[0]),
        _parting_in_words(found, part, names),
    ]
    return [sentence for sentence in said if sentence]


def _parting_in_words(found: Grown, part: Drawn, names: Sequence[str]) -> str:
    """Where the first two runs part most."""
    if found.parting is None:
        return ""
    at: list[Any] = part.items.loc[part.items["key"] == str(found.parting), "label"].tolist()
    return words.parting_in_words(names, found.fork, None if found.parting == ROOT else (at or [""])[0])
