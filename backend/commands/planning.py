"""The command that plans how many problems and samples a wanted difference needs."""

import pandas as pd

from backend.commands.boundary import compared_runs
from backend.commands.comparisons import check_level
from backend.commands.plain import Plain, plain, records
from backend.comparison import planning
from backend.comparison.boundary import rerun_budget
from backend.comparison.difference import differences, least_detectable, smallest_budget
from backend.comparison.verdicts import UNDETERMINED, problem_verdicts
from backend.errors import BadInput
from backend.statistics.intervals import draws_needed
from backend.store.database import Store


def check_share(name: str, value: float, above: float = 0.0, below: float = 1.0) -> None:
    """Raise BadInput for a share that does not lie between these ends."""
    if not above < value < below:
        raise BadInput(f"{name} is {value:g}.", f"Name a share above {above:g} and below {below:g}.")


def check_budget(name: str, value: int | None) -> None:
    """Raise BadInput for a budget below 1."""
    if value is not None and value < 1:
        raise BadInput(f"{name} is {value}.", f"{name} counts samples; name a whole number from 1.")


def plan(
    store: Store,
    base: str | None = None,
    other: str | None = None,
    difference: float = 0.02,
    k: int | None = None,
    power: float = 0.8,
    level: float = 0.95,
    q: float = 0.1,
    epsilon: float = 1 / 1024,
) -> dict[str, Plain]:
    """Plan how many problems and samples show a true difference in pass@k, from how two runs differ.

    k: by default half of the smallest n, the largest at which all is estimated without bias; 1 without runs, where two
    independent models of Beta(½, ½) problems are assumed. epsilon: a success rate that is to be excluded.
    """
    check_level(level)
    for name, value, above in (("difference", difference, 0.0), ("power", power, 0.5), ("q", q, 0.0),
                               ("epsilon", epsilon, 0.0)):  # fmt: skip
        check_share(name, value, above)
    check_budget("k", k)
    settings = {"difference": difference, "power": power, "level": level}
    excluded = {"epsilon": epsilon, "samples": draws_needed(epsilon, level)}
    if base is None or other is None:
        if base is not None:
            raise BadInput(f"{base} is named alone.", "Name a base run and another one, or none.")
        spread = planning.assumed_spread(k or 1)
        rows = planning.plan(spread, difference, level=level, power=power)
        return {**settings, **_spread(spread), "rows": records(rows), "excludes": excluded}
    counts = compared_runs(store, base, other)
    if len(counts) < 2:
        raise BadInput(
            f"{base} and {other} have {len(counts):,} scored problems in common.", "A plan needs two or more."
        )
    budget = _budget(counts, k)
    spread = planning.observed_spread(counts, budget)
    rows = planning.plan(spread, difference, problems=len(counts), level=level, power=power)
    excluded["samples_for_all"] = draws_needed(epsilon, 1 - (1 - level) / len(counts))
    return {
        **settings,
        **_spread(spread),
        "present": _present(counts, budget, level, power),
        "rows": records(rows),
        "excludes": excluded,
        "undetermined": _undetermined(counts, budget, q, level),
    }


def _budget(counts: pd.DataFrame, k: int | None) -> int:
    """Return k, or half the smallest n and at least 1. Raises BadInput for a k beyond the smallest n."""
    budget, smallest = max(1, rerun_budget(counts)) if k is None else k, smallest_budget(counts)
    if budget > smallest:
        raise BadInput(f"k is {budget:,}.", f"Name a k up to the smallest n of the two runs, {smallest:,}.")
    return budget


def _spread(spread: planning.Spread) -> dict[str, Plain]:
    return {"k": spread.k, "basis": spread.basis, "true_variance": spread.true}


def _present(counts: pd.DataFrame, k: int, level: float, power: float) -> dict[str, Plain]:
    """Return the difference that the present samples can show."""
    least = float(least_detectable(differences(counts, [k]), level, power)[0])
    n = counts[["n_base", "n_rlvr"]].to_numpy()
    return plain({"problems": len(counts), "n_min": n.min(), "n_max": n.max(), "least_detectable": least})


FACTORS = (1, 4, 16, 64)


def _undetermined(counts: pd.DataFrame, m: int, q: float, level: float) -> dict[str, Plain]:
    """Return how many problems are undetermined, and how many of them some multiples of the present n would settle."""
    said = problem_verdicts(counts, m=m, q=q, level=level)
    more = said["more_samples"][said["verdict"] == UNDETERMINED]
    n = smallest_budget(counts)
    settled = [{"more_samples": n * factor, "problems": int((more <= n * factor).sum())} for factor in FACTORS]
    return {"problems": len(more), "settled": settled, "not_by_a_million": int(more.isna().sum())}
