"""What becomes of a model over its training: pass@1 and pass@k of its checkpoints, and what the training logged."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.comparison.series import running_mean
from backend.figures.look import BAND_OPACITY, BASE, RLVR, ink, mixed, template, translucent

MARKERS, DASHES = ("circle", "diamond"), ("dot", "solid")
"""Of pass@1 and of pass@k, which share the colour of their training; the base model's points have its own."""


def series_figure(points: pd.DataFrame, *, dark: bool = False, height: int = 300) -> go.Figure:
    """Draw each budget over the training steps with its band; points as `comparison.series.checkpoint_series` gives."""
    traces: list[dict[str, Any]] = []
    labels = []
    for place, (k, own) in enumerate(points.groupby("k")):
        which = min(place, 1)
        known = own.dropna(subset=["low", "high"])
        edge = [*(100 * known["high"]), *(100 * known["low"][::-1])]
        traces.append(
            {
                "type": "scatter", "x": [*known["step"], *known["step"][::-1]], "y": edge, "mode": "lines",
                "line": {"width": 0}, "fill": "toself", "fillcolor": translucent(RLVR, BAND_OPACITY),
                "hoverinfo": "skip",
            }
        )  # fmt: skip
        traces.append(
            {
                "type": "scatter", "x": own["step"], "y": 100 * own["value"], "mode": "lines+markers",
                "line": {"color": RLVR, "width": 2.5, "dash": DASHES[which]}, "name": f"pass@{k:,}",
                "marker": {"color": [RLVR if step else BASE for step in own["step"]], "size": 9,
                           "symbol": MARKERS[which]},
                "customdata": pd.DataFrame({"low": 100 * own["low"], "high": 100 * own["high"]}),
                "hovertemplate": "%{y:.1f} % [%{customdata[0]:.1f}, %{customdata[1]:.1f}]",
            }
        )  # fmt: skip
        end = own.iloc[-1]
        labels.append(
            {
                "x": end["step"], "y": 100 * end["value"], "text": f"pass@{k:,}", "showarrow": False,
                "xanchor": "left", "xshift": 9, "font": {"color": mixed(RLVR, ink(dark).text, 0.25), "size": 13},
            }
        )  # fmt: skip
    layout = _layout(dark, height, "% of problems", right=90)
    layout["yaxis"] |= {"range": [0, 100], "ticksuffix": " %"}
    return go.Figure(traces, {**layout, "annotations": labels})


def log_figure(steps: pd.DataFrame, column: str, title: str, *, dark: bool = False, height: int = 150) -> go.Figure:
    """Draw one column of a training log over its steps: every value faint, and their running mean."""
    pen = ink(dark)
    known = steps[["step", column]].dropna()
    mean, window = running_mean(known[column])
    traces = [
        {
            "type": "scatter", "x": known["step"], "y": known[column], "mode": "lines", "hovertemplate": "%{y:.3g}",
            "line": {"color": translucent(pen.muted, 0.35), "width": 1}, "name": title,
        },
        {
            "type": "scatter", "x": known["step"], "y": mean, "mode": "lines", "hovertemplate": "mean %{y:.3g}",
            "line": {"color": pen.text, "width": 1.8}, "name": f"mean of {window:,} steps",
        },
    ]  # fmt: skip
    layout = _layout(dark, height, title, right=8)
    layout["yaxis"] |= {"rangemode": "tozero", "nticks": 4}
    return go.Figure(traces, layout)


def _layout(dark: bool, height: int, title: str, *, right: int) -> dict[str, Any]:
    return {
        "template": template(dark),
        "height": height,
        "hovermode": "x unified",
        "margin": {"l": 8, "r": right, "t": 8, "b": 8},
        "xaxis": {"title": {"text": "training step"}, "tickformat": ",d", "unifiedhovertitle": {"text": "step %{x:,}"}},
        "yaxis": {"title": {"text": title}},
    }
