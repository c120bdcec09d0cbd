"""How the live data differ from what a share keeps, in sentences."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

import pandas as pd

from backend.comparison.words import counted
from backend.exports.frozen import View
from backend.records import Sample
from backend.store import queries
from backend.store.database import Store
from backend.store.problem_samples import samples_of
from backend.store.scores import closed_samples

NUMBERS = ("effect", "low", "high", "p", "q", "k", "problems")


def changes(store: Store, view: View, now: View | None = None) -> list[str]:
    """Say how the live data differ from the frozen, one sentence each; none where they are the same.

    now: the same view as it is now, of which claims and paths are compared; None where it cannot be taken or was not.
    """
    here = queries.runs(store).set_index("run", drop=False)
    names = dict(zip(view.material.runs["run"], view.material.runs["name"], strict=True))
    said = [f"{names[run]} is no longer in the store." for run in view.material.keys if run not in here.index]
    kept = [run for run in view.material.keys if run in here.index]
    said += [
        f"{names[run]} is now named {name}." for run, name in here["name"].items() if names.get(str(run), name) != name
    ]
    counts = queries.correct_counts(store, kept)
    if view.shown is not None:
        counts = counts[counts["problem"] == view.shown.problem.problem]
    for run in kept:
        said += _changed_counts(names[run], view.material.counts_of(run), counts[counts["run"] == run])
        if view.shown is not None:
            own = samples_of(store, run, view.shown.problem.problem)
            said += _changed_samples(names[run], view.shown.samples[run], own)
    if view.shown is not None and view.shown.closed is not None and len(kept) == len(view.material.keys):
        said += _changed_closed(view.shown.closed, closed_samples(store, kept, view.shown.problem.problem))
    if now is not None and view.claims is not None and now.claims is not None:
        said += _changed_claims(view.claims, now.claims)
    if now is not None:
        said += _changed_paths(view, now)
    return said


def _changed_counts(name: str, then: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """How one run's counts differ: problems that are new or gone, and those whose n or c is another."""
    both = then[["problem", "n", "c"]].merge(now[["problem", "n", "c"]], on="problem", how="outer", indicator=True)
    fresh, gone = int((both["_merge"] == "right_only").sum()), int((both["_merge"] == "left_only").sum())
    same = both[both["_merge"] == "both"]
    other = int(((same["n_x"] != same["n_y"]) | (same["c_x"] != same["c_y"])).sum())
    more = int(now["n"].sum() - then["n"].sum())
    parts = [
        f"{counted(other, 'problem')} with other counts" if other else "",
        f"{counted(fresh, 'problem')} more" if fresh else "",
        f"{counted(gone, 'problem')} fewer" if gone else "",
    ]
    found = ", ".join(filter(None, parts))
    return [f"{name} has {found} ({more:+,} scored samples)."] if found else []


def _changed_samples(name: str, then: Sequence[Sample], now: Sequence[Sample]) -> list[str]:
    """How one run's samples of a problem differ: those that are new or gone, judged or read otherwise, of other text.

    A text that was too long to be kept is not compared.
    """
    before, after = ({sample.sample_index: sample for sample in side} for side in (then, now))
    both = [(before[index], after[index]) for index in before.keys() & after.keys()]
    found = {
        "with another verdict": sum(one.verdict != two.verdict for one, two in both),
        "with another answer": sum(one.answer != two.answer for one, two in both),
        "with another text": sum(one.completion not in (None, two.completion) for one, two in both),
        "more": len(after.keys() - before.keys()),
        "fewer": len(before.keys() - after.keys()),
    }
    parts = [f"{counted(many, 'sample')} {words}" for words, many in found.items() if many]
    return [f"{name} has {', '.join(parts)}."] if parts else []


def _changed_closed(then: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Of how many samples it is known otherwise than then whether the other runs' samplers close them."""
    before, after = (set(side.itertuples(index=False, name=None)) for side in (then, now))
    samples = {(run, index) for _, run, index, *_ in before ^ after}
    if not samples:
        return []
    what = "how likely its tokens are" if len(samples) == 1 else "how likely their tokens are"
    return [f"Of {counted(len(samples), 'sample')} it is known otherwise {what} under the other models."]


def _changed_claims(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Which claims have another verdict, and which only other numbers."""
    fresh = {claim["key"]: claim for claim in now["claims"]}
    said, moved = [], []
    for number, claim in enumerate(then["claims"], start=1):
        other = fresh.get(claim["key"])
        if other is None:
            continue
        if claim["verdict"] != other["verdict"]:
            said.append(f"Claim {number} was “{claim['verdict']}” and is “{other['verdict']}” now.")
        elif not _alike(claim["rows"], other["rows"]):
            moved.append(str(number))
    words = "Claim" if len(moved) == 1 else "Claims"
    return [*said, *([f"{words} {', '.join(moved)}: other numbers, the same verdict."] if moved else [])]


def _alike(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows of a claim have the same numbers, the last digits of sums aside."""
    pairs = [(one.get(name), two.get(name)) for one, two in zip(then, now, strict=False) for name in NUMBERS]
    same = all(
        one == two if one is None or two is None else isclose(one, two, rel_tol=1e-9, abs_tol=1e-12)
        for one, two in pairs
    )
    return same and len(then) == len(now)


def _changed_paths(view: View, fresh: View) -> list[str]:
    """Whether the correct paths are others, or blocked otherwise, where counts alone do not tell it."""
    then, now = view.paths, fresh.paths
    if then is None or now is None:
        return []
    columns = ["problem", "path", "answer"]
    same = then.counts.shape == now.counts.shape and bool((then.counts == now.counts).all())
    if same and then.classes[columns].astype("str").equals(now.classes[columns].astype("str")):
        return [] if view.blocked == fresh.blocked else ["It is known otherwise which correct paths are blocked."]
    before, after = len(then.classes), len(now.classes)
    return [f"There were {counted(before, 'correct path')}, and there are {after:,} now." if before != after else
            f"The {counted(before, 'correct path')} are taken by other samples, or end in other answers."]  # fmt: skip
