"""The command that gives curves: any metric, its interval, and what is drawn beside it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from backend.commands.comparisons import check_level
from backend.commands.plain import Plain, plain, records
from backend.comparison.counts import k_grid, smallest_n
from backend.comparison.covering import THRESHOLDS
from backend.comparison.curves import floor_of_guessing
from backend.comparison.extrapolation import extrapolation
from backend.comparison.metrics import POPULATION, Metric, find_metric, metric_curve
from backend.errors import BadInput
from backend.statistics.bootstrap import SEED
from backend.store import answers, queries
from backend.store.database import Store


def curves(
    store: Store,
    runs: Sequence[str],
    ks: Sequence[int] | None = None,
    *,
    metric: str = "pass_at_k",
    threshold: str = "1/2",
    reasoning: str | None = None,
    interval: str = POPULATION,
    level: float = 0.95,
    seed: int = SEED,
    answer_space: int | None = None,
    extrapolate: bool = False,
) -> list[dict[str, Plain]]:
    """Give a metric's curve of each run, at these k or at the grid of its own.

    `threshold` is the τ of G-Pass@k; `reasoning` the verifier that CoT-pass@k asks; `answer_space` how many answers a
    guesser chooses from, where the problems do not say it; `extrapolate` carries pass@k on to ten times n.
    """
    wanted = find_metric(metric, _fraction(threshold))
    _check(wanted, ks, level, answer_space, extrapolate)
    rows: list[dict[str, Plain]] = []
    for words in runs:
        run = queries.find_run(store, words)
        data, judge = _data(store, run, words, wanted, reasoning)
        grid = (k_grid(smallest_n(data)) if wanted.over_k else THRESHOLDS) if ks is None else ks
        choices: dict[str, Any] = {"interval": interval, "level": level, "seed": seed}
        points = metric_curve(data, grid, metric=metric, threshold=_fraction(threshold), **choices)
        if metric == "pass_at_k":
            points["guess_floor"] = _floor(store, run, data, points["k"].tolist(), answer_space)
        said = {"run": words, **choices, **({"reasoning": judge} if judge else {})}
        if metric == "g_pass_at_k":
            said["threshold"] = threshold
        points = points.rename(columns={"value": metric, "k": "k" if wanted.over_k else "threshold"})
        rows += [{**said, **row} for row in records(points)]
        if extrapolate:
            rows += _beyond(said, data, wanted, seed)
    return rows


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"The threshold is {text}.", "Name a share above 0, at most 1, like 1/2 or 0.75.") from None


def _check(metric: Metric, ks: Sequence[int] | None, level: float, space: int | None, extrapolate: bool) -> None:
    check_level(level)
    if ks is not None and not metric.over_k:
        raise BadInput(f"{metric.label} runs over τ, not over k.", "Leave --k out.")
    if ks is not None and any(k < 1 for k in ks):
        raise BadInput(f"k is {min(ks)}.", "k counts samples; name whole numbers from 1.")
    if space is not None and space < 1:
        raise BadInput(f"The answer space is {space}.", "Name how many answers a guesser chooses from, at least 1.")
    if extrapolate and not metric.successes:
        raise BadInput(f"{metric.label} is not carried on beyond n.", "Leave --extrapolate out, or ask for pass_at_k.")


def _data(store: Store, run: str, words: str, metric: Metric, reasoning: str | None) -> tuple[pd.DataFrame, str | None]:
    """Return a run's counts with what the metric needs, and the verifier of the reasoning where one was asked."""
    judge = None
    if metric.needs == answers.VALID:
        known = answers.reasoning_verifiers(store, [run])["verifier"].tolist()
        judge = reasoning or answers.reasoning_verifier(known)
        if judge is None and known:
            raise BadInput(
                f"None of the verifiers of {words} says by its name that it judges the reasoning.",
                f"Name one with --reasoning: {', '.join(known)}.",
            )
    if why := answers.why_without(store, [run], metric.needs, judge):
        raise BadInput(f"{metric.label} of {words} is not known: {why[run]}.", "Pick another metric or run.")
    return answers.metric_counts(store, [run], metric.needs, judge), judge


def _floor(store: Store, run: str, data: pd.DataFrame, ks: list[int], given: int | None) -> Any:
    """Return the guesser's pass@k at each k; missing where a scored problem's answer space is not known."""
    scored = data["problem"][data["n"] > 0]
    known = answers.answer_spaces(store, [run]).set_index("problem")["answer_space"]
    spaces = [given] * len(scored) if given is not None else known.loc[scored].tolist()
    return floor_of_guessing(spaces, ks)


def _beyond(said: dict[str, Plain], data: pd.DataFrame, metric: Metric, seed: int) -> list[dict[str, Plain]]:
    """Return the rows beyond n, or one that says why there are none."""
    found = extrapolation(data["n"], data[metric.successes or "c"], seed=seed)
    head = {
        **said, "part": "extrapolated", "p_plain": found.p_plain, "p_zero_inflated": found.p_zero_inflated,
        "refused": found.refused,
    }  # fmt: skip
    missing = [None] * len(found.ks)
    each = zip(found.ks, found.plain or missing, found.zero_inflated or missing, strict=True)
    rows = [{**head, "k": k, "plain": plain_, "zero_inflated": inflated} for k, plain_, inflated in each]
    return [plain(row) for row in rows or [head]]
