"""Which correct paths only one model took, and how sure that is: never more than what the samples bear.

A correct path class is a path that ended in a correct answer; its count is how many samples did so. What is said of one
grows by level: seen (only one run's samples hold it), supported (an exact test, kept in check over all classes),
epsilon (besides, the other's share is below ε). What tests compare is one run against all others taken together.
Beside these stands blocked: the samplers of all others close every text that was seen of it, which no test shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.statistics.intervals import exact_upper
from backend.statistics.significance import benjamini_hochberg, fisher_more, ratio_bound
from backend.trees.build import Tree

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SEEN, SUPPORTED, EPSILON, BLOCKED = "seen", "supported", "epsilon", "blocked"
FDR = 0.1
SMALLEST_SHARE = 1 / 1024
SPLITS_COUNTED = 20_000
DRAWS = 2_000
NEVER = 1e-9
"""A class this unlikely to fall to one run alone is not followed when labels are drawn."""


@dataclass(frozen=True, kw_only=True)
class LabelNull:
    """How many classes one run alone holds, and how many it would if the models were the same."""

    run: str
    seen_only: int
    expected: float
    """The mean when the labels of the problem's samples are dealt out anew; exact."""
    p: float
    """The chance that so dealt at least as many classes fall to this run alone; NaN where the others drew nothing."""


def path_classes(tree: Tree) -> Integers:
    """Return the leaves of the correct path classes, by node id."""
    return np.flatnonzero((tree.nodes["verdict"] == "correct").to_numpy())


def walks_of_classes(tree: Tree) -> pd.DataFrame:
    """Return one row a sample that took a path class: run (its place), sample_index, row (in `path_classes`)."""
    leaves = path_classes(tree)
    place = np.full(len(tree.nodes), -1)
    place[leaves] = np.arange(len(leaves))
    row = place[tree.walks["node"].to_numpy(dtype=np.int64)]
    taken: pd.DataFrame = tree.walks[["run", "sample_index"]].assign(row=row)
    return taken[taken["row"] >= 0]


def sole_run(counts: Integers, n: Integers) -> Integers:
    """Return the run whose samples alone are counted, −1 where several or none are, or where no other run drew.

    counts: shape (rows, runs); n: draws of each run, of the same shape or shape (runs,).
    """
    here = counts > 0
    others_drew = np.broadcast_to(np.sum(n, axis=-1, keepdims=True) - n, counts.shape) > 0
    sole = (here.sum(axis=1) == 1) & (here & others_drew).any(axis=1)
    return np.where(sole, here.argmax(axis=1), -1)


def class_evidence(
    counts: Integers, n: Integers, *, q: float = FDR, epsilon: float = SMALLEST_SHARE, chosen: Integers | None = None
) -> pd.DataFrame:
    """Return what the counts say of each class, one row a class.

    counts: shape (classes, runs); n: draws, of the same shape or (runs,). chosen: the run that each class is claimed
    for, −1 for no claim, found in other samples than these; None: found in these, and then every run is tested for
    every class. Columns: only (the sole run's place, −1: none), favoured (the run that the test is for), p (Fisher's
    exact one-sided), q (Benjamini and Hochberg's over all classes and runs that could be significant; NaN: could not
    be), ratio_low (95 % lower bound of the ratio of shares), upper (95 % upper bound of the others' share), evidence
    (seen, supported, epsilon or "").

    Totals only grow towards the root, so that a class which could be significant has parents which could: a child is
    never tested where its parent's edge was not. Source of the filter: Tarone 1990, Gilbert 2005.
    """
    drawn = np.broadcast_to(np.asarray(n, dtype=np.int64), counts.shape)
    rest, rest_n = counts.sum(axis=1, keepdims=True) - counts, drawn.sum(axis=1, keepdims=True) - drawn
    p = fisher_more(counts, drawn, rest, rest_n).reshape(counts.shape)
    only = sole_run(counts, drawn) if chosen is None else chosen
    if chosen is not None:
        p = np.where(np.arange(counts.shape[1]) == chosen[:, None], p, np.nan)
    adjusted = _adjusted(p, _least(counts, drawn), q)
    rows, favoured = np.arange(len(counts)), np.where(only >= 0, only, _smallest(p))
    upper = exact_upper(rest[rows, favoured], rest_n[rows, favoured])
    found = pd.DataFrame({"only": only, "favoured": favoured, "p": p[rows, favoured], "q": adjusted[rows, favoured]})
    sides = zip(*(a[rows, favoured].tolist() for a in (counts, drawn, rest, rest_n)), strict=True)
    found["ratio_low"] = np.array(
        [ratio_bound(*side) if side[1] and side[3] else np.nan for side in sides], dtype=float
    )
    found["upper"] = upper
    supported = (found["only"] >= 0) & (found["q"] <= q)
    found["evidence"] = np.select(
        [supported & (found["upper"] < epsilon), supported, found["only"] >= 0], [EPSILON, SUPPORTED, SEEN], ""
    )
    return found


def tree_evidence(
    tree: Tree,
    *,
    q: float = FDR,
    epsilon: float = SMALLEST_SHARE,
    split_half: bool = False,
    seed: int = 0,
    closed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return `class_evidence` of a tree's classes, in the order of `path_classes`; by halves where that is asked.

    closed: what `shut_classes` asks for; where a class is blocked, its evidence says so.
    """
    if split_half:
        found = split_evidence(tree, seed=seed, q=q, epsilon=epsilon)
    else:
        found = class_evidence(tree.x[path_classes(tree)], tree.n, q=q, epsilon=epsilon)
    return found if closed is None or closed.empty else with_blocked(found, blocked_classes(tree, closed))


def with_blocked(found: pd.DataFrame, blocked: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return what is said of each class, blocked where one run alone took it and it is blocked for the others."""
    return found.assign(evidence=found["evidence"].mask(blocked & (found["only"] >= 0).to_numpy(), BLOCKED))


def blocked_classes(tree: Tree, closed: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return `shut_classes` of a tree's classes, in the order of `path_classes`. closed: of this one problem."""
    return shut_classes(tree.x[path_classes(tree)], tree.n, tree.runs, walks_of_classes(tree), closed)


def shut_classes(
    counts: Integers, n: Integers, runs: Sequence[str], taken: pd.DataFrame, closed: pd.DataFrame
) -> npt.NDArray[np.bool_]:
    """Tell of each path class whether every sample that took it is closed to every other run that drew.

    counts, n: as `class_evidence` takes them; taken: one row a sample that took a class: row (the class's), run (its
    place in `runs`), sample_index, and problem where there are several; closed: one row a sample and other run: run,
    sample_index, problem, under (the other run), closed. A class of which one sample is not known to be closed is not
    blocked: texts that were not seen may be open, and so may those not read.
    """
    drew = np.broadcast_to(n, counts.shape) > 0
    pairs = counts.sum(axis=1) * (drew.sum(axis=1) - 1)
    places = pd.Index(list(runs))
    shut = closed[closed["closed"].astype(bool) & closed["run"].isin(places) & closed["under"].isin(places)]
    shut = shut.assign(**{side: places.get_indexer(pd.Index(shut[side])) for side in ("run", "under")})
    same = [name for name in ("problem", "run", "sample_index") if name in taken]
    whole = {"run": np.int64, "sample_index": np.int64}
    found = taken.astype(whole).merge(shut[[*same, "under"]].drop_duplicates().astype(whole), on=same)
    row, under = found["row"].to_numpy(dtype=np.int64), found["under"].to_numpy(dtype=np.int64)
    row = row[drew[row, under] & (under != found["run"].to_numpy())]
    return np.asarray((pairs > 0) & (np.bincount(row, minlength=len(counts)) == pairs))


def label_null(counts: Integers, n: Integers, runs: tuple[str, ...], *, seed: int = 0) -> list[LabelNull]:
    """Deal the labels of one problem's samples out anew, and count the correct classes that fall to each run alone.

    counts: shape (classes, runs); n: draws of each run. All splits are counted where there are at most 20,000, else
    2,000 seeded ones are drawn, the seen one among them.
    """
    totals, everything, sole = counts.sum(axis=1), int(n.sum()), sole_run(counts, n)
    found = []
    for place, run in enumerate(runs):
        mine, seen = int(n[place]), int((sole == place).sum())
        if not mine or mine == everything:
            found.append(LabelNull(run=run, seen_only=seen, expected=float("nan"), p=float("nan")))
            continue
        if comb(everything, mine) <= SPLITS_COUNTED:
            p = _counted(totals, mine, everything, seen)
        else:
            dealt = dealt_alone(totals, mine, everything, seed=seed)
            p = float((1 + (dealt >= seen).sum()) / (1 + len(dealt)))
        expected = float(alone_chance(totals, mine, everything).sum())
        found.append(LabelNull(run=run, seen_only=seen, expected=expected, p=p))
    return found


def alone_chance(totals: Integers, mine: int, everything: int) -> Floats:
    """Return the chance that all samples of a class fall to one run, which holds `mine` of `everything`."""
    most = int(totals.max(initial=0))
    steps = np.maximum(mine - np.arange(most), 0) / np.maximum(everything - np.arange(most), 1)
    return np.asarray(np.r_[1.0, np.cumprod(steps)][totals])


def dealt_alone(
    totals: Integers, mine: int, everything: int, *, seed: int | Sequence[int], draws: int = DRAWS
) -> Integers:
    """Return, for each draw of labels, how many classes fell wholly to the run that holds `mine` of `everything`."""
    followed = totals[(totals > 1) & (alone_chance(totals, mine, everything) >= NEVER)]
    single = int((totals == 1).sum())
    colours = np.r_[single, followed, everything - single - followed.sum()]
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(colours, mine, size=draws, method="marginals")
    return np.asarray(dealt[:, 0] + (dealt[:, 1:-1] == followed).sum(axis=1))


def _counted(totals: Integers, mine: int, everything: int, seen: int) -> float:
    """Return the exact chance that `seen` or more classes fall to one run alone, by counting the splits."""
    ways = {(0, 0): 1}
    for total in totals.tolist():
        further: dict[tuple[int, int], int] = {}
        for (used, alone), many in ways.items():
            for taken in range(total + 1):
                place = (used + taken, alone + (taken == total))
                further[place] = further.get(place, 0) + many * comb(total, taken)
        ways = further
    rest = everything - int(totals.sum())
    hits = sum(many * comb(rest, mine - used) for (used, alone), many in ways.items() if seen <= alone and used <= mine)
    return hits / comb(everything, mine)


def _least(counts: Integers, n: Integers) -> Floats:
    """Return the least p that a class's total could have given each run."""
    total, everything = counts.sum(axis=1, keepdims=True), n.sum(axis=1, keepdims=True)
    most = np.minimum(total, n)
    return fisher_more(most, n, total - most, everything - n).reshape(counts.shape)


def _adjusted(p: Floats, least: Floats, q: float) -> Floats:
    """Return q of each p whose hypothesis could be rejected at all, NaN of the others."""
    known = ~np.isnan(p)
    attainable = np.sort(least[known])
    family = 1
    while family < attainable.size and np.searchsorted(attainable, q / family, side="right") > family:
        family += 1
    tested = known & (least <= q / family)
    return benjamini_hochberg(np.where(tested, p, np.nan).ravel()).reshape(p.shape)


def _smallest(p: Floats) -> Integers:
    return np.asarray(np.where(np.isnan(p), np.inf, p).argmin(axis=1))


def split_evidence(tree: Tree, *, seed: int = 0, q: float = FDR, epsilon: float = SMALLEST_SHARE) -> pd.DataFrame:
    """Return `class_evidence` by halves: classes that a random half of the samples hold for one run only, tested on the
    other half, so that what was found by looking is not tested by what was looked at.

    One row a class, in the order of `path_classes`. Seen is still said of all samples: only and evidence are of classes
    that one run alone holds in both halves together; those not found in the first half are not tested (p is NaN).
    """
    walks, leaves = tree.walks, path_classes(tree)
    rng, looked = np.random.default_rng(seed), np.zeros(len(walks), dtype=bool)
    for run in range(len(tree.runs)):
        rows = np.flatnonzero(walks["run"] == run)
        looked[rng.permutation(rows)[: len(rows) // 2]] = True
    place = np.full(len(tree.nodes), -1)
    place[leaves] = np.arange(len(leaves))
    counts = np.zeros((2, len(leaves), len(tree.runs)), dtype=np.int64)
    of_walk = place[walks["node"].to_numpy()]
    held = of_walk >= 0
    np.add.at(counts, (looked[held].astype(int), of_walk[held], walks["run"].to_numpy()[held]), 1)
    n = np.stack([np.bincount(walks["run"][looked == half], minlength=len(tree.runs)) for half in (False, True)])
    chosen, sole = sole_run(counts[1], n[1]), sole_run(tree.x[leaves], tree.n)
    found = class_evidence(counts[0], n[0], q=q, epsilon=epsilon, chosen=chosen)
    tested = (sole >= 0) & (sole == chosen)
    said = np.select([tested & (found["evidence"] != "").to_numpy(), sole >= 0], [found["evidence"], SEEN], "")
    bounds = {name: found[name].where(tested) for name in ("p", "q", "ratio_low", "upper")}
    return found.assign(only=sole, favoured=np.where(sole >= 0, sole, found["favoured"]), evidence=said, **bounds)
