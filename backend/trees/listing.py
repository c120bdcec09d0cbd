"""A tree written out: one row a step, leaves under the last steps; and which text stands for which edge."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from backend.records import Problem
from backend.trees.build import Tree
from backend.trees.evidence import path_classes, sole_run
from backend.trees.merge import reading

Node = dict[str, Any]


def texts_wanted(tree: Tree) -> list[int]:
    """Return the walks whose texts stand for the edges: all that is to be read to write the tree out."""
    edges = tree.nodes[~tree.nodes["leaf"] & (tree.nodes["walk"] >= 0)]
    return sorted({int(walk) for walk in edges["walk"]})


def step_nodes(
    tree: Tree, problem: Problem, texts: Mapping[int, str], evidence: pd.DataFrame, names: tuple[str, ...]
) -> list[Node]:
    """Return the tree with one node a step, parents before children: what the command `tree` tells.

    texts: the completions of `texts_wanted`, by walk; evidence: of each path class, in the order of `path_classes`;
    names: what the runs are called here. Under the last step of a path stands a leaf for each verdict and answer.
    """
    read, ends = reading(tree.level, problem), dict[int, list[int]]()
    told, out, last = _told(tree, evidence, names), list[Node](), list[tuple[int, int]]()
    columns = zip(*(tree.nodes[c].tolist() for c in ("parent", "leaf", "walk", "start", "end")), strict=True)
    for (parent, leaf, walk, start, end), facts in zip(columns, told, strict=True):
        above, depth = last[parent] if parent >= 0 else (None, -1)
        if parent < 0 or leaf:
            out.append({"id": len(out), "parent": above, "step": None, "depth": depth + 1, "leaf": leaf, **facts})
        else:
            if walk not in ends:
                ends[walk] = [step.end for step in read(texts[walk])]
            for begin, stop in _within(ends[walk], start, end):
                place = {"id": len(out), "parent": above, "step": texts[walk][begin:stop]}
                depth, above = depth + 1, len(out)
                out.append({**place, "depth": depth, "leaf": False, **facts})
        last.append((len(out) - 1, depth if not leaf and parent >= 0 else depth + 1))
    return out


def _within(ends: list[int], start: int, end: int) -> list[tuple[int, int]]:
    inside = [offset for offset in ends if start < offset <= end]
    return list(zip([start, *inside[:-1]], inside, strict=True)) if inside else []


def _told(tree: Tree, evidence: pd.DataFrame, names: tuple[str, ...]) -> Iterator[Node]:
    """Yield what is told of each node besides its place: counts, the sole run, evidence."""
    sole = sole_run(tree.x, tree.n)
    of_leaf = dict(zip(path_classes(tree).tolist(), evidence.to_dict("records"), strict=True))
    said = zip(tree.nodes["leaf"].tolist(), tree.nodes["verdict"].tolist(), tree.nodes["answer"].tolist(), strict=True)
    counts = zip(tree.x.tolist(), tree.y.tolist(), strict=True)
    for node, ((leaf, verdict, answer), (x, y)) in enumerate(zip(said, counts, strict=True)):
        known = of_leaf.get(node, {})
        yield {
            "answer": answer or None if leaf else None,
            "verdict": verdict if leaf else None,
            "counts": {name: {"x": a, "y": b} for name, a, b in zip(names, x, y, strict=True)},
            "only": names[sole[node]] if sole[node] >= 0 else None,
            "evidence": known.get("evidence") or None,
            "p": _number(known.get("p")),
            "q": _number(known.get("q")),
        }


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
