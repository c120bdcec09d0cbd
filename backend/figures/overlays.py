"""What is drawn over curves, or under them on the same k axis: difference, crossover, guessing, extrapolation."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.figures.curves import over_k
from backend.figures.look import ROLE_COLOURS, Style, ink, mixed, plain, squeezed, translucent

STRIP_HEIGHT, STRIP_GAP = 120, 44
"""Pixels of the difference under the curves, and between the two."""


def with_difference(figure: go.Figure, delta: pd.DataFrame, base: str, other: str, *, dark: bool = False) -> go.Figure:
    """Draw base − other under the curves, in points, with its pointwise band and, fainter, the one for all k at once.

    delta: one row a k, as `comparison.difference.delta` gives it; base, other: what to call the two runs.
    """
    pen = ink(dark)
    shown = delta.assign(**{name: 100 * delta[name] for name in DIFFERENCE_COLUMNS}).dropna(subset=["difference"])
    most = 1.1 * max([5.0, *shown[list(DIFFERENCE_COLUMNS)].abs().max().dropna()])
    line = {
        **_under(shown["k"], shown["difference"]),
        "mode": "lines+markers",
        "line": {"color": pen.text, "width": 2},
        "marker": {"color": pen.text, "size": 5},
        "customdata": shown[["low", "high", "problems_carrying", "q"]],
        "hovertemplate": "difference %{y:+.1f} points [%{customdata[0]:+.1f}, %{customdata[1]:+.1f}] · "
        "%{customdata[2]:,} problems differ · q = %{customdata[3]:.2g}<extra></extra>",
    }
    veils = [
        _ribbon(shown, f"{kind}low", f"{kind}high", translucent(pen.muted, opacity))
        for kind, opacity in (("band_", 0.14), ("", 0.22))
    ]
    figure.add_traces([*veils, line])
    figure = _stacked(figure, most, dark)
    for at_top, name in ((True, base), (False, other)):
        _say_ahead(figure, shown, at_top=at_top, name=name, colour=pen.muted)
    return figure


DIFFERENCE_COLUMNS = ("difference", "low", "high", "band_low", "band_high")


def _under(x: Any, y: Any) -> dict[str, Any]:
    return {"type": "scatter", "x": x, "y": y, "yaxis": "y2", "showlegend": False}


def _ribbon(shown: pd.DataFrame, low: str, high: str, colour: str) -> dict[str, Any]:
    known = shown.dropna(subset=[low, high])
    edge = {**_under([*known["k"], *known["k"][::-1]], [*known[high], *known[low][::-1]]), "mode": "lines"}
    return {**edge, "fill": "toself", "fillcolor": colour, "line": {"width": 0}, "hoverinfo": "skip"}


def _stacked(figure: go.Figure, most: float, dark: bool) -> go.Figure:
    """Give the strip its place under the curves, on the same k axis, with a zero line."""
    pen = ink(dark)
    height = int(figure.layout.height) + STRIP_HEIGHT + STRIP_GAP
    inner = height - 60
    figure.update_layout(
        height=height,
        hoversubplots="axis",
        xaxis={"anchor": "y2"},
        yaxis={"domain": [(STRIP_HEIGHT + STRIP_GAP) / inner, 1]},
        yaxis2={
            "domain": [0, STRIP_HEIGHT / inner],
            "range": [-most, most],
            "title": {"text": "difference"},
            "tickformat": "+.0f",
            "nticks": 5,
            "zeroline": True,
            "zerolinecolor": pen.muted,
            "zerolinewidth": 1,
        },
    )
    return figure


def _say_ahead(figure: go.Figure, shown: pd.DataFrame, *, at_top: bool, name: str, colour: str) -> None:
    """Say who is ahead in this half of the strip, at that end of it from which the difference lies farther away."""
    first, last = (shown["difference"].iloc[end] if len(shown) else 0.0 for end in (0, -1))
    at_left = first <= last if at_top else first >= last
    figure.add_annotation(
        xref="paper", yref="y2 domain", x=0.005 if at_left else 0.995, xanchor="left" if at_left else "right",
        y=1 if at_top else 0, yanchor="top" if at_top else "bottom",
        text=f"{'▲' if at_top else '▼'} {squeezed(name, 30)} ahead, points", showarrow=False,
        font={"color": colour, "size": 12},
    )  # fmt: skip


def with_crossing(
    figure: go.Figure, k: float, low: float | None, high: float | None, *, dark: bool = False
) -> go.Figure:
    """Mark where the curves cross by a thin line, and its interval by a bar at the foot of the chart."""
    pen = ink(dark)
    foot, top = figure.layout.yaxis.range
    said = f" [{low:,.1f}, {high:,.1f}]" if low is not None and high is not None else ""
    figure.add_shape(
        type="line", x0=k, x1=k, y0=0, y1=1, yref="y domain", line={"color": pen.muted, "width": 1, "dash": "dot"}
    )
    bar = {"color": pen.text, "thickness": 1.5, "width": 4, "type": "data", "symmetric": False}
    ends = {"array": [(high or k) - k], "arrayminus": [k - (low or k)]}
    figure.add_trace(
        {
            "type": "scatter", "x": [k], "y": [foot + 0.03 * (top - foot)], "mode": "markers", "showlegend": False,
            "marker": {"color": pen.text, "size": 7, "symbol": "diamond"}, "error_x": {**bar, **ends},
            "hovertemplate": f"crossover k* = {k:,.1f}{said}<extra></extra>",
        }
    )  # fmt: skip
    return figure


def with_guessing(figure: go.Figure, ks: Sequence[int], floor: Sequence[float], *, dark: bool = False) -> go.Figure:
    """Draw what a guesser who picks evenly would reach, as a thin line."""
    pen = ink(dark)
    figure.add_trace(
        {
            "type": "scatter", "x": list(ks), "y": [100 * value for value in floor], "mode": "lines+text",
            "line": {"color": pen.muted, "width": 1.5, "dash": "dot"}, "showlegend": False,
            "text": ["guessing" if at == len(ks) // 2 else "" for at in range(len(ks))], "textposition": "top left",
            "textfont": {"color": pen.muted, "size": 12},
            "hovertemplate": "guessing evenly %{y:.1f} %<extra></extra>",
        }
    )  # fmt: skip
    return figure


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published curve."""

    label: str
    training: str
    ks: Sequence[int]
    values: Sequence[float]
    source: str


def with_published(figure: go.Figure, curves: Sequence[Published], *, dark: bool = False) -> go.Figure:
    """Draw published curves thin and dotted, in the colours of their models' training, each with its source."""
    for curve in curves:
        colour = mixed(ROLE_COLOURS.get(curve.training, "#999999"), ink(dark).paper, 0.25)
        figure.add_trace(
            {
                "type": "scatter", "x": list(curve.ks), "y": [100 * value for value in curve.values],
                "mode": "lines+markers" if len(curve.ks) < 3 else "lines", "showlegend": False,
                "line": {"color": colour, "width": 1.5, "dash": "1px,4px"}, "marker": {"color": colour, "size": 6},
                "name": plain(curve.label),
                "hovertemplate": f"published: {plain(curve.label)} %{{y:.1f}} % · {plain(curve.source)}<extra></extra>",
            }
        )  # fmt: skip
    return _reaching(figure, max((max(curve.ks) for curve in curves), default=1))


def with_extrapolation(
    figure: go.Figure, label: str, style: Style, ks: Sequence[int], fits: Mapping[str, Sequence[float]]
) -> go.Figure:
    """Draw a run's curve beyond n by each fit, dashed; the area between two fits is what they disagree on."""
    edges = list(fits.values())
    if len(edges) == 2:
        figure.add_trace(
            {
                "type": "scatter", "x": [*ks, *list(ks)[::-1]], "mode": "lines", "line": {"width": 0},
                "y": [100 * value for value in [*edges[0], *list(edges[1])[::-1]]], "hoverinfo": "skip",
                "fill": "toself", "fillcolor": translucent(style.colour, 0.1), "showlegend": False,
            }
        )  # fmt: skip
    for fit, values in fits.items():
        figure.add_trace(
            {
                "type": "scatter", "x": list(ks), "y": [100 * value for value in values], "mode": "lines",
                "line": {"color": style.colour, "width": 1.2, "dash": "7px,5px"}, "showlegend": False,
                "name": plain(label),
                "hovertemplate": f"{plain(label)}, {fit} fit beyond n: %{{y:.1f}} %<extra></extra>",
            }
        )  # fmt: skip
    highest = 100 * max((max(values) for values in edges), default=0.0)
    low, high = figure.layout.yaxis.range
    figure.update_layout(yaxis={"range": [low, max(high, min(100.0, highest + 2))]})
    return _reaching(figure, max(ks, default=1))


def _reaching(figure: go.Figure, last: float) -> go.Figure:
    """Widen the k axis to `last`; names at the lines' ends move to the right edge."""
    if figure.layout.xaxis.range[1] >= math.log10(max(last, 1)):
        return figure
    figure.update_layout(xaxis=over_k(last))
    for label in figure.layout.annotations:
        if label.xref is None or label.xref == "x":
            label.update(xref="paper", x=1)
    return figure
