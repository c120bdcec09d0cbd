"""Curves of a metric over k, or over τ."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from backend.figures.look import (
    BAND_OPACITY,
    Style,
    ink,
    mixed,
    plain,
    powers_of_two,
    run_styles,
    spread,
    squeezed_apart,
    template,
    translucent,
)

MOST_END_LABELS = 8
"""More lines than this are named in a legend under the chart."""
LABEL_LETTERS = 22
FEW_BANDS, MOST_BANDS = 3, 8
"""Up to three bands have the full opacity, up to eight half of it; more would hide each other: the hover tells them."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What the axes of a curve show."""

    metric: str = "pass@k"
    over_k: bool = True
    """Whether the curve runs over k, on a log2 axis; else over τ from 0 to 1."""
    is_share: bool = True
    """Whether values are shares, shown in % of problems; else plain numbers a problem."""

    @property
    def scale(self) -> float:
        """What a value is multiplied with to be shown."""
        return 100.0 if self.is_share else 1.0

    @property
    def unit(self) -> str:
        """What stands behind a shown value."""
        return " %" if self.is_share else ""


PASS_AT_K = Axes()


def curve_figure(
    curves: pd.DataFrame, *, dark: bool = False, whole_range: bool = True, height: int = 420, axes: Axes = PASS_AT_K
) -> go.Figure:
    """A metric with its band for every run in `curves`.

    One row of `curves` is one point of one run: run, label, training, checkpoint_step, k, value, low, high (shares,
    NaN where undefined: a gap), problems, n_min and n_max, part ("all" problems, or "subset": the fixed subset that has
    more samples, drawn dashed). The k axis is log2; the y axis runs from 0 to 100 % unless `whole_range` is off.
    """
    curves = curves.assign(**{name: axes.scale * curves[name] for name in ("value", "low", "high")})
    runs = curves.drop_duplicates("run")
    styles = run_styles(runs)
    few = len(runs) <= MOST_END_LABELS
    parts = {(str(run), str(part)): points for (run, part), points in curves.groupby(["run", "part"], sort=False)}
    traces = []
    if len(runs) <= MOST_BANDS:
        opacity = BAND_OPACITY if len(runs) <= FEW_BANDS else BAND_OPACITY / 2
        traces += [_band(points, styles[run], opacity) for (run, part), points in parts.items() if part == "all"]
    traces += [
        _line(points, styles[run], axes, named=not few) if part == "all" else _continuation(points, styles[run], axes)
        for (run, part), points in parts.items()
    ]
    layout = _layout(curves, dark, whole_range, height, axes)
    if few:
        layout["annotations"] = list(_end_labels(curves, styles, dark, layout["yaxis"]["range"], height, axes))
    else:
        layout |= {"showlegend": True, "legend": {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0}}
    return go.Figure(traces, layout)


def _layout(curves: pd.DataFrame, dark: bool, whole_range: bool, height: int, axes: Axes) -> dict[str, Any]:
    drawn = curves[curves["value"].notna()]
    return {
        "template": template(dark),
        "height": height,
        "hovermode": "x unified" if curves["run"].nunique() <= 4 else "closest",
        "dragmode": "zoom",
        "margin": {"l": 8, "r": _label_margin(curves), "t": 12, "b": 8},
        "xaxis": {
            **(over_k(float(drawn["k"].max()) if len(drawn) else 1.0) if axes.over_k else OVER_THRESHOLD),
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": ink(dark).muted,
        },
        "yaxis": {
            "title": {"text": f"{axes.metric}, {'% of problems' if axes.is_share else 'mean a problem'}"},
            "range": [0, 100] if whole_range and axes.is_share else _zoomed(drawn, axes, whole_range),
            "ticksuffix": axes.unit,
        },
    }


def over_k(last: float) -> dict[str, Any]:
    """Return the k axis from 1 to `last`, log2."""
    ticks = powers_of_two(last)
    return {
        "type": "log",
        "range": [-0.02, math.log10(max(last, 1.5)) + 0.02],
        "tickvals": ticks,
        "ticktext": [f"{tick:,}" for tick in ticks],
        "title": {"text": "k, samples a problem (log₂)"},
        "unifiedhovertitle": {"text": "k = %{x:,}"},
    }


OVER_THRESHOLD: dict[str, Any] = {
    "range": [0, 1],
    "tickformat": ".1f",
    "title": {"text": "τ, success rate a sample"},
    "unifiedhovertitle": {"text": "τ = %{x:.2f}"},
}


def _zoomed(drawn: pd.DataFrame, axes: Axes, from_zero: bool) -> list[float]:
    """The range the data fill, a little wider, never beyond 0 to 100 % where they are shares."""
    most = 100.0 if axes.is_share else math.inf
    if not len(drawn):
        return [0.0, 100.0]
    low, high = float(drawn["value"].min()), float(drawn["value"].max())
    if from_zero and drawn["high"].notna().any():
        high = max(high, float(drawn["high"].max()))
    air = max((high - low) * 0.12, 0.01 * axes.scale)
    return [0.0 if from_zero else max(low - air, 0.0), min(high + air, most)]


def _band(points: pd.DataFrame, style: Style, opacity: float) -> dict[str, object]:
    """Each stretch without a gap as a closed outline; a gap in the curve is a gap in the band."""
    known = points[points["low"].notna() & points["high"].notna()]
    ks = [*known["k"], *known["k"][::-1]]
    edge = [*known["high"], *known["low"][::-1]]
    return {
        "type": "scatter",
        "x": ks,
        "y": edge,
        "fill": "toself",
        "fillcolor": translucent(style.colour, opacity),
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "legendgroup": str(points["run"].iloc[0]) if len(points) else None,
        "showlegend": False,
    }


def _line(points: pd.DataFrame, style: Style, axes: Axes, *, named: bool) -> dict[str, object]:
    label = plain(str(points["label"].iloc[0]))
    sparse = points["value"].notna().sum() < 3
    return {
        "type": "scatter",
        "x": points["k"],
        "y": points["value"],
        "name": label,
        "mode": "lines+markers" if sparse else "lines",
        "line": {"color": style.colour, "width": 2.5, "dash": style.dash},
        "marker": {"color": style.colour, "size": 9},
        "customdata": _hover_data(points),
        "hovertemplate": _hover(axes),
        "legendgroup": str(points["run"].iloc[0]),
        "showlegend": named,
        "connectgaps": False,
    }


def _continuation(points: pd.DataFrame, style: Style, axes: Axes) -> dict[str, object]:
    return {
        "type": "scatter",
        "x": points["k"],
        "y": points["value"],
        "name": f"{plain(str(points['label'].iloc[0]))}, subset",
        "mode": "lines",
        "line": {"color": style.colour, "width": 1.5, "dash": "4px,4px"},
        "customdata": _hover_data(points),
        "hovertemplate": _hover(axes),
        "legendgroup": str(points["run"].iloc[0]),
        "showlegend": False,
    }


def _hover(axes: Axes) -> str:
    digits = ".1f" if axes.is_share else ".2f"
    bounds = f"[%{{customdata[0]:{digits}}}, %{{customdata[1]:{digits}}}]"
    return f"%{{y:{digits}}}{axes.unit} {bounds} · %{{customdata[2]:,}} problems, n = %{{customdata[3]}}"


def _hover_data(points: pd.DataFrame) -> pd.DataFrame:
    each = zip(points["n_min"], points["n_max"], strict=True)
    n = [f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}" for fewest, most in each]
    return pd.DataFrame({"low": points["low"], "high": points["high"], "problems": points["problems"], "n": n})


def _label_margin(curves: pd.DataFrame) -> int:
    labels = squeezed_apart([str(label) for label in curves["label"].unique()], LABEL_LETTERS)
    return 12 if len(labels) > MOST_END_LABELS else 12 + round(6.6 * max(map(len, labels), default=0))


def _end_labels(
    curves: pd.DataFrame, styles: dict[str, Style], dark: bool, span: list[float], height: int, axes: Axes
) -> Iterator[dict[str, object]]:
    """One annotation a line, at its right end, moved up or down so that none covers another."""
    ends = curves[curves["value"].notna()].groupby("run", sort=False).tail(1)
    low, high = span
    gap = (high - low) * 17 / max(height - 70, 1)
    heights = spread([float(value) for value in ends["value"]], gap, low, high)
    labels = squeezed_apart([str(label) for label in ends["label"]], LABEL_LETTERS)
    for run, label, k, place in zip(ends["run"], labels, ends["k"], heights, strict=True):
        yield {
            "x": math.log10(k) if axes.over_k else k,
            "y": place,
            "text": label,
            "showarrow": False,
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 7,
            "font": {"color": _readable(styles[str(run)].colour, dark), "size": 13},
            "bgcolor": translucent(ink(dark).paper, 0.75),
        }


def _readable(colour: str, dark: bool) -> str:
    """The line's colour pulled a little towards the text's, so that its name can be read."""
    return mixed(colour, ink(dark).text, 0.25)
