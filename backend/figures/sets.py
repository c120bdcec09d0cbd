"""The four sets of a comparison: solved by both, by base only, by RLVR only, by neither."""

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import BASE, RLVR, ink, mixed, plain, row_labels, template

BOTH = mixed(BASE, RLVR, 0.5)


def solved_sets_figure(sets: pd.DataFrame, *, selected: str | None = None, dark: bool = False) -> go.Figure:
    """One bar a set, longest possible bar = all compared problems.

    One row of `sets` is one set: solved (its key, comes back from a click), label, problems, share (of the compared
    problems).
    """
    pen = ink(dark)
    colours = {
        "both": mixed(BOTH, pen.muted, 0.35),
        "base_only": BASE,
        "rlvr_only": RLVR,
        "neither": mixed(pen.muted, pen.paper, 0.45),
    }
    most = max(float(sets["share"].max()), 0.01) if len(sets) else 1.0
    layout = {
        "template": template(dark),
        "height": 52 * len(sets) + 8,
        "bargap": 0.62,
        "clickmode": "event+select",
        "xaxis": {"visible": False, "range": [0, most * 1.02], "fixedrange": True},
        "yaxis": {"visible": False, "autorange": "reversed", "fixedrange": True},
        "margin": {"l": 2, "r": 4, "t": 14, "b": 0},
        "annotations": row_labels(
            [
                (place, plain(str(label), 60), f"<b>{problems:,}</b>  {100 * share:.1f} %")
                for place, label, problems, share in zip(
                    range(len(sets)), sets["label"], sets["problems"], sets["share"], strict=True
                )
            ],
            font={"size": 14, "color": pen.text},
            outside=0,
            above=9,
        ),
    }
    bars = {
        "type": "bar",
        "x": sets["share"],
        "y": list(range(len(sets))),
        "orientation": "h",
        "customdata": sets[["solved", "problems", "label"]],
        "marker": {
            "color": [colours.get(str(key), pen.muted) for key in sets["solved"]],
            "opacity": [1.0 if selected in (None, key) else 0.38 for key in sets["solved"]],
            "cornerradius": 3,
            "line": {"width": 0},
        },
        "hovertemplate": "%{customdata[2]}: %{customdata[1]:,} problems (%{x:.1%} of those compared)<extra></extra>",
    }
    return go.Figure([bars], layout)
