"""Perplexity: a point a problem for each model that reads and each that wrote; and one sample read token by token."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import MARKS, ROLE_COLOURS, ink, plain, template, translucent

MOST_POINTS = 1_000
"""Of more problems so many are drawn a column, evenly by rank; box and mean are of all."""
COLUMNS = (("base", "base"), ("base", "rlvr"), ("rlvr", "base"), ("rlvr", "rlvr"))
"""(reads, wrote), from left to right."""
NAMES = {"base": "base", "rlvr": "RLVR"}
GOLDEN = 0.618034
MOST_NAMED = 48
"""Beyond so many tokens they are named in the hover alone."""


def perplexity_figure(
    problems: pd.DataFrame, *, selected: str | None = None, dark: bool = False, height: int = 360
) -> go.Figure:
    """Draw a column for each model that reads the samples of each; a click gives the problem.

    One row of `problems`: problem, reads and wrote (`base` or `rlvr`), perplexity, samples. The colour is the model
    that reads; filled points are texts of its own, hollow ones of the other. The line is the geometric mean.
    """
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for place, (reads, wrote) in enumerate(COLUMNS):
        own = problems[(problems["reads"] == reads) & (problems["wrote"] == wrote)].sort_values("perplexity")
        if own.empty:
            notes.append(_note(place, "not scored yet", ink(dark).muted))
            continue
        traces += [_box(own, place, reads), _points(own, place, reads, wrote, selected, dark)]
        mean = float(own["mean"].iloc[0])
        traces.append(_mean(mean, place, dark))
        notes.append(_note(place, f"{mean:,.3g}", ink(dark).text))
    return go.Figure(traces, {**_layout(dark, height), "annotations": notes})


def _box(own: pd.DataFrame, place: int, reads: str) -> dict[str, Any]:
    return {
        "type": "box", "y": own["perplexity"], "x": [place] * len(own), "boxpoints": False, "width": 0.62,
        "fillcolor": translucent(ROLE_COLOURS[reads], 0.12), "line": {"color": ROLE_COLOURS[reads], "width": 1},
        "hoverinfo": "skip",
    }  # fmt: skip


def _points(own: pd.DataFrame, place: int, reads: str, wrote: str, selected: str | None, dark: bool) -> dict[str, Any]:
    drawn = own.iloc[:: -(-len(own) // MOST_POINTS)]
    picked = [name == selected for name in drawn["problem"]]
    return {
        "type": "scatter", "mode": "markers", "y": drawn["perplexity"],
        "x": [place + 0.44 * ((at * GOLDEN) % 1 - 0.5) for at in range(len(drawn))],
        "marker": {
            "symbol": "circle" if reads == wrote else "circle-open", "color": ROLE_COLOURS[reads],
            "size": [13 if one else 6 for one in picked],
            "line": {"color": [ink(dark).text if one else ROLE_COLOURS[reads] for one in picked], "width": 1.5},
        },
        "customdata": [
            [str(name), plain(str(name), 60), f"{count:,}"]
            for name, count in zip(drawn["problem"], drawn["samples"], strict=True)
        ],
        "hovertemplate": f"%{{customdata[1]}}: %{{y:,.3g}}, {NAMES[reads]} reads %{{customdata[2]}} samples of "
        f"{NAMES[wrote]}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }  # fmt: skip


def _mean(mean: float, place: int, dark: bool) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": [place - 0.36, place + 0.36], "y": [mean, mean],
        "line": {"color": ink(dark).text, "width": 2.5}, "hoverinfo": "skip",
    }  # fmt: skip


def _note(place: int, words: str, colour: str) -> dict[str, Any]:
    return {"x": place, "y": 1, "yref": "paper", "yanchor": "bottom", "text": words, "showarrow": False,
            "font": {"color": colour, "size": 13}}  # fmt: skip


def _layout(dark: bool, height: int) -> dict[str, Any]:
    names = [f"{NAMES[reads]} reads<br>{NAMES[wrote]}'s samples" for reads, wrote in COLUMNS]
    return {
        "template": template(dark), "height": height, "clickmode": "event+select",
        "margin": {"l": 8, "r": 8, "t": 26, "b": 8},
        "xaxis": {"tickvals": list(range(4)), "ticktext": names, "range": [-0.5, 3.5], "fixedrange": True,
                  "showgrid": False, "tickfont": {"color": ink(dark).text, "size": 12}},
        "yaxis": {"title": {"text": "perplexity a token, log scale"}, "type": "log", "fixedrange": True, "nticks": 6},
    }  # fmt: skip


def token_figure(tokens: pd.DataFrame, reads: str, *, dark: bool = False, height: int = 220) -> go.Figure:
    """Draw how much each token of a sample surprises the model that reads it.

    One row of `tokens`: position (from 0), token, logprob (natural), rank (or missing), closed (whether the sampler
    that is asked about could never draw it, or missing). Closed tokens carry a cross.
    """
    pen, surprise = ink(dark), -tokens["logprob"]
    names = [plain(repr(str(text))[1:-1], 24) for text in tokens["token"]]
    places = tokens["position"] + 1
    ranks = ["" if pd.isna(rank) else f", rank {int(rank):,}" for rank in tokens["rank"]]
    bars = {
        "type": "bar", "x": places, "y": surprise, "marker": {"color": ROLE_COLOURS[reads]},
        "customdata": [[f"“{name}”", rank] for name, rank in zip(names, ranks, strict=True)],
        "hovertemplate": "token %{x}: %{customdata[0]}, %{y:.2f} nats%{customdata[1]}<extra></extra>",
    }  # fmt: skip
    shut = tokens[tokens["closed"].eq(True).fillna(False)]
    crosses = {
        "type": "scatter", "mode": "markers", "x": shut["position"] + 1, "y": -shut["logprob"], "cliponaxis": False,
        "marker": {"symbol": "x", "size": 11, "color": MARKS["error"].colour, "line": {"width": 1, "color": pen.paper}},
        "hoverinfo": "skip",
    }  # fmt: skip
    axis = {"tickvals": places, "ticktext": names} if len(tokens) <= MOST_NAMED else {}
    layout = {
        "template": template(dark), "height": height, "bargap": 0.15,
        "xaxis": {"title": {"text": "tokens of the sample, in order"}, "fixedrange": True, **axis},
        "yaxis": {"title": {"text": "surprise, nats"}, "rangemode": "tozero", "fixedrange": True},
    }  # fmt: skip
    return go.Figure([bars, crosses], layout)
