"""A view as text that can be kept and hashed, and back again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from backend.errors import BadInput
from backend.exports.material import Asked, Material
from backend.exports.problems import Shown
from backend.exports.trees import ShownTree, tree_of_samples
from backend.records import Problem, Sample, Verdict
from backend.trees.paths import Paths, sole_paths

FORM = 2
"""The form of the text; a later program reads earlier forms. Since 2 a tree keeps what of it is opened and lit."""
PAGES = ("overview", "curves", "boundary", "claims", "problem", "tree", "paths")
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
    claims: Mapping[str, Any] | None = None
    """What the command `claims` told, for a view of the claims."""
    paths: Paths | None = None
    """The correct paths of the benchmark, for a view of them; which samples took each is not kept."""
    blocked: Sequence[bool] | None = None
    """Which of these paths were blocked (`trees.paths.blocked_paths`); None where no sample was read for it."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """What was asked besides that this program does not know, as another version kept it."""


def frozen(view: View) -> bytes:
    """Return a view as JSON; the same view gives the same bytes, whenever and wherever it is frozen."""
    material = view.material
    kept = {
        "form": FORM,
        "page": view.page,
        "link": {key: list(values) for key, values in sorted(view.link.items())},
        "asked": {**asdict(view.asked), **view.unknown},
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
        **({} if view.claims is None else {"claims": view.claims}),
        **({} if view.paths is None else {"paths": _paths(view.paths)}),
        **({} if view.blocked is None else {"blocked": [bool(one) for one in view.blocked]}),
    }
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def thawed(content: bytes, made_at: datetime) -> View:
    """Return the view that was frozen, by this version of the program or another.

    What an earlier version did not ask stands as if nobody had asked it; what another version asked and this one does
    not know is kept apart. Raises BadInput where a later program froze it in another form.
    """
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
    asked = _known(Asked, kept["asked"])
    return View(
        page=kept["page"],
        material=material,
        asked=Asked(**asked),
        link=kept["link"],
        shown=None if kept["problem"] is None else _shown_again(kept["problem"]),
        claims=kept.get("claims"),
        paths=_paths_again(kept["paths"]) if "paths" in kept else None,
        blocked=kept.get("blocked"),
        unknown={name: value for name, value in kept["asked"].items() if name not in asked},
    )


def _known(kind: type[Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What this program's own class of this kind has a field for."""
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in kept.items() if name in names}


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
        problem=Problem(**_known(Problem, kept["problem"])),
        counts=_frame(kept["counts"]),
        samples={run: [_sample(row) for row in own] for run, own in kept["samples"].items()},
        totals=kept["totals"],
        closed=None if kept.get("closed") is None else _frame(kept["closed"]),
    )


def _sample(row: Mapping[str, Any]) -> Sample:
    others = {name: Verdict(said) for name, said in row["other_verdicts"].items()}
    verdict = None if row["verdict"] is None else Verdict(row["verdict"])
    return Sample(**{**_known(Sample, row), "verdict": verdict, "other_verdicts": others})


def _paths(paths: Paths) -> dict[str, Any]:
    """Paths as plain data; they may come from a kept file or be read anew, and their texts have one type here."""
    words = dict.fromkeys(("problem", "answer", "run"), "str")
    classes = paths.classes.astype({**words, "path": "int64", "steps": "float64", "sample_index": "int64"})
    return {
        "runs": list(paths.runs),
        "classes": _columns(classes),
        "counts": paths.counts.tolist(),
        "problems": _columns(paths.problems.astype({"problem": "str", "c": "int64"})),
        "n": paths.n.tolist(),
    }


def _paths_again(kept: Mapping[str, Any]) -> Paths:
    counts, n = (np.array(kept[name], dtype=np.int64).reshape(-1, len(kept["runs"])) for name in ("counts", "n"))
    return Paths(
        runs=tuple(kept["runs"]), classes=_frame(kept["classes"]), counts=counts, problems=_frame(kept["problems"]),
        n=n, taken=pd.DataFrame(columns=["row", "run", "sample_index"], dtype=np.int64),
    )  # fmt: skip


def sole_paths_of_view(view: View) -> pd.DataFrame | None:
    """Return the kept paths that one run alone took (`trees.paths.sole_paths`); None for a view of something else."""
    if view.paths is None:
        return None
    blocked = None if view.blocked is None else np.array(view.blocked, dtype=bool)
    return sole_paths(view.paths, blocked, q=view.asked.q, epsilon=view.asked.epsilon)


def tree_of_view(view: View) -> ShownTree | None:
    """Return the tree of a problem's samples as they were kept; None where it would be empty."""
    if view.shown is None or len(view.material.keys) < 2:
        return None
    shown = tree_of_samples(view.material, view.shown.problem, view.shown.samples, view.asked, view.shown.closed)
    return None if shown.part.is_empty else shown
