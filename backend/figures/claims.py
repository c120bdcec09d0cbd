"""What runs say of one claim: an effect with its interval a row, beside what it is held against."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from backend.figures.look import ink, plain, squeezed, template

SYMBOLS = {"supported": "circle", "contradicted": "x", "cannot be told": "circle-open"}
NAME_LETTERS = 26
ROW_HEIGHT, BOTTOM = 26, 42


def claim_figure(
    rows: Sequence[Mapping[str, Any]], unit: str, against: float, *, scale: float = 1.0, dark: bool = False
) -> go.Figure:
    """One row of `rows` is one run: label, verdict, effect, low, high (None where it is not known).

    unit: of the axis; against: where the line is drawn; scale: by what all of them are multiplied. The mark says the
    verdict: filled for supported, a cross for contradicted, hollow where it cannot be told.
    """
    pen, known = ink(dark), [row for row in rows if row["effect"] is not None]
    places = list(range(len(known)))
    ends = [[row["effect"] if row[end] is None else row[end] for row in known] for end in ("low", "high")]
    effects = [row["effect"] for row in known]
    hover = [
        f"{plain(str(row['label']), 60)}<br>{scale * row['effect']:,.3g} [{scale * low:,.3g}, {scale * high:,.3g}]"
        f"<br>{row['verdict']}<extra></extra>"
        for row, low, high in zip(known, *ends, strict=True)
    ]
    marks = {
        "type": "scatter", "mode": "markers", "x": [scale * value for value in effects], "y": places,
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": pen.text,
            "array": [scale * (high - value) for value, high in zip(effects, ends[1], strict=True)],
            "arrayminus": [scale * (value - low) for value, low in zip(effects, ends[0], strict=True)],
        },
        "marker": {
            "symbol": [SYMBOLS[row["verdict"]] for row in known], "size": 10, "color": pen.text, "line": {"width": 2},
        },
        "hovertemplate": hover,
    }  # fmt: skip
    named = [squeezed(str(row["label"]), NAME_LETTERS) if len(known) > 1 else "" for row in known]
    return go.Figure([marks], _layout(named, unit, scale * against, dark))


def _layout(named: list[str], unit: str, against: float, dark: bool) -> dict[str, object]:
    pen, rows = ink(dark), len(named)
    return {
        "template": template(dark),
        "height": BOTTOM + 6 + ROW_HEIGHT * max(rows, 1),
        "margin": {"l": 10, "r": 14, "t": 6, "b": BOTTOM},
        "xaxis": {"title": {"text": unit, "standoff": 4}, "fixedrange": True, "nticks": 7, "automargin": False},
        "yaxis": {
            "range": [rows - 0.5, -0.5], "fixedrange": True, "showgrid": False, "tickvals": list(range(rows)),
            "ticktext": named, "tickfont": {"color": pen.text, "size": 12},
        },
        "shapes": [
            {
                "type": "line", "x0": against, "x1": against, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": pen.muted, "width": 1.5, "dash": "dot"},
            }
        ],
    }  # fmt: skip
