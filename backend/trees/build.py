"""The union tree of some runs' samples of one problem, path-compressed: who went where, and who was right there.

Built from the root down, as a radix sort by leading digit would: the samples at a node are parted by their next step,
and a sample that is alone is read no farther. Reading thus costs as much as the samples share, and there are at most
two nodes a distinct text, whatever its length.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.records import Problem
from backend.trees.embedding import THRESHOLD, Embed, clusters, local_model
from backend.trees.merge import Level, leaf_of, reading
from backend.trees.spelling import claims, normal_step
from backend.trees.walking import Walk, led

Integers = npt.NDArray[np.int64]

DRAWN = ("correct", "incorrect", "no_answer")
ROOT = 0
TYPES = {
    "parent": int,
    "leaf": bool,
    "depth": int,
    "walk": int,
    "start": int,
    "end": int,
    "verdict": str,
    "answer": str,
    "label": str,
}
LABEL_LETTERS = 300
"""So much of an edge's text is kept with its node."""
UNCOUNTED = -1


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One problem's tree. Row numbers of `nodes`, `x` and `y` are the nodes' ids; a parent's id is the lesser."""

    level: Level
    runs: tuple[str, ...]
    nodes: pd.DataFrame
    """One row a node: parent (−1 for the root), leaf; depth (steps from the root to its end, −1 where the last edge of
    a single text was not read to its end); walk (the sample whose text stands for the edge, a row of `walks`; −1 for
    the root), start and end (offsets of the edge in that text), label (how its text begins); of leaves verdict
    (correct, incorrect, no_answer, cut) and answer (canonical; empty: none)."""
    x: Integers
    """Of shape (nodes, runs): samples that reached the node. A node's children sum up to it."""
    y: Integers
    """Of shape (nodes, runs): correct ones among them."""
    walks: pd.DataFrame
    """One row a sample in the tree: run (its place in `runs`), sample_index, node (its leaf)."""
    left_out: pd.DataFrame
    """One row a run: run, error, unscored (samples that are no draws), without_text (draws that no path is known of):
    what stands nowhere in the tree."""

    @property
    def n(self) -> Integers:
        """Draws of each run."""
        return np.asarray(self.x[ROOT])


def build_tree(
    samples: pd.DataFrame,
    problem: Problem,
    runs: Sequence[str],
    level: Level = Level.NORMALISED,
    *,
    embed: Embed | None = None,
    threshold: float = THRESHOLD,
) -> Tree:
    """Build the tree of these samples.

    samples: one row a sample: run, sample_index, completion, verdict, answer, finish_reason. Draws without text are in
    the tree at the level answer only. embed and threshold are for the level semantic. Raises BadInput where the level
    is not for this problem, or needs a model that is not installed.
    """
    told = samples["completion"].notna() | (level is Level.ANSWER)
    drawn = samples[samples["verdict"].isin(DRAWN) & told].reset_index(drop=True)
    merge = Merge(embed or local_model(), threshold) if level is Level.SEMANTIC else None
    edges, terminals = grown(drawn["completion"].tolist(), problem, level, merge)
    places = {run: place for place, run in enumerate(runs)}
    codes = np.array([places[run] for run in drawn["run"]], dtype=np.int64)
    leaves, leaf_of_sample = _leaves(drawn, terminals, len(edges))
    inner = pd.DataFrame(edges).assign(leaf=False, verdict="", answer="", label=_labels(edges, drawn["completion"]))
    nodes = pd.concat([inner, leaves], ignore_index=True).astype(TYPES)
    x, y = _counted(nodes, leaf_of_sample, codes, len(runs))
    walks = pd.DataFrame({"run": codes, "sample_index": drawn["sample_index"], "node": leaf_of_sample})
    out = left_out(samples, told, runs)
    return Tree(level=level, runs=tuple(runs), nodes=nodes, x=x, y=y, walks=walks, left_out=out)


def left_out(samples: pd.DataFrame, told: "pd.Series[bool]", runs: Sequence[str]) -> pd.DataFrame:
    """Return the samples that are not in the tree, one row a run: run, error, unscored, without_text."""
    verdicts = samples["verdict"].fillna("unscored")
    kinds = verdicts.where(~verdicts.isin(DRAWN) | told, "without_text")
    names = ("error", "unscored", "without_text")
    counted = {kind: samples["run"][kinds == kind].value_counts() for kind in names}
    return pd.DataFrame({"run": list(runs), **{k: [int(c.get(r, 0)) for r in runs] for k, c in counted.items()}})


class Merge:
    """Merges the next steps of one node by meaning: alike by embedding, and of the same claims."""

    def __init__(self, embed: Embed, threshold: float) -> None:
        self._embed = embed
        self._threshold = threshold
        self._known: dict[str, npt.NDArray[np.float64]] = {}
        self.spelt = normal_step

    def __call__(self, keys: list[Hashable]) -> list[Hashable]:
        """Return, for each key, the first key of its cluster."""
        blocks: dict[Hashable, list[str]] = {}
        for key in keys:
            blocks.setdefault(claims(str(key)), []).append(str(key))
        merged: dict[Hashable, Hashable] = {}
        for block in blocks.values():
            found = clusters(self.vectors(block), self._threshold) if len(block) > 1 else [0]
            first: dict[int, str] = {}
            merged.update({key: first.setdefault(cluster, key) for key, cluster in zip(block, found, strict=True)})
        return [merged[key] for key in keys]

    def vectors(self, keys: list[str]) -> npt.NDArray[np.float64]:
        """Return the keys' embeddings, each made once."""
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if new:
            self._known.update(zip(new, self._embed(new), strict=True))
        return np.stack([self._known[key] for key in keys])


Watch = Callable[[list[list[Walk]]], None]


class _Growing:
    """The tree so far: its edges, and how those who walk part."""

    def __init__(self, walks: list[Walk], merge: Merge | None, watch: Watch | None) -> None:
        self.walks = walks
        self.edges = [{"parent": -1, "depth": 0, "walk": -1, "start": 0, "end": 0}]
        self._merge = merge
        self._watch = watch

    def parted(self, walks: list[Walk]) -> list[list[Walk]]:
        """Part those that have a next step by its key: the largest group first."""
        groups: dict[Hashable, list[Walk]] = {}
        for walk in walks:
            if walk.next is not None:
                groups.setdefault(walk.next.key, []).append(walk)
        if self._merge is not None and len(groups) > 1:
            joined: dict[Hashable, list[Walk]] = {}
            for key, into in zip(groups, self._merge(list(groups)), strict=True):
                joined.setdefault(into, []).extend(groups[key])
            groups = joined
        ordered = sorted(groups.values(), key=len, reverse=True)
        if self._watch is not None:
            self._watch(ordered)
        return ordered


def _distinct(completions: list[str | None]) -> tuple[list[tuple[str | None, int]], Integers]:
    """Return the distinct texts with the first row of each, and the place of every row's text among them."""
    places: dict[str | None, int] = {}
    texts: list[tuple[str | None, int]] = []
    of_row = np.empty(len(completions), dtype=np.int64)
    for row, said in enumerate(completions):
        text = said if isinstance(said, str) else None
        if text not in places:
            places[text] = len(texts)
            texts.append((text, row))
        of_row[row] = places[text]
    return texts, of_row


def grown(
    completions: list[str | None], problem: Problem, level: Level, merge: Merge | None, watch: Watch | None = None
) -> tuple[list[dict[str, int]], Integers]:
    """Return the edges of the tree, one a node, and the node at which each completion ends.

    watch is shown every parting: the groups that go different ways, before they take their step.
    """
    read = reading(level, problem)
    texts, of_sample = _distinct(completions)
    growing = _Growing([Walk(text, read, row) for text, row in texts], merge, watch)
    open_ = [(ROOT, growing.parted(growing.walks))]
    while open_:
        parent, groups = open_.pop()
        for group in groups:
            open_.extend(_edge(growing, parent, group))
    return growing.edges, np.array([walk.terminal for walk in growing.walks], dtype=np.int64)[of_sample]


def _edge(growing: _Growing, parent: int, group: list[Walk]) -> Iterator[tuple[int, list[list[Walk]]]]:
    """Add the edge that this group takes, as far as it stays together; yield where and how it parts, if it does."""
    first, start, depth = group[0], group[0].at, growing.edges[parent]["depth"]
    alone, groups = len(group) == 1, [group]
    in_turn = [] if alone else led(group)
    while not alone and len(groups) == 1 and len(groups[0]) == len(group):
        for walk in in_turn:
            walk.step()
        depth += 1
        groups = growing.parted(group)
    end = len(first.text) if alone else first.at
    growing.edges.append(
        {"parent": parent, "depth": UNCOUNTED if alone else depth, "walk": first.row, "start": start, "end": end}
    )
    node = len(growing.edges) - 1
    for walk in group:
        if alone or walk.next is None:
            walk.terminal = node
    if groups and not alone:
        yield node, groups


def _labels(edges: list[dict[str, int]], completions: "pd.Series[str]") -> list[str]:
    """Return how the text of each edge begins."""
    texts = completions.to_numpy(dtype=object)
    return [
        texts[e["walk"]][e["start"] : min(e["end"], e["start"] + LABEL_LETTERS)] if e["end"] > e["start"] else ""
        for e in edges
    ]


def _leaves(drawn: pd.DataFrame, terminals: Integers, edges: int) -> tuple[pd.DataFrame, Integers]:
    """Return one row a leaf, with ids from `edges` on, and the leaf of each sample.

    Under the end of a path stands one leaf for each verdict and answer, but only one for all that is correct.
    """
    columns = (drawn[c].astype(object).where(drawn[c].notna(), None)
               for c in ("verdict", "answer", "finish_reason", "completion"))  # fmt: skip
    said = [leaf_of(*sample) for sample in zip(*columns, strict=True)]
    places: dict[tuple[int, str, str], int] = {}
    rows: list[dict[str, object]] = []
    of_sample = np.empty(len(said), dtype=np.int64)
    for at, (terminal, (verdict, answer)) in enumerate(zip(terminals.tolist(), said, strict=True)):
        place = (terminal, verdict, "" if verdict == "correct" else answer)
        if place not in places:
            places[place] = edges + len(rows)
            rows.append({"parent": terminal, "depth": UNCOUNTED, "walk": at, "start": 0, "end": 0, "leaf": True,
                         "verdict": verdict, "answer": answer, "label": ""})  # fmt: skip
        of_sample[at] = places[place]
    return pd.DataFrame(
        rows, columns=["parent", "depth", "walk", "start", "end", "leaf", "verdict", "answer", "label"]
    ), of_sample


def _counted(nodes: pd.DataFrame, leaves: Integers, codes: Integers, runs: int) -> tuple[Integers, Integers]:
    """Return x and y of every node: what its leaves hold, summed up to the root."""
    x = np.zeros((len(nodes), runs), dtype=np.int64)
    np.add.at(x, (leaves, codes), 1)
    y = np.where((nodes["verdict"] == "correct").to_numpy()[:, None], x, 0)
    parents = nodes["parent"].to_numpy(dtype=np.int64)
    for node in range(len(nodes) - 1, 0, -1):
        x[parents[node]] += x[node]
        y[parents[node]] += y[node]
    return x, y
