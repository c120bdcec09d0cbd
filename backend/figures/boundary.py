"""The 2×2 of two runs, and which of many runs solve which problems."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import BASE, RLVR, Ink, ink, mixed, plain, squeezed_apart, template

PLACES = {"both": (0, 1), "base_only": (1, 1), "rlvr_only": (0, 0), "neither": (1, 0)}
"""Column and row of each set: RLVR solves or not, base solves (above) or not."""
MOST_PATTERNS = 16


def boundary_figure(cells: pd.DataFrame, *, selected: str | None = None, dark: bool = False) -> go.Figure:
    """Four cells that can be clicked, shaded by their share.

    One row of `cells` is one set: solved (its key, comes back from a click), label, size, share (of all), note (one
    line under the number).
    """
    pen = ink(dark)
    bars = [
        {
            "type": "bar",
            "x": [PLACES[row["solved"]][0]],
            "y": [0.94],
            "base": [PLACES[row["solved"]][1] - 0.47],
            "width": [0.95],
            "customdata": [[row["solved"], row["label"], f"{row['size']:,.1f}", row["note"]]],
            "hovertemplate": "%{customdata[1]}: %{customdata[2]}<br>%{customdata[3]}<extra></extra>",
            "marker": {
                "color": _cell_colour(row["solved"], row["share"], pen),
                "line": {"color": pen.text, "width": 3 if row["solved"] == selected else 0},
                "cornerradius": 5,
            },
            "unselected": {"marker": {"opacity": 1}},
        }
        for row in cells.to_dict("records")
    ]
    layout = {
        "template": template(dark),
        "height": 262,
        "bargap": 0,
        "barmode": "overlay",
        "clickmode": "event+select",
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "xaxis": {
            "range": [-0.5, 1.5], "fixedrange": True, "showgrid": False, "side": "top", "tickvals": [0, 1],
            "ticktext": ["RLVR solves", "RLVR does not"], "tickfont": {"color": pen.text, "size": 13},
        },
        "yaxis": {
            "range": [-0.5, 1.5], "fixedrange": True, "showgrid": False, "tickvals": [1, 0],
            "ticktext": ["base<br>solves", "base<br>does not"], "tickfont": {"color": pen.text, "size": 13},
        },
        "annotations": [text for row in cells.to_dict("records") for text in _cell_texts(row, pen)],
    }  # fmt: skip
    return go.Figure(bars, layout)


def _cell_colour(solved: str, share: float, pen: Ink) -> str:
    hue = {"base_only": BASE, "rlvr_only": RLVR, "both": mixed(BASE, RLVR, 0.5)}.get(solved, "#8A8F98")
    return mixed(hue, pen.paper, 0.86 - 0.4 * share)


def _cell_texts(row: Mapping[Any, Any], pen: Ink) -> list[dict[str, object]]:
    column, line = PLACES[row["solved"]]
    texts = (
        (f"<b>{row['size']:,.1f}</b>", 24, pen.text, 30),
        (str(row["label"]), 13, pen.text, 4),
        (str(row["note"]), 12, pen.muted, -26),
    )
    return [
        {
            "x": column, "y": line, "yshift": shift, "text": text, "showarrow": False,
            "font": {"size": size, "color": colour},
        }
        for text, size, colour, shift in texts
    ]  # fmt: skip


def pattern_figure(
    patterns: pd.DataFrame, runs: pd.DataFrame, *, selected: str | None = None, dark: bool = False
) -> go.Figure:
    """Bars of the sizes of patterns above dots that say which runs solve the problems; both can be clicked.

    patterns: pattern (a sign 1 or 0 a run), size; the first MOST_PATTERNS are drawn. runs: one row a run, label and
    colour, in the order of the signs.
    """
    pen, shown = ink(dark), patterns.head(MOST_PATTERNS)
    keys, sizes = list(shown["pattern"]), list(shown["size"])
    colours = [pen.text if key == selected else pen.muted for key in keys]
    bars = {
        "type": "bar", "x": list(range(len(keys))), "y": sizes, "customdata": [[key] for key in keys],
        "marker": {"color": colours, "cornerradius": 3}, "textposition": "outside", "cliponaxis": False,
        "text": [f"{size:,.0f}" if size == int(size) else f"{size:,.1f}" for size in sizes],
        "hovertemplate": "%{text} problems<extra></extra>", "unselected": {"marker": {"opacity": 1}},
    }  # fmt: skip
    dots = [
        {
            "type": "scatter", "mode": "markers", "x": list(range(len(keys))), "y": [place] * len(keys), "yaxis": "y2",
            "customdata": [[key] for key in keys], "unselected": {"marker": {"opacity": 1}},
            "marker": {
                "size": 13, "color": [colour if key[place] == "1" else pen.paper for key in keys],
                "line": {"width": 1.5, "color": [colour if key[place] == "1" else pen.muted for key in keys]},
            },
            "hovertemplate": [
                f"{plain(label, 60)} {'solves' if key[place] == '1' else 'does not solve'} them<extra></extra>"
                for key in keys
            ],
        }
        for place, (label, colour) in enumerate(zip(runs["label"], runs["colour"], strict=True))
    ]  # fmt: skip
    return go.Figure([bars, *dots], _pattern_layout(runs, dark))


def _pattern_layout(runs: pd.DataFrame, dark: bool) -> dict[str, object]:
    rows = len(runs)
    height = 180 + 28 * rows
    split = 28 * rows / height
    return {
        "template": template(dark),
        "height": height,
        "bargap": 0.45,
        "clickmode": "event+select",
        "margin": {"l": 8, "r": 8, "t": 22, "b": 4},
        "xaxis": {"visible": False, "fixedrange": True, "range": [-0.6, MOST_PATTERNS - 0.4], "anchor": "y2"},
        "yaxis": {
            "domain": [split + 0.03, 1],
            "title": {"text": "problems"},
            "fixedrange": True,
            "rangemode": "tozero",
        },
        "yaxis2": {
            "domain": [0, split],
            "range": [rows - 0.5, -0.5],
            "fixedrange": True,
            "tickvals": list(range(rows)),
            "ticktext": squeezed_apart([str(label) for label in runs["label"]], 24),
        },
    }
