"""How often problems are solved: twelve bins side by side, and the matrix of who moved between them."""

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import BASE, RLVR, ink, mixed, template


def histogram_figure(bars: pd.DataFrame, *, selected: str | None = None, dark: bool = False) -> go.Figure:
    """Two bars a bin; a click gives `base-<bin>` or `rlvr-<bin>`. One row of `bars`: bin, label, base, rlvr."""
    pen = ink(dark)
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": bars["bin"],
            "y": bars[side],
            "customdata": [[f"{side}-{place}", label] for place, label in zip(bars["bin"], bars["label"], strict=True)],
            "text": [f"{size:,}" if size else "" for size in bars[side]],
            "textposition": "outside",
            "cliponaxis": False,
            "textfont": {"size": 11, "color": pen.muted},
            "marker": {
                "color": colour,
                "pattern": {"shape": shape, "size": 5, "solidity": 0.25},
                "line": {
                    "color": pen.text,
                    "width": [3 if selected == f"{side}-{place}" else 0 for place in bars["bin"]],
                },
            },
            "hovertemplate": f"{name}: %{{y:,}} problems with accuracy %{{customdata[1]}}<extra></extra>",
            "unselected": {"marker": {"opacity": 1}},
        }
        for side, name, colour, shape in (("base", "Base", BASE, ""), ("rlvr", "RLVR", RLVR, "/"))
    ]
    layout = {
        "template": template(dark),
        "height": 330,
        "bargap": 0.2,
        "clickmode": "event+select",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "xaxis": {**_bin_axis(bars["label"]), "title": {"text": "share of samples correct"}},
        "yaxis": {"title": {"text": "problems"}, "fixedrange": True},
    }
    return go.Figure(traces, layout)


def transition_figure(
    moves: pd.DataFrame, labels: list[str], *, selected: str | None = None, dark: bool = False
) -> go.Figure:
    """A square a pair of bins, larger and darker with its problems; a click gives `<base bin>-<RLVR bin>`.

    One row of `moves`: base_bin, rlvr_bin, problems. On the diagonal nothing moved; right of it RLVR solves more.
    """
    pen = ink(dark)
    most = max(int(moves["problems"].max()), 1) if len(moves) else 1
    keys = [f"{base}-{rlvr}" for base, rlvr in zip(moves["base_bin"], moves["rlvr_bin"], strict=True)]
    weight = (moves["problems"] / most) ** 0.5
    hues = [
        RLVR if rlvr > base else BASE if rlvr < base else "#8A8F98"
        for base, rlvr in zip(moves["base_bin"], moves["rlvr_bin"], strict=True)
    ]
    shades = [mixed(hue, pen.paper, 0.8 - 0.6 * share) for hue, share in zip(hues, weight, strict=True)]
    squares = {
        "type": "scatter",
        "mode": "markers+text",
        "x": moves["rlvr_bin"],
        "y": moves["base_bin"],
        "customdata": [[key] for key in keys],
        "text": [f"{size:,}" for size in moves["problems"]],
        "textfont": {"size": 11, "color": pen.text},
        "marker": {
            "symbol": "square",
            "size": (14 + 12 * weight).tolist(),
            "color": shades,
            "line": {"color": pen.text, "width": [2 if key == selected else 0 for key in keys]},
        },
        "hovertemplate": "%{text} problems: base %{y}, RLVR %{x}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}, "textfont": {"color": pen.text}},
        "selected": {"textfont": {"color": pen.text}},
    }
    last = len(labels) - 1
    diagonal = {
        "type": "line", "x0": -0.5, "y0": -0.5, "x1": last + 0.5, "y1": last + 0.5, "layer": "below",
        "line": {"color": pen.grid, "width": 1},
    }  # fmt: skip
    layout = {
        "template": template(dark),
        "height": 420,
        "clickmode": "event+select",
        "shapes": [diagonal],
        "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
        "xaxis": {**_bin_axis(labels), "title": {"text": "RLVR: share of samples correct"}},
        "yaxis": {**_bin_axis(labels), "title": {"text": "base: share of samples correct"}},
    }
    return go.Figure([squares], layout)


def _bin_axis(labels: "pd.Series | list[str]") -> dict[str, object]:
    """Ticks that say where a bin ends, short enough for a phone."""
    ends = ["0", *(f"≤.{tenth}" for tenth in range(1, 10)), "<1", "1"]
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": ends,
        "range": [-0.6, len(labels) - 0.4],
        "fixedrange": True,
        "tickangle": 0,
    }
