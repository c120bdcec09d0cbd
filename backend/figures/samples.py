"""One problem's samples: how often each run solved it, and a strip with one tick a sample."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import (
    MARKS,
    Mark,
    ink,
    mark_of,
    mixed,
    plain,
    row_labels,
    run_styles,
    squeezed,
    template,
    text_or_none,
    translucent,
)

TICKS_A_ROW = 32
ROW_HEIGHT = 21
SHARES = [0, 25, 50, 75, 100]


def counts_figure(counts: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """A small bar a run: the share of samples that are correct, with its interval.

    One row of `counts` is one run: run, label, training, checkpoint_step, n, c, share, low, high (NaN where n = 0).
    """
    pen = ink(dark)
    styles = run_styles(counts)
    colours = [styles[str(run)].colour for run in counts["run"]]
    places = list(range(len(counts)))
    layout = {
        "template": template(dark),
        "height": 32 * len(counts) + 46,
        "bargap": 0.76,
        "xaxis": {
            "range": [-0.3, 100.5],
            "tickvals": SHARES,
            "ticktext": [f"{share} %" for share in SHARES],
            "fixedrange": True,
        },
        "yaxis": {"visible": False, "range": [len(counts) - 0.6, -0.75], "fixedrange": True},
        "margin": {"l": 12, "r": 14, "t": 4, "b": 24},
        "annotations": row_labels(
            [
                (place, squeezed(str(label), 40), f"<b>{c:,}</b> of {n:,}" if n else "no scored samples")
                for place, label, c, n in zip(places, counts["label"], counts["c"], counts["n"], strict=True)
            ],
            font={"size": 13, "color": pen.text},
            outside=8,
            above=6,
        ),
    }
    return go.Figure([_share_bars(counts, places, colours, pen.text)], layout)


def _share_bars(counts: pd.DataFrame, places: list[int], colours: list[str], whisker: str) -> dict[str, object]:
    return {
        "type": "bar",
        "x": 100 * counts["share"],
        "y": places,
        "orientation": "h",
        "marker": {"color": colours, "line": {"width": 0}},
        "error_x": {
            "type": "data",
            "array": 100 * (counts["high"] - counts["share"]),
            "arrayminus": 100 * (counts["share"] - counts["low"]),
            "color": whisker,
            "thickness": 1.5,
            "width": 4,
        },
        "customdata": counts[["c", "n", "low", "high"]].assign(label=[plain(str(label)) for label in counts["label"]]),
        "hovertemplate": (
            "%{customdata[4]}<br>%{customdata[0]:,} of %{customdata[1]:,} correct"
            "<br>95 % Wilson interval %{customdata[2]:.1%} to %{customdata[3]:.1%}<extra></extra>"
        ),
    }


def tick_figure(samples: pd.DataFrame, *, selected: int | None = None, dark: bool = False) -> go.Figure:
    """One tick a sample, row after row, verdict by glyph and colour; a click gives the sample's index as customdata.

    One row of `samples` is one sample: sample_index, verdict (None: not scored), answer, finish_reason, token_count.
    """
    rows = max(-(-len(samples) // TICKS_A_ROW), 1)
    layout = {
        "template": template(dark),
        "height": ROW_HEIGHT * rows + 10,
        "clickmode": "event+select",
        "xaxis": {"visible": False, "range": [-0.9, TICKS_A_ROW - 0.1], "fixedrange": True},
        "yaxis": {"visible": False, "range": [rows - 0.4, -0.6], "fixedrange": True},
        "margin": {"l": 0, "r": 0, "t": 5, "b": 5},
    }
    return go.Figure([_ticks(samples, selected, dark)], layout)


def _ticks(samples: pd.DataFrame, selected: int | None, dark: bool) -> dict[str, object]:
    pen = ink(dark)
    places = range(len(samples))
    marks = [MARKS[mark_of(text_or_none(row.verdict), text_or_none(row.finish_reason))] for row in samples.itertuples()]
    chosen = [int(index) == selected for index in samples["sample_index"]]
    untouched = {"marker": {"opacity": 1}}
    return {
        "type": "scatter",
        "x": [place % TICKS_A_ROW for place in places],
        "y": [place // TICKS_A_ROW for place in places],
        "mode": "markers+text",
        "text": [mark.glyph for mark in marks],
        "textposition": "middle center",
        "textfont": {"size": 15, "color": [mixed(mark.colour, pen.text, 0.2 if dark else 0.0) for mark in marks]},
        "marker": {
            "symbol": "square",
            "size": 18,
            "color": [translucent(mark.colour, 0.25 if at else 0.01) for mark, at in zip(marks, chosen, strict=True)],
            "line": {"width": [2 if at else 0 for at in chosen], "color": pen.text},
        },
        "customdata": [
            [int(index), _hover(int(index), mark, answer, tokens)]
            for index, mark, answer, tokens in zip(
                samples["sample_index"], marks, samples["answer"], samples["token_count"], strict=True
            )
        ],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "selected": untouched,
        "unselected": untouched,
    }


def _hover(index: int, mark: Mark, answer: object, tokens: Any) -> str:
    lines = [f"<b>Sample {index:,}</b>: {mark.words}"]
    if isinstance(answer, str):
        lines.append(f"answer {plain(answer, 60)}")
    if pd.notna(tokens):
        lines.append(f"{int(tokens):,} tokens")
    return "<br>".join(lines)
