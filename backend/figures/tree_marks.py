"""What stands on the lines of a sample tree: steps, ends, evidence, counts, and what can be clicked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.figures.look import MARKS, Ink, ink, mixed, plain, translucent
from backend.figures.tree_lines import GREEN, Line, Places, legible, octave, shade, width_of

Integers = npt.NDArray[np.int64]
Trace = dict[str, Any]

BEHIND = 92
"""Nominal pixels behind a panel's leaves, for what is said of them."""
END_AT, SIGN_AT, COUNT_AT = 8, 29, 43
"""Nominal pixels from a leaf to how its samples ended, to the sign of its evidence and to its count: far enough apart
for panels of little more than half their nominal width."""
STUB_TEXT_AT = 9
"""Nominal pixels from a stub to what it folds."""
LETTER = 5.3
"""Pixels of a letter of a label, on average."""
ROW_HEIGHT = 16
LABEL_SIZE = 10.5
FEWEST_LETTERS = 4
SIGNS = {"seen": "diamond-open", "supported": "diamond-open-dot", "epsilon": "diamond", "blocked": "square-x-open"}
"""The evidence that only one run takes a path: hollow, half, full, barred; never one shape for two."""
UNTOUCHED = {"marker": {"opacity": 1}}
"""A click picks nothing out by fading the rest."""


@dataclass(frozen=True, kw_only=True)
class TreePicture:
    """What is drawn of a tree."""

    items: pd.DataFrame
    """One row an item: item, key (comes back from a click), parent, column, row, stub, branches, leaf, label (the text
    of the step), verdict (of leaves), evidence and only (the run that it is said of, −1: none), hover (its lines)."""
    x: Integers
    """Samples of each item and run."""
    y: Integers
    """Correct ones among them."""
    n: tuple[int, ...]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    lit: Mapping[int, Collection[int]] = field(default_factory=dict)
    """The items of the walk that is lit up in a run's panel, by the run's place."""
    selected: str | None = None
    """The key of the item that is picked."""
    squeeze: float = 1.0
    """How many times narrower than their nominal width panels are drawn: texts then have less room."""
    differences: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    """For each run but the first, one row an item: log_ratio (base 2, positive: the first run comes more often), p."""


def on_paper(picture: TreePicture, dark: bool) -> TreePicture:
    """Return the picture with its runs' colours so light or dark that small marks and numbers are read on the page."""
    return replace(picture, colours=tuple(legible(colour, dark) for colour in picture.colours))


def trace_of(spots: Places, items: Integers, line: Line) -> Trace:
    """Return the lines to these items."""
    xs, ys = spots.curves(items)
    style = {"color": line.colour, "width": line.width, "dash": line.dash}
    return {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "line": style, "hoverinfo": "skip",
            "showlegend": False}  # fmt: skip


def glow(picture: TreePicture, runs: Sequence[int], spots: Places) -> list[Trace]:
    """Return what lights up under the lines of walks."""
    found = [(run, np.array(sorted(item for item in picture.lit.get(run, ()) if item > 0))) for run in runs]
    return [
        trace_of(spots, items, Line(colour=translucent(picture.colours[run], 0.38), width=11))
        for run, items in found
        if items.size
    ]


def _letters(picture: TreePicture, spots: Places) -> npt.NDArray[np.int64]:
    """Return how many letters the line to each item has room for, behind its bend."""
    above = np.maximum(spots.parent, 0)
    room = spots.x - spots.x[above] - spots.bend - 12
    return np.asarray((room / (LETTER * picture.squeeze)).astype(np.int64))


def labels(picture: TreePicture, run: int, spots: Places, dark: bool) -> Trace:
    """The steps' texts, over the level part of their lines, where at least four letters have room."""
    letters, words, here = _letters(picture, spots), picture.items["label"].tolist(), picture.x[:, run] > 0
    shown = [i for i, text in enumerate(words) if text and letters[i] >= FEWEST_LETTERS and here[i]]
    stubs = [i for i in np.flatnonzero(picture.items["stub"]).tolist() if here[i]]
    pen, right = ink(dark), shade(GREEN, 74 if dark else 38)
    starts = spots.x[np.maximum(spots.parent, 0)] + spots.bend + 3
    raised = [width_of(int(power)) / 2 / ROW_HEIGHT for power in octave(picture.x[shown, run] / picture.n[run])]
    return {
        "type": "scatter", "mode": "text", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
        "x": [*(round(float(starts[i]), 1) for i in shown),
              *(round(float(spots.x[i]) + STUB_TEXT_AT, 1) for i in stubs)],
        "y": [*(spots.y[i] - up for i, up in zip(shown, raised, strict=True)), *(spots.y[i] - 0.22 for i in stubs)],
        "text": [*(plain(words[i], int(letters[i])) for i in shown),
                 *(_folded(picture, i, run, spots) for i in stubs)],
        "textposition": ["top right"] * len(shown) + ["middle right"] * len(stubs),
        "textfont": {"size": LABEL_SIZE,
                     "color": [right if picture.y[i, run] else pen.muted for i in [*shown, *stubs]]},
    }  # fmt: skip


def _folded(picture: TreePicture, item: int, run: int, spots: Places) -> str:
    """What a stub folds, as fully as there is room for."""
    branches, samples, right = int(picture.items["branches"][item]), picture.x[item, run], picture.y[item, run]
    forms = (
        f"+{branches:,} branches, {samples:,} samples, {right:,} correct",
        f"+{branches:,} branches, {samples:,} ({right:,} correct)",
        f"+{branches:,}: {samples:,} ({right:,} ✓)",
    )
    room = (spots.width + COUNT_AT - float(spots.x[item]) - STUB_TEXT_AT) / (LETTER * picture.squeeze)
    fitting = next((form for form in forms if len(form) <= room), forms[-1])
    return fitting.replace("1 branches", "1 branch") if branches == 1 else fitting


def tips(picture: TreePicture, run: int, spots: Places, dark: bool) -> Trace:
    """The leaves' marks: how their samples ended; faint where only others ended there."""
    pen = ink(dark)
    leaves = np.flatnonzero(picture.items["leaf"])
    verdicts = picture.items["verdict"].to_numpy()[leaves]
    here = picture.x[leaves, run] > 0
    marks = [MARKS[str(verdict)] for verdict in verdicts]
    absent = mixed(pen.muted, pen.paper, 0.5)
    return {
        "type": "scatter", "mode": "text", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
        "x": (spots.x[leaves] + END_AT).tolist(), "y": spots.y[leaves].tolist(), "textposition": "middle center",
        "text": [mark.glyph if there or mark is MARKS["correct"] else "·"
                 for mark, there in zip(marks, here, strict=True)],
        "textfont": {
            "size": 14,
            "color": [_mark_colour(mark.colour, pen, dark) if there else absent
                      for mark, there in zip(marks, here, strict=True)],
        },
    }  # fmt: skip


def _mark_colour(colour: str, pen: Ink, dark: bool) -> str:
    return mixed(colour, pen.text, 0.2 if dark else 0.0)


def evidence(picture: TreePicture, run: int, spots: Places) -> list[Trace]:
    """The signs of what is known of paths that this run alone took."""
    traces: list[Trace] = []
    said, mine = picture.items["evidence"].to_numpy(), picture.items["only"].to_numpy() == run
    for level, sign in SIGNS.items():
        items = np.flatnonzero((said == level) & mine)
        if items.size:
            traces.append({
                "type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
                "x": (spots.x[items] + SIGN_AT).tolist(), "y": spots.y[items].tolist(),
                "marker": {"symbol": sign, "size": 9, "color": picture.colours[run], "line": {"width": 1.6}},
            })  # fmt: skip
    return traces


def counts(picture: TreePicture, run: int, spots: Places, dark: bool) -> Trace:
    """How many samples of the run ended at each leaf; 0 is said of correct leaves alone."""
    pen = ink(dark)
    right = (picture.items["verdict"] == "correct").to_numpy()
    shown = np.flatnonzero(picture.items["leaf"] & ((picture.x[:, run] > 0) | right))
    only = (picture.items["only"] == run).to_numpy()
    return {
        "type": "scatter", "mode": "text", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
        "x": (spots.x[shown] + COUNT_AT).tolist(), "y": spots.y[shown].tolist(), "textposition": "middle right",
        "text": [f"<b>{count:,}</b>" if mine else f"{count:,}"
                 for count, mine in zip(picture.x[shown, run].tolist(), only[shown], strict=True)],
        "textfont": {"size": LABEL_SIZE,
                     "color": [picture.colours[run] if mine else pen.muted for mine in only[shown]]},
    }  # fmt: skip


def nodes(picture: TreePicture, run: int, spots: Places, dark: bool) -> Trace:
    """What can be hovered and clicked: every item; a dot where ways part, a plus where they are folded."""
    pen = ink(dark)
    items = picture.items
    chosen = (items["key"] == picture.selected).to_numpy()
    there = picture.x[:, run] > 0
    faint = mixed(pen.muted, pen.paper, 0.55)
    sizes = np.where(items["leaf"], 16, np.where(items["stub"], 9, 6))
    hidden = translucent(pen.paper, 0.01)
    colours = [
        hidden if leaf else (pen.text if here else faint) for leaf, here in zip(items["leaf"], there, strict=True)
    ]
    return {
        "type": "scatter", "mode": "markers", "showlegend": False, "cliponaxis": False,
        "x": (spots.x + np.where(items["leaf"], END_AT, 0)).tolist(), "y": spots.y.tolist(),
        "marker": {
            "symbol": np.where(items["stub"], "cross-thin-open", "circle").tolist(),
            "size": np.where(chosen, np.maximum(sizes, 12), sizes).tolist(), "color": colours,
            "line": {"width": np.where(chosen, 2.5, np.where(items["stub"], 1.6, 0)).tolist(),
                     "color": np.where(chosen, picture.colours[run], np.where(there, pen.text, faint)).tolist()},
        },
        "customdata": [[key] for key in items["key"]],
        "text": ["<br>".join(plain(line, 400) for line in lines) for lines in items["hover"]],
        "hovertemplate": "%{text}<extra></extra>", "selected": UNTOUCHED, "unselected": UNTOUCHED,
    }  # fmt: skip
