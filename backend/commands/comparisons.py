"""Commands that set runs side by side."""

from collections.abc import Sequence

import pandas as pd

from backend.boundary import (
    UNDETERMINED,
    mcnemar_of_sets,
    more_samples,
    problem_verdicts,
    rerun_budget,
    self_null,
    solved_table,
)
from backend.commands.plain import Plain, plain, records
from backend.comparison import compared_counts, curve, k_grid, smallest_n, solved_sets
from backend.errors import BadInput
from backend.store import queries
from backend.store.database import Store


def curves(store: Store, runs: Sequence[str], ks: Sequence[int] | None = None) -> list[dict[str, Plain]]:
    """Give the pass@k curve of each run, at these k or at the grid of its own."""
    if ks is not None and any(k < 1 for k in ks):
        raise BadInput(f"k is {min(ks)}.", "k counts samples; name whole numbers from 1.")
    rows: list[dict[str, Plain]] = []
    for words in runs:
        frame = queries.correct_counts(store, [queries.find_run(store, words)])
        points = curve(frame, k_grid(smallest_n(frame)) if ks is None else ks)
        rows += [{"run": words, **row} for row in records(points)]
    return rows


def compare(store: Store, base: str, rlvr: str, m: int | None = None, q: float = 0.1) -> dict[str, Plain]:
    """Hold two runs of one benchmark against each other, problem by problem.

    The sets are of problems solved at least once; table, rates and self null are at the budget m, by default half the
    smallest n, the largest at which a rerun can be judged; q is the false discovery rate of the verdicts.
    """
    keys = [queries.find_run(store, words) for words in (base, rlvr)]
    known = queries.runs(store).set_index("run")["benchmark"]
    if known[keys[0]] != known[keys[1]]:
        raise BadInput(
            f"{base} is a run on {known[keys[0]]}, {rlvr} one on {known[keys[1]]}.", "Compare runs on one benchmark."
        )
    frame = queries.correct_counts(store, keys)
    sides = [frame[frame["run"] == key] for key in keys]
    sets = solved_sets(*sides)
    drawn = set(frame["problem"])
    undrawn = [name for name in queries.problem_names(store, str(known[keys[0]])) if name not in drawn]
    honest = _boundary(compared_counts(*sides), m, q)
    return {**sets, "not_compared": sets["not_compared"] + undrawn, **honest}


def _boundary(counts: pd.DataFrame, m: int | None, q: float) -> dict[str, Plain]:
    """Return the solved table at one budget, its rates, the rerun null, and a verdict for each problem."""
    if counts.empty:
        return {"m": None, "verdicts": []}
    smallest = int(counts[["n_base", "n_rlvr"]].to_numpy().min())
    budget = max(1, rerun_budget(counts)) if m is None else m
    if not 1 <= budget <= smallest or not 0 < q < 1:
        raise BadInput(
            f"m is {budget} and q is {q:g}.", f"m must lie between 1 and the smallest n, {smallest}; q between 0 and 1."
        )
    table = solved_table(counts, budget)
    verdicts = problem_verdicts(counts, m=budget, q=q)
    sides = verdicts[["c_base", "n_base", "c_rlvr", "n_rlvr"]].itertuples(index=False, name=None)
    open_ = verdicts["verdict"] == UNDETERMINED
    alpha = q / len(counts)
    wanted = [more_samples(*side, alpha=alpha) if o else 0 for side, o in zip(sides, open_, strict=True)]
    rates = {name: getattr(table, name) for name in ("srr", "ndr", "sds", "nscr")}
    return {
        "m": budget,
        "table": {name: getattr(table, name) for name in ("both", "base_only", "rlvr_only", "neither")},
        **plain(rates),
        "mcnemar_p": mcnemar_of_sets(counts),
        "self_null": plain(
            {
                "base": self_null(counts["n_base"], counts["c_base"], budget),
                "rlvr": self_null(counts["n_rlvr"], counts["c_rlvr"], budget),
            }
        ),
        "verdicts": [{**row, "more_samples": w} for row, w in zip(records(verdicts), wanted, strict=True)],
    }
