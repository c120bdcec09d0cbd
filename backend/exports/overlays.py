"""What is drawn beside curves: a guesser, the paper's published curves, and what two fits say beyond n."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from backend.comparison.counts import k_grid, shared_problems
from backend.comparison.curves import floor_of_guessing
from backend.comparison.extrapolation import Extrapolation, extrapolation
from backend.comparison.metrics import Metric
from backend.figures import Figure, Published, run_styles, with_extrapolation, with_guessing, with_published
from backend.published import PAPER, published
from backend.records import Training
from backend.store import answers
from backend.store.database import Store


@dataclass(frozen=True, kw_only=True)
class Overlays:
    """What is drawn beside the curves of some runs."""

    floor: tuple[list[int], list[float]] | None = None
    """A guesser's budgets and pass@k."""
    published: Sequence[Published] = ()
    beyond: Mapping[str, Extrapolation] = field(default_factory=dict)
    """By the run's key."""


def guessing(
    store: Store, counts: pd.DataFrame, runs: Sequence[str], given: int | None
) -> tuple[list[int], list[float]] | None:
    """What a guesser reaches on the problems that all of `runs` have: budgets and pass@k; None: not known.

    counts: one row a run and problem: run, problem, n; given: how many answers there are, where problems do not say it.
    """
    scored = counts[counts["n"] > 0]
    shared = shared_problems([scored[scored["run"] == run] for run in runs])
    if not shared:
        return None
    known = answers.answer_spaces(store, runs).set_index("problem")["answer_space"]
    spaces = [given] * len(shared) if given else known.loc[sorted(shared)].tolist()
    ks = k_grid(int(scored[scored["problem"].isin(shared)]["n"].max()))
    floor = floor_of_guessing(spaces, ks)
    return None if floor is None else (ks, floor.tolist())


def beyond(counts: pd.DataFrame, runs: Sequence[str], metric: Metric, seed: int) -> dict[str, Extrapolation]:
    """Each run's curve beyond its n, over the problems that all of `runs` have."""
    scored = counts[counts["n"] > 0]
    shared = shared_problems([scored[scored["run"] == run] for run in runs])
    kept = scored[scored["problem"].isin(shared)]
    each = {run: kept[kept["run"] == run] for run in runs}
    return {run: extrapolation(own["n"], own[metric.successes or "c"], seed=seed) for run, own in each.items()}


def published_curves(benchmark: str, which: str) -> list[Published]:
    """The curves of one of the paper's figures or tables on a benchmark."""
    return [
        Published(
            label=f"{model}, {'base' if training == Training.BASE else 'RLVR'}"
            if which.startswith("Fig")
            else str(model),
            training=str(training),
            ks=own["k"].tolist(),
            values=own["pass_at_k"].tolist(),
            source=f"{PAPER}, {own['source'].iloc[0]}, {own['precision'].iloc[0]}",
        )
        for (model, training), own in published(benchmark, which).groupby(["model", "training"], sort=False)
    ]


def published_in_words(benchmark: str, which: str) -> str:
    """What the thin dots are."""
    return f"thin dots: published, {PAPER}, {which}, {published(benchmark, which)['precision'].iloc[0]}"


def with_overlays(
    figure: Figure, points: pd.DataFrame, labels: Mapping[str, str], overlays: Overlays, *, dark: bool = False
) -> Figure:
    """Return the figure of these curves with what is drawn beside them. labels: what runs are called, by key."""
    if overlays.floor is not None:
        figure = with_guessing(figure, *overlays.floor, dark=dark)
    if overlays.published:
        figure = with_published(figure, overlays.published, dark=dark)
    styles = run_styles(points.drop_duplicates("run"))
    for run, found in overlays.beyond.items():
        fits = {"plain": found.plain, "zero-inflated": found.zero_inflated}
        known = {fit: values for fit, values in fits.items() if values}
        if known:
            figure = with_extrapolation(figure, labels[run], styles[run], found.ks, known)
    return figure


def note_beyond(name: str, found: Extrapolation) -> str:
    """What must be known of a run's curve beyond n."""
    if found.refused:
        return f"{name} is not carried on beyond n: {found.refused}."
    checks = f"checks: p = {found.p_plain:.2f} plain, {found.p_zero_inflated:.2f} zero-inflated"
    if not found.plain or not found.zero_inflated:
        kept, left = ("plain", "zero-inflated") if found.plain else ("zero-inflated", "plain")
        return f"{name} beyond n by the {kept} fit alone, since the {left} one does not look like the curve ({checks})."
    ends = sorted((100 * found.plain[-1], 100 * found.zero_inflated[-1]))
    return f"{name} at k = {found.ks[-1]:,}: {ends[0]:.1f} to {ends[1]:.1f} % by two fits, not by samples ({checks})."
