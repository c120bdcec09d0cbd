"""What the boundary page shows, made of what the store answers: the table at m, the verdicts, and sentences on them."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from backend.comparison import histogram
from backend.comparison import many_runs as many
from backend.comparison.boundary_words import boundary_found
from backend.comparison.difference import smallest_budget as smallest_of
from backend.comparison.luck import expected_lucky, lenience, lucky_hits
from backend.comparison.verdicts import VERDICTS, problem_verdicts
from backend.store import queries, second_verdicts, wrong_answers
from backend.store.database import Store
from pages.shared.tables import compared, counts_of_pair

SLUGS = dict(zip(("base", "rlvr", "shared", "undetermined"), VERDICTS, strict=True))
"""How the link names a verdict."""


def smallest_budget(held: Store, base: str, rlvr: str) -> int:
    """The largest m that every compared problem has samples for in both runs."""
    return smallest_of(compared(held, base, rlvr))


def table(held: Store, base: str, rlvr: str, m: int, level: float) -> dict[str, Any]:
    """`comparison.boundary_words.boundary_found` of two runs."""
    return boundary_found(*counts_of_pair(held, base, rlvr), m, level=level)


def verdicts(held: Store, base: str, rlvr: str, m: int, q: float, level: float) -> pd.DataFrame:
    """What the samples say of each compared problem, with its accuracy bins."""
    counts = compared(held, base, rlvr)
    found = problem_verdicts(counts, m=m, q=q, level=level)
    places = {f"{s}_bin": histogram.accuracy_bins(counts[f"n_{s}"], counts[f"c_{s}"]) for s in ("base", "rlvr")}
    return found.assign(difference=found["c_base"] / found["n_base"] - found["c_rlvr"] / found["n_rlvr"], **places)


def bins(held: Store, base: str, rlvr: str) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Histogram, transitions and how many moved, of the compared problems."""
    counts = compared(held, base, rlvr)
    return histogram.histogram(counts), histogram.transitions(counts), histogram.moved(counts)


def over_training(
    held: Store, runs: tuple[str, ...], m: int, level: float
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[float, float], int]:
    """`comparison.many_runs.over_training` of runs."""
    return many.over_training(queries.correct_counts(held, runs), runs, m, level)


def many_runs(held: Store, runs: tuple[str, ...], m: int | None) -> tuple[pd.DataFrame, pd.DataFrame, int | None]:
    """`comparison.many_runs.many_runs` of runs."""
    return many.many_runs(queries.correct_counts(held, runs), runs, m)


def luck(held: Store, run: str, given: int | None) -> tuple[pd.DataFrame, float, int]:
    """Lucky-hit probabilities of a run's problems, how many lucky solves they make, among how many thin ones."""
    hits = lucky_hits(wrong_answers.counts_and_spaces(held, run), wrong_answers.answers_given(held, run), given)
    return hits, *expected_lucky(hits)


def no_luck(hits: pd.DataFrame) -> str:
    """Why nothing can be said of luck."""
    if hits["answer_space"].notna().any():
        return "no answers are stored with its samples, so their scatter is not known."
    return "the answer space is not known. Enter how many answers there are."


def lenient(held: Store, base: str, rlvr: str, verifier: str, m: int) -> dict[str, Any]:
    """The table by the verdicts that count and by another verifier's, and what the difference makes."""
    sides = [second_verdicts.counts_by_two(held, run, verifier) for run in (base, rlvr)]
    fewest = min((int(side["n"].min()) for side in sides if len(side)), default=1)
    return {**asdict(lenience(sides[0], sides[1], min(m, fewest))), "m": min(m, fewest)}
