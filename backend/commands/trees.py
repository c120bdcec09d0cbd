"""Commands about the paths that models take through problems."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from backend.background import Tell
from backend.commands.plain import Plain, plain, records
from backend.comparison.boundary import self_null, solved_table
from backend.comparison.counts import k_grid, smallest_n
from backend.comparison.difference import smallest_budget
from backend.comparison.metrics import metric_curve
from backend.errors import BadInput
from backend.statistics.intervals import draws_needed
from backend.store import queries
from backend.store.database import Store
from backend.store.sample_trees import benchmark_of, benchmark_paths, sample_tree, stated_problem, tree_texts
from backend.store.scores import blocked_now, closed_samples
from backend.store.walks import walks
from backend.trees.audit import merge_audit, sensitivity
from backend.trees.build import ROOT, Tree
from backend.trees.evidence import (
    SMALLEST_SHARE,
    LabelNull,
    label_null,
    path_classes,
    tree_evidence,
)
from backend.trees.listing import step_nodes
from backend.trees.merge import Level
from backend.trees.paths import Paths, class_counts, label_null_of_all, path_counts, sole_paths


def tree(
    store: Store,
    problem: str,
    runs: Sequence[str],
    *,
    benchmark: str | None = None,
    level: str = Level.NORMALISED,
    q: float = 0.1,
    epsilon: float = SMALLEST_SHARE,
    split_half: bool = False,
    seed: int = 0,
) -> dict[str, Plain]:
    """Tell the tree of two to four runs on one problem, one node a step, with what is known of its correct paths.

    split_half: find the classes of one run alone in one half of the samples and test them on the other.
    """
    _check(q, epsilon)
    keys, wanted = _runs_on(store, runs, benchmark), _level(level)
    grown = sample_tree(store, problem, keys, wanted)
    closed = closed_samples(store, keys, problem)
    evidence = tree_evidence(grown, q=q, epsilon=epsilon, split_half=split_half, seed=seed, closed=closed)
    nulls = label_null(grown.x[path_classes(grown)], grown.n, tuple(runs), seed=seed)
    stated, texts = stated_problem(store, problem, keys), tree_texts(store, problem, grown)
    return {
        "level": str(wanted),
        "nodes": step_nodes(grown, stated, texts, evidence, tuple(runs)),
        "headline": _headline(nulls),
        "by_run": _by_run(grown, runs, nulls),
        "epsilon": epsilon,
        "draws_needed": draws_needed(epsilon),
        "split_half": split_half,
    }


def _headline(nulls: Sequence[LabelNull]) -> dict[str, Plain]:
    """Return what the samples hold of each run alone, and what chance would have left the first run."""
    first = plain(asdict(nulls[0]))
    return {"seen_only": {n.run: n.seen_only for n in nulls}, "expected": first["expected"], "p": first["p"]}


def _by_run(grown: Tree, runs: Sequence[str], nulls: Sequence[LabelNull]) -> list[dict[str, Plain]]:
    """Return, for each run, what is in the tree, what is not, and its null."""
    rows = records(grown.left_out)
    draws = zip(grown.n.tolist(), grown.y[ROOT].tolist(), strict=True)
    return [
        {**plain(asdict(null)), "n": n, "c": c, **{k: v for k, v in row.items() if k != "run"}, "run": name}
        for name, row, null, (n, c) in zip(runs, rows, nulls, draws, strict=True)
    ]


def paths(
    store: Store,
    runs: Sequence[str],
    *,
    benchmark: str | None = None,
    level: str = Level.NORMALISED,
    q: float = 0.1,
    epsilon: float = SMALLEST_SHARE,
    m: int | None = None,
    limit: int = 1_000,
    offset: int = 0,
    seed: int = 0,
    progress: Tell | None = None,
) -> dict[str, Plain]:
    """Tell the correct paths that only one run took over a benchmark, the surest first, with a null over all problems.

    m: the budget of path retention, by default half the smallest n; limit and offset page the paths.
    """
    _check(q, epsilon)
    keys, wanted = _runs_on(store, runs, benchmark), _level(level)
    told = None if progress is None else lambda done, of: progress("problems", done, of, 0)
    found = benchmark_paths(store, keys, wanted, told)
    names = dict(zip(keys, runs, strict=True))
    sole = sole_paths(found, blocked_now(store, found), q=q, epsilon=epsilon).replace({"only": names, "run": names})
    nulls = label_null_of_all(found, seed=seed)
    return {
        "level": str(wanted),
        "total": len(sole),
        "paths": records(sole.iloc[offset : offset + limit]),
        "headline": _headline([LabelNull(**{**asdict(null), "run": names[null.run]}) for null in nulls]),
        "by_run": [{**plain(asdict(null)), "run": names[null.run]} for null in nulls],
        "problems": int(((found.n > 0).sum(axis=1) > 1).sum()),
        "classes": len(found.classes),
        "paths_at_k": _curves(found, names),
        "retention": retention(found, names, m),
        "epsilon": epsilon,
        "draws_needed": draws_needed(epsilon),
    }


def _curves(found: Paths, names: dict[str, str]) -> list[dict[str, Plain]]:
    """Return paths@k of each run."""
    rows = []
    for key, name in names.items():
        counts = path_counts(found, key)
        if (counts["n"] > 0).any():
            points = metric_curve(counts, k_grid(smallest_n(counts)), metric="paths_at_k")
            rows += [{"run": name, **row} for row in records(points)]
    return rows


def retention(found: Paths, names: dict[str, str], m: int | None = None) -> list[dict[str, Plain]]:
    """Return the solved table with path classes in the place of problems, of the first run against each other one.

    names: what each run is called, by key; m: the budget, None for half the smallest n. first_rerun and second_rerun
    are how many of its paths a rerun of that run would not take within m samples; None beyond half the smallest n.
    """
    first, *others = names
    rows = []
    for other in others:
        counts = class_counts(found, first, other)
        most = smallest_budget(counts)
        budget = max(1, most // 2) if m is None else m
        if counts.empty:
            continue
        if not 1 <= budget <= most:
            raise BadInput(f"m is {budget}.", f"m must lie between 1 and the smallest n, {most}.")
        table = solved_table(counts, budget)
        sides = {"both": table.both, "first_only": table.base_only, "second_only": table.rlvr_only}
        for side, own in (("first_rerun", "base"), ("second_rerun", "rlvr")):
            sides[side] = self_null(counts[f"n_{own}"], counts[f"c_{own}"], budget)
        rates: dict[str, Any] = {"srr": table.srr, "ndr": table.ndr, "sds": table.sds, "nscr": table.nscr}
        rows.append({"first": names[first], "second": names[other], "m": budget, **plain({**sides, **rates})})
    return rows


def audit(
    store: Store,
    problem: str,
    runs: Sequence[str],
    *,
    benchmark: str | None = None,
    level: str = Level.NORMALISED,
    pairs: int = 10,
    seed: int = 0,
) -> list[dict[str, Plain]]:
    """List pairs of steps that a level merged, and of siblings that it only just kept apart."""
    keys = _runs_on(store, runs, benchmark)
    stated = stated_problem(store, problem, keys)
    return records(merge_audit(walks(store, problem, keys), stated, _level(level), pairs=pairs, seed=seed))


def sensitivities(
    store: Store, problem: str, runs: Sequence[str], *, benchmark: str | None = None
) -> list[dict[str, Plain]]:
    """List how many correct path classes there are, and how many of one run alone, at each level and threshold."""
    keys = _runs_on(store, runs, benchmark)
    found: pd.DataFrame = sensitivity(walks(store, problem, keys), stated_problem(store, problem, keys), keys)
    return records(found.replace({"run": dict(zip(keys, runs, strict=True))}))


def _runs_on(store: Store, runs: Sequence[str], benchmark: str | None) -> list[str]:
    """Return the keys of these runs, all on one benchmark, and on this one where it is named."""
    keys = [queries.find_run(store, words) for words in runs]
    found = benchmark_of(store, keys)
    if benchmark is not None and benchmark != found:
        raise BadInput(f"The runs are on {found}, not on {benchmark}.", "Name runs on that benchmark.")
    return keys


def _level(words: str) -> Level:
    if words not in list(Level):
        raise BadInput(f"There is no level {words}.", f"Name one of {', '.join(Level)}.")
    return Level(words)


def _check(q: float, epsilon: float) -> None:
    if not 0 < q < 1 or not 0 < epsilon < 1:
        raise BadInput(f"q is {q:g} and epsilon {epsilon:g}.", "Both lie between 0 and 1, like 0.1 and 0.001.")
