"""The correct paths of a whole benchmark: which only one run took, how surely, and how many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.trees.build import ROOT, UNCOUNTED, Tree
from backend.trees.evidence import (
    DRAWS,
    FDR,
    SMALLEST_SHARE,
    LabelNull,
    alone_chance,
    class_evidence,
    dealt_alone,
    path_classes,
    shut_classes,
    sole_run,
    walks_of_classes,
    with_blocked,
)

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CLASSES = ("problem", "path", "steps", "answer", "run", "sample_index")


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The correct path classes of many problems."""

    runs: tuple[str, ...]
    classes: pd.DataFrame
    """One row a class: problem, path (its number within the problem), steps (NaN where only one text took it, which
    was then not read to its end), answer, run and sample_index of one sample that took it."""
    counts: Integers
    """Samples that took each class, of shape (classes, runs)."""
    problems: pd.DataFrame
    """One row a problem: problem, and c, the correct draws over all runs."""
    n: Integers
    """Draws of each problem, of shape (problems, runs)."""
    taken: pd.DataFrame
    """One row a correct sample: row (its class's in `classes`), run (its place in `runs`), sample_index."""

    @property
    def n_of_class(self) -> Integers:
        """Draws of each class's problem, of shape (classes, runs)."""
        place = pd.Index(self.problems["problem"]).get_indexer(pd.Index(self.classes["problem"]))
        return np.asarray(self.n[place])


def gathered(
    trees: Iterable[tuple[str, Tree]], runs: tuple[str, ...], n: Mapping[str, Integers] | None = None
) -> Paths:
    """Return the correct paths of these trees, one a problem, all of the same runs; each tree is needed only once.

    n: draws of each run in each problem, where the trees hold the correct ones only.
    """
    tables, counts, problems, draws = [], [np.zeros((0, len(runs)), dtype=np.int64)], list[tuple[str, int]](), []
    taken, before = [pd.DataFrame(columns=["run", "sample_index", "row"], dtype=np.int64)], 0
    for problem, tree in trees:
        leaves = path_classes(tree)
        tables.append(_classes(problem, tree, leaves))
        counts.append(tree.x[leaves])
        problems.append((problem, int(tree.y[ROOT].sum())))
        draws.append(tree.n if n is None else n[problem])
        own = walks_of_classes(tree)
        taken.append(own.assign(row=own["row"] + before))
        before += len(leaves)
    return Paths(
        runs=runs,
        classes=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(CLASSES)),
        counts=np.concatenate(counts),
        problems=pd.DataFrame(problems, columns=["problem", "c"]),
        n=np.stack(draws) if draws else counts[0],
        taken=pd.concat(taken, ignore_index=True),
    )


def _classes(problem: str, tree: Tree, leaves: Integers) -> pd.DataFrame:
    """Return the rows of `Paths.classes` of one tree."""
    rows = tree.nodes.iloc[leaves]
    walks = tree.walks.iloc[rows["walk"].to_numpy()]
    steps = tree.nodes["depth"].replace(UNCOUNTED, np.nan).to_numpy()[rows["parent"].to_numpy()]
    columns: tuple[Any, ...] = (
        problem, np.arange(1, len(leaves) + 1), steps, rows["answer"].to_numpy(),
        [tree.runs[r] for r in walks["run"]], walks["sample_index"].to_numpy(),
    )  # fmt: skip
    return pd.DataFrame(dict(zip(CLASSES, columns, strict=True)), index=range(len(leaves)))


def blocked_paths(paths: Paths, closed: pd.DataFrame) -> Flags | None:
    """Tell of each class whether it is blocked (`evidence.shut_classes`); None where no sample was read."""
    if closed.empty:
        return None
    taken = paths.taken.assign(problem=paths.classes["problem"].to_numpy()[paths.taken["row"]])
    return shut_classes(paths.counts, paths.n_of_class, paths.runs, taken, closed)


def sole_paths(
    paths: Paths, blocked: Flags | None = None, *, q: float = FDR, epsilon: float = SMALLEST_SHARE
) -> pd.DataFrame:
    """Return the classes that one run alone took, the surest first: the columns of `classes`, those of
    `class_evidence` with only as the run's name, x and n of that run, and others_n.

    blocked: what `blocked_paths` tells; where a class is blocked, its evidence says so. q is over all classes of all
    problems.
    """
    said = class_evidence(paths.counts, paths.n_of_class, q=q, epsilon=epsilon)
    if blocked is not None:
        said = with_blocked(said, blocked)
    found = pd.concat([paths.classes, said], axis=1)
    here = (found["only"] >= 0).to_numpy()
    run = found["only"].to_numpy(dtype=np.int64)[here]
    rows = np.flatnonzero(here)
    n = paths.n_of_class
    found = found[here].assign(
        only=[paths.runs[r] for r in run], x=paths.counts[rows, run], n=n[rows, run],
        others_n=n[rows].sum(axis=1) - n[rows, run],
    )  # fmt: skip
    order = ["p", "ratio_low", "problem", "path"]
    return found.drop(columns="favoured").sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def label_null_of_all(paths: Paths, *, seed: int = 0) -> list[LabelNull]:
    """Return, for each run, how many classes it alone took over all problems, against labels dealt out anew within
    each problem; p from 2,000 seeded draws, the seen one among them.
    """
    sole = sole_run(paths.counts, paths.n_of_class)
    groups = paths.classes.groupby("problem", sort=False).indices
    totals = {p: paths.counts[rows].sum(axis=1) for p, rows in groups.items()}
    found = []
    for place, run in enumerate(paths.runs):
        dealt, expected = np.zeros(DRAWS, dtype=np.int64), 0.0
        for at, (problem, n) in enumerate(zip(paths.problems["problem"], paths.n, strict=True)):
            mine, everything = int(n[place]), int(n.sum())
            if problem in totals and 0 < mine < everything:
                dealt += dealt_alone(totals[problem], mine, everything, seed=[seed, at, place])
                expected += float(alone_chance(totals[problem], mine, everything).sum())
        seen = int((sole == place).sum())
        p = float((1 + (dealt >= seen).sum()) / (1 + DRAWS))
        found.append(LabelNull(run=run, seen_only=seen, expected=expected, p=p))
    return found


def path_counts(paths: Paths, run: str) -> pd.DataFrame:
    """Return what paths@k needs of one run, one row a problem: problem, n, c, paths (samples that took each distinct
    correct path).
    """
    place = paths.runs.index(run)
    taken: dict[str, list[int]] = {problem: [] for problem in paths.problems["problem"]}
    for problem, count in zip(paths.classes["problem"], paths.counts[:, place].tolist(), strict=True):
        if count:
            taken[problem].append(count)
    return pd.DataFrame(
        {"problem": list(taken), "n": paths.n[:, place], "c": [sum(v) for v in taken.values()],
         "paths": list(taken.values())}
    )  # fmt: skip


def class_counts(paths: Paths, base: str, rlvr: str) -> pd.DataFrame:
    """Return two runs' counts of each class as the solved table wants them of problems: n_base, c_base, n_rlvr, c_rlvr.

    With it, a path class takes the place of a problem: which paths one run keeps of the other's at a common budget.
    """
    one, two = paths.runs.index(base), paths.runs.index(rlvr)
    n = paths.n_of_class
    drawn = (n[:, one] > 0) & (n[:, two] > 0) & (paths.counts[:, [one, two]].sum(axis=1) > 0)
    return pd.DataFrame(
        {"n_base": n[drawn, one], "c_base": paths.counts[drawn, one], "n_rlvr": n[drawn, two],
         "c_rlvr": paths.counts[drawn, two]}
    )  # fmt: skip
