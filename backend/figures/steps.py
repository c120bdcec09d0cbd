"""Problems over the checkpoints of one RLVR run."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import BASE, RLVR, ink, mixed, plain, squeezed, template

MOST_ROWS = 60


def turns_figure(turned: pd.DataFrame, steps: Sequence[str], *, dark: bool = False) -> go.Figure:
    """One line a problem and one square a step, darker the surer it is solved within m; a click gives the problem.

    One row of `turned`: problem, kind (lost or gained), shares (pass@m at each step). The first MOST_ROWS are drawn.
    """
    pen, shown = ink(dark), turned.head(MOST_ROWS)
    hues = {"lost": BASE, "gained": RLVR}
    cells = [
        (at, row, mixed(hues[str(kind)], pen.paper, 1 - (0.06 + 0.94 * share)), problem, share)
        for row, (problem, kind, shares) in enumerate(
            zip(shown["problem"], shown["kind"], shown["shares"], strict=True)
        )
        for at, share in enumerate(shares)
    ]
    squares = {
        "type": "scatter",
        "mode": "markers",
        "x": [cell[0] for cell in cells],
        "y": [cell[1] for cell in cells],
        "customdata": [[cell[3], f"{100 * cell[4]:.1f} %", plain(str(cell[3]), 60)] for cell in cells],
        "marker": {
            "symbol": "square",
            "size": 15,
            "color": [cell[2] for cell in cells],
            "line": {"color": pen.muted, "width": 1},
        },
        "hovertemplate": "%{customdata[2]}: solved with %{customdata[1]} chance<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }
    names = [
        f"{squeezed(str(problem), 22)} {'−' if kind == 'lost' else '+'}"
        for problem, kind in zip(shown["problem"], shown["kind"], strict=True)
    ]
    layout = {
        "template": template(dark),
        "height": 70 + 19 * len(shown),
        "clickmode": "event+select",
        "margin": {"l": 8, "r": 8, "t": 4, "b": 8},
        "xaxis": {
            "tickvals": list(range(len(steps))), "ticktext": [squeezed(step, 14) for step in steps], "side": "top",
            "range": [-0.5, len(steps) - 0.5], "fixedrange": True, "title": {"text": "training step"},
        },
        "yaxis": {
            "tickvals": list(range(len(shown))), "ticktext": names, "range": [len(shown) - 0.4, -0.6],
            "fixedrange": True, "showgrid": False,
        },
    }  # fmt: skip
    return go.Figure([squares], layout)
