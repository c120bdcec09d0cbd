"""Every table that can leave the program, by name, as a file that says what its numbers are."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from backend.commands import boundary, trees
from backend.commands.leaving import OF_TREES, Leaving
from backend.comparison.describing import sizes_of_sets
from backend.comparison.many_runs import over_training
from backend.errors import BadInput
from backend.exports import overlays, problems, tables
from backend.exports.material import Asked, Material, about
from backend.exports.paths import path_points
from backend.exports.trees import shown_tree, tree_rows
from backend.published import published, published_sets
from backend.store import second_verdicts
from backend.store.scores import blocked_now
from backend.trees.paths import sole_paths


def _samples(leaving: Leaving) -> pd.DataFrame:
    shown = problems.show(leaving.store, leaving.material.benchmark, leaving.one_problem, leaving.keys)
    names = dict(zip(leaving.material.runs["run"], leaving.material.runs["name"], strict=True))
    return pd.DataFrame(problems.sample_rows(shown, names))


def _tree_rows(leaving: Leaving) -> pd.DataFrame:
    return tree_rows(leaving.store, shown_tree(leaving.store, leaving.material, leaving.one_problem, leaving.asked))


def _sole(leaving: Leaving) -> pd.DataFrame:
    blocked = blocked_now(leaving.store, leaving.paths)
    return sole_paths(leaving.paths, blocked, q=leaving.asked.q, epsilon=leaving.asked.epsilon)


def _path_points(leaving: Leaving) -> pd.DataFrame:
    return path_points(leaving.paths, leaving.material.runs).rename(columns={"value": "paths_at_k"})


def _retention(leaving: Leaving) -> pd.DataFrame:
    return pd.DataFrame(trees.retention(leaving.paths, leaving.material.labels, leaving.asked.m))


def claim_rows(told: Mapping[str, Any]) -> pd.DataFrame:
    """One row a claim and run of what the command `claims` tells; a claim without rows has one without numbers."""
    facts = ("label", "verdict", "effect", "low", "high", "unit", "against", "p", "q", "k", "problems", "sentence",
             "needed")  # fmt: skip
    return pd.DataFrame(
        [
            {"claim": number, "key": claim["key"], "statement": claim["statement"], "source": claim["source"],
             "claim_verdict": claim["verdict"], "effect_is": claim["effect_is"],
             "runs": " ".join(row.get("runs", [])), **{fact: row.get(fact) for fact in facts}}
            for number, claim in enumerate(told["claims"], start=1)
            for row in claim["rows"] or [{"verdict": claim["verdict"], "sentence": claim["sentence"]}]
        ]
    )  # fmt: skip


def _pattern_rows(leaving: Leaving) -> pd.DataFrame:
    found = boundary.solved(leaving.store, leaving.keys, leaving.asked.m)
    return pd.DataFrame([{**row, "solved_by": " ".join(row["solved_by"])} for row in found["patterns"]])


def _over_steps(leaving: Leaving) -> tuple[list[str], dict[str, Any]]:
    """The runs by step, and what the command `trajectories` tells of them at the budget that the page would take."""
    keys, _ = leaving.in_steps()
    m = over_training(leaving.material.counts, keys, leaving.asked.m, leaving.asked.level)[3]
    return keys, boundary.trajectories(leaving.store, keys[0], keys[1:], m, leaving.asked.level)


def _changes(leaving: Leaving) -> pd.DataFrame:
    _, found = _over_steps(leaving)
    return pd.DataFrame(found["changes"]).assign(m=found["m"])


def _turns(leaving: Leaving) -> pd.DataFrame:
    keys, found = _over_steps(leaving)
    return pd.DataFrame(
        [
            {**{name: row[name] for name in ("problem", "kind", "run")},
             **{f"pass@{found['m']} {key}": share for key, share in zip(keys, row["pass_at_m"], strict=True)}}
            for row in found["turns"]
        ]
    )  # fmt: skip


def _luck(leaving: Leaving) -> pd.DataFrame:
    each = [(run, boundary.lucky(leaving.store, run, leaving.asked.guess)["problems"]) for run in leaving.keys]
    return pd.DataFrame([{"run": run, **row} for run, rows in each for row in rows])


def _lenient(leaving: Leaving) -> pd.DataFrame:
    base, rlvr = leaving.material.pair
    verifier = leaving.asked.verifier
    if verifier is None:
        raise BadInput("No second verifier is named.", "Name one with --verifier.")
    judged = [second_verdicts.counts_by_two(leaving.store, run, verifier)["n"] for run in (base, rlvr)]
    fewest = min((int(n.min()) for n in judged if len(n)), default=0)
    m = leaving.asked.m if leaving.asked.m is None or not fewest else min(leaving.asked.m, fewest)
    found = boundary.lenient(leaving.store, base, rlvr, verifier, m)
    sides = [{"verdicts": side, "m": found["m"], **(found[side] or {})} for side in ("counting", "other")]
    return pd.DataFrame(sides).assign(
        verifier=["", verifier], lost_by_format=found["lost_by_format"], gained_by_format=found["gained_by_format"]
    )


def _beyond_rows(leaving: Leaving) -> pd.DataFrame:
    rows = []
    for run, found in leaving.beyond.items():
        head = {"run": run, "p_plain": found.p_plain, "p_zero_inflated": found.p_zero_inflated}
        missing = [None] * len(found.ks)
        each = zip(found.ks, found.plain or missing, found.zero_inflated or missing, strict=True)
        points = [{"k": k, "plain": plain, "zero_inflated": inflated} for k, plain, inflated in each]
        rows += [{**head, "refused": found.refused, **point} for point in points or [{}]]
    return pd.DataFrame(rows)


def _guessing(leaving: Leaving) -> pd.DataFrame:
    material = leaving.material
    found = overlays.guessing(leaving.store, material.counts, material.keys, leaving.asked.guess)
    if found is None:
        raise BadInput("How many answers there are to choose from is not known.", "Say it with --guess.")
    return pd.DataFrame({"k": found[0], "pass_at_k": found[1]})


def _published(leaving: Leaving) -> pd.DataFrame:
    named, benchmark = leaving.asked.published, leaving.material.benchmark
    which = published_sets(benchmark) if named is None else [named]
    found = [published(benchmark, one).assign(comparison=one) for one in which]
    if not found or not sum(map(len, found)):
        raise BadInput(f"The paper has no such curves on {benchmark}.", "The data exist for the paper's benchmarks.")
    return pd.concat(found, ignore_index=True)


def _of_counts(leaving: Leaving, *, make: Callable[[Material, Asked], pd.DataFrame]) -> pd.DataFrame:
    return make(leaving.material, leaving.asked)


TABLES: Mapping[str, Callable[[Leaving], pd.DataFrame]] = {
    **{name: partial(_of_counts, make=make) for name, make in tables.TABLES.items()},
    "sets": lambda leaving: sizes_of_sets(*leaving.material.sides),
    "samples": _samples,
    "tree": _tree_rows,
    "paths": _sole,
    "paths-curves": _path_points,
    "retention": _retention,
    "claims": lambda leaving: claim_rows(leaving.claims),
    "patterns": _pattern_rows,
    "checkpoints": _changes,
    "turns": _turns,
    "training": lambda leaving: leaving.series,
    "training-log": lambda leaving: leaving.log[1],
    "luck": _luck,
    "lenient": _lenient,
    "beyond": _beyond_rows,
    "guessing": _guessing,
    "published": _published,
}


def find_data(name: str) -> Callable[[Leaving], pd.DataFrame]:
    """Return what makes the table of this name. Raises BadInput where there is none."""
    if name not in TABLES:
        raise BadInput(f"There is no table {name}.", f"Name one of {', '.join(TABLES)}.")
    return TABLES[name]


def data(name: str, leaving: Leaving, form: str) -> tuple[bytes, int]:
    """Return a table as a file of this form, and how many rows it has."""
    table = find_data(name)(leaving)
    asked = leaving.asked
    told: dict[str, Any] = {} if leaving.problem is None else {"problem": leaving.problem}
    if name in OF_TREES:
        told |= told_of_trees(asked)
    if name == "training-log":
        told |= {"training_log": leaving.log[0]}
    if name == "claims":
        told |= told_of_claims(leaving.claims)
    return tables.written(table, about(leaving.material, asked, table=name, **told), form), len(table)


def told_of_trees(asked: Asked) -> dict[str, Any]:
    """What must be known of a table that rests on how steps are merged."""
    kept = ("merge", "epsilon", "split_half", "tree_seed")
    return {key: value for key, value in asdict(asked).items() if key in kept}


def told_of_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What must be known of the rows of the claims."""
    return {key: claims[key] for key in ("k", "m", "tolerance", "likelihood_tolerance", "tests", "headline")}
