"""The sample tree of one problem: a panel a run, all on one layout, so that what a run lacks is seen where it lacks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures import tree_difference as apart
from backend.figures.look import MARKS, Ink, ink, squeezed_apart, template, translucent
from backend.figures.tree_lines import ABSENT, PLAIN, RIGHT, SHOWN_OCTAVES, Line, Places, kinds, line_of, places
from backend.figures.tree_marks import (
    BEHIND,
    ROW_HEIGHT,
    SIGNS,
    Trace,
    TreePicture,
    counts,
    evidence,
    glow,
    labels,
    nodes,
    on_paper,
    tips,
    trace_of,
)

PANEL, WHOLE, BEFORE = 400, 820, 10
"""Nominal pixels: of a panel's tree, of a panel that stands alone, and before its root."""
NAME_LETTERS = 28
PANEL_WIDTH = BEFORE + PANEL + BEHIND
HEAD, FOOT, NARROW_FOOT, LEAST = 30, 84, 198, 120
"""Pixels over each panel, under all of them (where legends take more lines: more), and of the lowest panel."""
SIGN_WORDS = {
    "seen": "seen only in this run",
    "supported": "supported",
    "epsilon": "others below ε",
    "blocked": "blocked for the others",
}


def tree_figure(picture: TreePicture, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """Draw a panel a run; a click gives the item's key. On a narrow screen panels stand one under the other.

    Darkness and width say the share of that run's samples that came here, on a log scale.
    """
    picture = on_paper(picture, dark)
    spots = places(picture.items, PANEL)
    traces = [*_scale(dark), *_colours(dark), *_signs(picture, dark)]
    for run in range(len(picture.n)):
        traces += _placed(_panel(picture, run, spots, dark), run)
    heads = [_head(picture, run) for run in range(len(picture.n))]
    title = f"share of the run's samples that come here: {'white' if dark else 'black'} likely, grey unlikely"
    return go.Figure(traces, _layout(picture, heads, spots, title, dark=dark, across=1 if narrow else 2))


def difference_figure(picture: TreePicture, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """Draw a panel for the first run against each other one; a click gives the item's key. narrow: as above.

    Colour says which run comes here more often and how many times, opacity how surely, width the larger share.
    """
    picture = on_paper(picture, dark)
    others = range(1, len(picture.n))
    spots = places(picture.items, WHOLE if len(others) == 1 and not narrow else PANEL)
    traces = [_key(name, line) for name, line in apart.scale(picture, dark)]
    traces += [_key(name, line, "legend2") for name, line in apart.surety(dark)] + _signs(picture, dark)
    for place, other in enumerate(others):
        traces += _placed(_pair(picture, other, spots, dark), place)
    heads = [f"{_name(picture, 0)} against {_name(picture, other)}" for other in others]
    return go.Figure(traces, _layout(picture, heads, spots, "", dark=dark, across=1 if narrow else 2))


def _panel(picture: TreePicture, run: int, spots: Places, dark: bool) -> list[Trace]:
    x, y = picture.x[:, run], picture.y[:, run]
    lines = [trace_of(spots, items, line_of(kind, power, dark)) for kind, power, items in kinds(x, y, picture.n[run])]
    return [
        *glow(picture, [run], spots), *lines, labels(picture, run, spots, dark), tips(picture, run, spots, dark),
        *evidence(picture, run, spots), counts(picture, run, spots, dark), nodes(picture, run, spots, dark),
    ]  # fmt: skip


def _pair(picture: TreePicture, other: int, spots: Places, dark: bool) -> list[Trace]:
    """What a panel shows of the first run against another: the samples of both together, but for their lines."""
    pair = [0, other]
    both = replace(
        picture, x=picture.x[:, pair].sum(axis=1, keepdims=True), y=picture.y[:, pair].sum(axis=1, keepdims=True),
        n=(picture.n[0] + picture.n[other],), names=("",), colours=(ink(dark).text,),
    )  # fmt: skip
    signs = [sign for run in pair for sign in evidence(picture, run, spots)]
    drawn = [trace_of(spots, items, line) for line, items in apart.lines(picture, other, dark)]
    return [
        *glow(picture, pair, spots), *drawn,
        labels(both, 0, spots, dark), tips(both, 0, spots, dark), *signs, apart.counts(picture, other, spots, dark),
        nodes(both, 0, spots, dark),
    ]  # fmt: skip


def _placed(traces: Sequence[Trace], place: int) -> list[Trace]:
    return [{**trace, "xaxis": _axis("x", place), "yaxis": _axis("y", place)} for trace in traces]


def _axis(letter: str, place: int) -> str:
    return letter if place == 0 else f"{letter}{place + 1}"


def _scale(dark: bool) -> list[Trace]:
    """The legend of the lines: how dark and wide a share is."""
    return [_key(f"1/{2**power:,}" if power else "1", line_of(PLAIN, power, dark)) for power in SHOWN_OCTAVES]


def _colours(dark: bool) -> list[Trace]:
    named = [
        ("leads to a correct answer", line_of(RIGHT, 3, dark)),
        ("only others came here", line_of(ABSENT, 0, dark)),
    ]
    return [_key(name, line, "legend2") for name, line in named]


def _key(name: str, line: Line, legend: str = "legend") -> Trace:
    style = {"color": line.colour, "width": line.width, "dash": line.dash}
    return {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "name": name, "showlegend": True,
            "legend": legend, "line": style}  # fmt: skip


def _signs(picture: TreePicture, dark: bool) -> list[Trace]:
    """The legend of the marks that are in the picture."""
    pen = ink(dark)
    ends = [f"{MARKS[mark].glyph} {MARKS[mark].words}" for mark in MARKS if (picture.items["verdict"] == mark).any()]
    named: list[tuple[str, dict[str, Any]]] = [("   ".join(ends), {"size": 1, "color": translucent(pen.paper, 0.01)})]
    named += [
        (SIGN_WORDS[level], {"symbol": sign, "size": 9, "color": pen.text, "line": {"width": 1.6}})
        for level, sign in SIGNS.items()
        if (picture.items["evidence"] == level).any()
    ]
    return [
        {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": name, "showlegend": True,
         "legend": "legend2", "marker": marker}
        for name, marker in named
    ]  # fmt: skip


def _name(picture: TreePicture, run: int) -> str:
    name = squeezed_apart(picture.names, NAME_LETTERS)[run]
    return f'<span style="color:{picture.colours[run]}">■</span> <b>{name}</b>'


def _head(picture: TreePicture, run: int) -> str:
    c, n = int(picture.y[0, run]), picture.n[run]
    return f"{_name(picture, run)} · {c:,} of {n:,} correct" + (f" ({100 * c / n:.1f} %)" if n else "")


def _layout(
    picture: TreePicture, heads: Sequence[str], spots: Places, title: str, *, dark: bool, across: int
) -> dict[str, Any]:
    """Panels `across` in a row, all zoomed together, with two legends under them."""
    pen, rows = ink(dark), int(np.ceil(picture.items["row"].max())) + 1
    each = HEAD + max(ROW_HEIGHT * rows, LEAST)
    drawn = -(-len(heads) // across) * each
    foot = FOOT if across > 1 else NARROW_FOOT
    layout: dict[str, Any] = {
        "template": template(dark), "height": drawn + foot, "clickmode": "event+select", "showlegend": True,
        "dragmode": "zoom" if across > 1 else None, "hoverdistance": 12, "uirevision": "kept",
        "margin": {"l": 2, "r": 2, "t": 2, "b": foot}, "annotations": [],
        "legend": _legend(-18 / drawn if title else 0.0, pen), "legend2": _legend(-0.45 * foot / drawn, pen),
    }  # fmt: skip
    for place, head in enumerate(heads):
        left, top = 0.505 * (place % across), 1 - place // across * each / drawn
        wide = [0.0, 1.0] if len(heads) == 1 or across == 1 else [left, left + 0.495]
        number, x, y = (str(place + 1), "x", "y") if place else ("", None, None)
        layout[f"xaxis{number}"] = {
            "visible": False, "range": [-BEFORE, spots.width + BEHIND], "domain": wide, "anchor": _axis("y", place),
            "matches": x,
        }  # fmt: skip
        layout[f"yaxis{number}"] = {
            "visible": False, "range": [rows - 0.4, -0.9], "anchor": _axis("x", place), "matches": y,
            "domain": [max(top - each / drawn, 0.0), top - HEAD / drawn],
        }  # fmt: skip
        layout["annotations"].append(_heading(head, wide[0], top, pen))
    if title:
        small = {"size": 11.5, "color": pen.muted}
        layout["annotations"].append({**_heading(title, 0.0, 0.0, pen), "font": small, "yshift": -3})
    return layout


def _heading(text: str, x: float, y: float, pen: Ink) -> dict[str, Any]:
    return {
        "xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": "left", "yanchor": "top", "showarrow": False,
        "text": text, "font": {"size": 13, "color": pen.text},
    }  # fmt: skip


def _legend(y: float, pen: Ink) -> dict[str, Any]:
    return {
        "orientation": "h", "x": 0, "y": y, "yanchor": "top", "itemclick": False, "itemdoubleclick": False,
        "font": {"size": 11.5, "color": pen.muted},
    }  # fmt: skip
