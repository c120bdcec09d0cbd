"""A view as text that can be kept and hashed, and back again; and how what it shows has changed since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from backend.comparison.words import counted
from backend.errors import BadInput
from backend.exports.material import Asked, Material, gather
from backend.exports.problems import Shown
from backend.exports.trees import ShownTree, tree_of_samples
from backend.records import Problem, Sample, Verdict
from backend.store import queries
from backend.store.database import Store
from backend.store.problem_samples import samples_of
from backend.store.scores import closed_samples

FORM = 2
"""The form of the text; a later program reads earlier forms. Since 2 a tree keeps what of it is opened and lit."""
PAGES = ("overview", "curves", "boundary", "problem", "tree")
OF_A_PROBLEM = ("problem", "tree")
MOST_TEXTS = 24_000_000
"""Letters of completions that are kept with a problem's samples; those of later samples are left out, and counted."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What a page showed: of which runs, asked how, and the address that shows it live."""

    page: str
    material: Material
    asked: Asked
    link: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The parameters of the live page's address."""
    shown: Shown | None = None
    """The problem, for a view of one."""


def frozen(view: View) -> bytes:
    """Return a view as JSON; the same view gives the same bytes, whenever and wherever it is frozen."""
    material = view.material
    kept = {
        "form": FORM,
        "page": view.page,
        "link": {key: list(values) for key, values in sorted(view.link.items())},
        "asked": asdict(view.asked),
        "benchmark": material.benchmark,
        "runs": _columns(material.runs),
        "counts": _columns(material.counts),
        "files": _columns(material.files),
        "regrades": _columns(material.regrades),
        "corrected": material.corrected,
        "undrawn": material.undrawn,
        "store_version": material.store_version,
        "app_version": material.app_version,
        "problem": None if view.shown is None else _shown(view.shown),
    }
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def thawed(content: bytes, made_at: datetime) -> View:
    """Return the view that was frozen. Raises BadInput where a later program froze it."""
    kept = json.loads(content)
    if kept["form"] > FORM:
        raise BadInput("This share was made by a later version of the program.", "Update the program to open it.")
    material = Material(
        benchmark=kept["benchmark"],
        runs=_frame(kept["runs"]),
        counts=_frame(kept["counts"]),
        files=_frame(kept["files"]),
        regrades=_frame(kept["regrades"]),
        corrected=kept["corrected"],
        undrawn=kept["undrawn"],
        store_version=kept["store_version"],
        app_version=kept["app_version"],
        made_at=made_at,
    )
    shown = None if kept["problem"] is None else _shown_again(kept["problem"])
    return View(page=kept["page"], material=material, asked=_asked(kept["asked"]), link=kept["link"], shown=shown)


def _asked(kept: Mapping[str, Any]) -> Asked:
    """What was asked; earlier forms lack what is asked since."""
    asked = Asked(**kept)
    return replace(asked, opened=tuple(asked.opened), walks=tuple((run, index) for run, index in asked.walks))


def _columns(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as its columns, each with its type; missing values are null."""
    return [
        {"name": str(name), "type": str(frame[name].dtype), "values": [_plain(value) for value in frame[name]]}
        for name in frame
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value is not pd.NaT:
        return value.isoformat()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value is None or value is pd.NaT or value is pd.NA or value != value else value


def _frame(kept: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    columns = {
        column["name"]: pd.Series(column["values"], dtype="object" if column["type"] == "object" else None).astype(
            column["type"]
        )
        for column in kept
    }
    return pd.DataFrame(columns, columns=list(columns))


def _shown(shown: Shown) -> dict[str, Any]:
    room = MOST_TEXTS
    samples: dict[str, list[dict[str, Any]]] = {run: [] for run in shown.samples}
    for run, own in shown.samples.items():
        for sample in own:
            room -= len(sample.completion or "")
            kept = {**asdict(sample), "metadata": dict(sample.metadata)}
            samples[run].append(kept if room >= 0 else {**kept, "completion": None})
    return {
        "problem": {**asdict(shown.problem), "metadata": dict(shown.problem.metadata)},
        "counts": _columns(shown.counts),
        "samples": samples,
        "totals": dict(shown.totals),
        "closed": None if shown.closed is None else _columns(shown.closed),
    }


def _shown_again(kept: Mapping[str, Any]) -> Shown:
    return Shown(
        problem=Problem(**kept["problem"]),
        counts=_frame(kept["counts"]),
        samples={run: [_sample(row) for row in own] for run, own in kept["samples"].items()},
        totals=kept["totals"],
        closed=None if kept.get("closed") is None else _frame(kept["closed"]),
    )


def _sample(row: Mapping[str, Any]) -> Sample:
    others = {name: Verdict(said) for name, said in row["other_verdicts"].items()}
    verdict = None if row["verdict"] is None else Verdict(row["verdict"])
    return Sample(**{**row, "verdict": verdict, "other_verdicts": others})


def live(store: Store, view: View) -> View | None:
    """Return the view as it is now; None where a run of it is gone or cannot be drawn any more.

    Where samples have changed nothing of a tree is opened or picked, since its nodes are numbered anew.
    """
    here = set(queries.runs(store)["run"])
    if not set(view.material.keys) <= here:
        return None
    try:
        material = gather(store, view.material.keys, view.asked)
    except BadInput:
        return None
    asked = view.asked
    if view.shown is not None and (asked.opened or asked.node is not None) and changes(store, view):
        asked = replace(asked, opened=(), node=None)
    return View(page=view.page, material=material, asked=asked, link=view.link)


def tree_of_view(view: View) -> ShownTree | None:
    """Return the tree of a problem's samples as they were kept; None where it would be empty."""
    if view.shown is None or len(view.material.keys) < 2:
        return None
    shown = tree_of_samples(view.material, view.shown.problem, view.shown.samples, view.asked, view.shown.closed)
    return None if shown.part.is_empty else shown


def changes(store: Store, view: View) -> list[str]:
    """Say how the live data differ from the frozen, one sentence each; none where they are the same."""
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
            now = samples_of(store, run, view.shown.problem.problem)
            said += _changed_samples(names[run], view.shown.samples[run], now)
    if view.shown is not None and view.shown.closed is not None and len(kept) == len(view.material.keys):
        said += _changed_closed(view.shown.closed, closed_samples(store, kept, view.shown.problem.problem))
    return said


def _changed_closed(then: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Of how many samples it is known otherwise than then whether the other runs' samplers close them."""
    before, after = (set(side.itertuples(index=False, name=None)) for side in (then, now))
    samples = {(run, index) for _, run, index, *_ in before ^ after}
    what = "how likely its tokens are" if len(samples) == 1 else "how likely their tokens are"
    return (
        [f"Of {counted(len(samples), 'sample')} it is known otherwise {what} under the other models."]
        if samples
        else []
    )


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
