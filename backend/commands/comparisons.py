"""Commands that set runs side by side."""

from dataclasses import asdict

import pandas as pd

from backend.commands.plain import Plain, plain, records
from backend.comparison.boundary import (
    CELLS,
    RATES,
    difference_of_sets,
    mcnemar_of_sets,
    rerun_budget,
    self_null,
    solved_table,
    table_intervals,
)
from backend.comparison.counts import compared_counts, solved_sets
from backend.comparison.crossing import crossover
from backend.comparison.difference import delta, efficiency_gap, smallest_budget
from backend.comparison.verdicts import problem_verdicts
from backend.errors import BadInput
from backend.statistics.bootstrap import SEED
from backend.store import problem_queries, queries
from backend.store.database import Store


def compare(
    store: Store,
    base: str,
    rlvr: str,
    m: int | None = None,
    q: float = 0.1,
    level: float = 0.95,
    seed: int = SEED,
) -> dict[str, Plain]:
    """Hold two runs of one benchmark against each other, problem by problem.

    The sets are of problems solved at least once; table, rates and self null are at the budget m, by default half the
    smallest n, the largest at which a rerun can be judged; q is the false discovery rate of the verdicts; level that
    of the intervals, seed that of the resamples.
    """
    check_level(level)
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
    undrawn = [name for name in problem_queries.problem_names(store, str(known[keys[0]])) if name not in drawn]
    counts = compared_counts(*sides)
    found = {**_boundary(counts, m, q, level), **_curves_apart(counts, level, seed)}
    return {**sets, "not_compared": sets["not_compared"] + undrawn, **found, "level": level, "seed": seed}


def check_level(level: float) -> None:
    """Raise BadInput for what is no level of confidence."""
    if not 0.5 <= level < 1:
        raise BadInput(f"level is {level:g}.", "Name a level of confidence from 0.5 up to below 1, like 0.95.")


def _curves_apart(counts: pd.DataFrame, level: float, seed: int) -> dict[str, Plain]:
    """Return where the curves cross, how far they are apart at each budget, and the efficiency gap."""
    return {
        "crossover": plain(asdict(crossover(counts, level=level, seed=seed))),
        "delta": records(delta(counts, level=level, seed=seed)),
        "delta_se": plain(efficiency_gap(counts, level=level)),
    }


def _boundary(counts: pd.DataFrame, m: int | None, q: float, level: float) -> dict[str, Plain]:
    """Return the solved table at one budget, its rates, the rerun null, and a verdict for each problem."""
    if counts.empty:
        names = ("table", *RATES, "mcnemar_p", "difference_of_sets", "intervals", "self_null")
        rates = dict.fromkeys(names)
        return {"m": None, "q": q, **rates, "verdicts": []}
    smallest = smallest_budget(counts)
    budget = max(1, rerun_budget(counts)) if m is None else m
    if not 1 <= budget <= smallest or not 0 < q < 1:
        raise BadInput(
            f"m is {budget} and q is {q:g}.", f"m must lie between 1 and the smallest n, {smallest}; q between 0 and 1."
        )
    table = solved_table(counts, budget)
    rates = {name: getattr(table, name) for name in RATES}
    bounds = table_intervals(counts, budget, level=level)
    nulls = {side: self_null(counts[f"n_{side}"], counts[f"c_{side}"], budget) for side in ("base", "rlvr")}
    return {
        "m": budget,
        "q": q,
        "table": {name: getattr(table, name) for name in CELLS},
        **plain(rates),
        "mcnemar_p": mcnemar_of_sets(counts),
        "difference_of_sets": _ends(difference_of_sets(counts, level)),
        "intervals": {name: list(plain({"low": low, "high": high}).values()) for name, (low, high) in bounds.items()},
        "self_null": plain(nulls),
        "verdicts": records(problem_verdicts(counts, m=budget, q=q, level=level)),
    }


def _ends(found: tuple[float, float, float]) -> dict[str, Plain]:
    return plain(dict(zip(("value", "low", "high"), found, strict=True)))
