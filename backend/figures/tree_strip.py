"""How a finding of a sample tree hangs on the level at which steps are merged."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from backend.figures.look import ink, plain, squeezed, template
from backend.figures.tree_lines import legible

SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def sensitivity_figure(
    labels: Sequence[str], counts: Mapping[str, Sequence[int]], colours: Sequence[str], *, dark: bool = False
) -> go.Figure:
    """A point a level and run, joined from level to level.

    labels: the levels, from the strictest; counts: by the run's name, correct paths that it alone took at each.
    """
    pen = ink(dark)
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "x": list(range(len(labels))), "y": list(values),
            "name": squeezed(name, 30), "line": {"color": legible(colour, dark), "width": 1.5, "dash": "dot"},
            "marker": {"size": 9, "symbol": symbol}, "cliponaxis": False,
            "hovertemplate": f"{plain(name, 40)}: %{{y:,}} correct paths of it alone<extra></extra>",
        }
        for (name, values), colour, symbol in zip(counts.items(), colours, SYMBOLS, strict=False)
    ]  # fmt: skip
    layout = {
        "template": template(dark), "height": 230, "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": pen.text}},
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "xaxis": {"tickvals": list(range(len(labels))), "ticktext": list(labels), "range": [-0.4, len(labels) - 0.6],
                  "fixedrange": True},
        "yaxis": {"title": {"text": "correct paths of one run alone"}, "rangemode": "tozero", "fixedrange": True},
    }  # fmt: skip
    return go.Figure(traces, layout)
