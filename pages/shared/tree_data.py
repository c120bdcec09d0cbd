"""What the Tree page shows of a sample tree, made of what the store answers; kept by `cache`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.figures import run_styles
from backend.store import queries
from backend.store.database import Store
from backend.store.sample_trees import sample_tree
from backend.trees import evidence
from backend.trees.build import ROOT, Tree
from backend.trees.drawing import Drawing, ancestors, drawing, samples_through, steps_shared
from backend.trees.evidence import LabelNull, label_null, path_classes, tree_evidence
from backend.trees.merge import Level
from backend.trees.quantities import fork_scores
from pages.shared import tree_words

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
    """The tree of `runs` on one problem, with its evidence and the null of each run."""
    tree = sample_tree(held, problem, runs, Level(level))
    said = _claimed(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed)
    forks = fork_scores(tree) if len(runs) > 1 else np.zeros(1)
    most = int(forks.argmax())
    return Grown(
        tree=tree, evidence=said, nulls=label_null(tree.x[said["leaf"]], tree.n, runs, seed=seed),
        parting=most if forks[most] > 0 else None, fork=float(forks[most]),
    )  # fmt: skip


def _claimed(tree: Tree, *, q: float, epsilon: float, split_half: bool, seed: int) -> pd.DataFrame:
    """What is claimed of each path class, with its leaf."""
    said = tree_evidence(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed)
    return said.assign(leaf=path_classes(tree))


def wanted_leaves(tree: Tree, said: pd.DataFrame, shown: str) -> list[int] | None:
    """The leaves whose paths are shown; None for no filter."""
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

    def of_walk(self, way: list[int]) -> list[int]:
        """The items that a walk through these nodes passes, a stub where it goes on folded."""
        by_node = dict(zip(self.items["key"], self.items["item"], strict=True))
        passed = [int(by_node[str(node)]) for node in way if str(node) in by_node]
        last = self.items["node"][passed[-1]] if passed else ROOT
        stub = by_node.get(f"+{last}")
        return passed if stub is None or last == way[-1] else [*passed, int(stub)]


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
    """What is drawn of a tree and what is said of each item."""
    tree = sample_tree(held, problem, runs, Level(level))
    said = _claimed(tree, q=q, epsilon=epsilon, split_half=split_half, seed=seed)
    laid = drawing(tree, said, most=most, opened=opened, wanted=wanted_leaves(tree, said, shown), picked=picked)
    return Drawn(drawing=laid, items=_described(tree, said, laid))


def _described(tree: Tree, claimed: pd.DataFrame, laid: Drawing) -> pd.DataFrame:
    """The items with label, verdict, evidence, hover and key."""
    items, nodes = laid.items, tree.nodes
    ends, labels = items["leaf"].to_numpy(), nodes["label"].tolist()
    rows = items["node"].to_numpy()
    said = claimed.set_index("leaf").reindex(np.where(ends, rows, -1))
    described = items.assign(
        label=[tree_words.label(labels[edge]) if edge >= 0 else "" for edge in items["edge"].tolist()],
        verdict=np.where(ends, nodes["verdict"].to_numpy()[rows], ""),
        answer=np.where(ends, nodes["answer"].to_numpy()[rows], ""),
        evidence=said["evidence"].fillna("").to_numpy(),
        only=said["only"].fillna(-1).astype(int).to_numpy(),
        key=[f"+{node}" if stub else str(node) for node, stub in zip(rows, items["stub"], strict=True)],
    )
    return described.assign(p=said["p"].to_numpy(), q=said["q"].to_numpy(), ratio_low=said["ratio_low"].to_numpy(),
                            upper=said["upper"].to_numpy())  # fmt: skip


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
    """The nodes that one sample passed, from the root to its leaf; none where it is not in the tree."""
    tree = sample_tree(held, problem, runs, Level(level))
    row = tree.walks[(tree.walks["run"] == runs.index(run)) & (tree.walks["sample_index"] == sample_index)]
    return ancestors(tree, int(row["node"].iloc[0])) if len(row) else []


def run_colours(held: Store, runs: tuple[str, ...]) -> tuple[str, ...]:
    """The colour of each of `runs` beside the others."""
    about = queries.runs(held).set_index("run").loc[list(runs)].reset_index()
    styles = run_styles(about)
    return tuple(styles[run].colour for run in runs)
