"""How every figure looks: colours of models and verdicts, marks of verdicts, one template for light and dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

import pandas as pd
import plotly.graph_objects as go

from backend.records import Training

BASE, RLVR, SFT, DISTILLED = "#0072B2", "#D55E00", "#56B4E9", "#CC79A7"
ROLE_COLOURS: dict[str, str] = {
    Training.BASE: BASE,
    Training.RLVR: RLVR,
    Training.SFT: SFT,
    Training.DISTILLED: DISTILLED,
}
"""One colour a kind of training on every page (Okabe and Ito's palette, safe for colour-blind readers)."""

OTHER_COLOURS = ("#E69F00", "#9673C8", "#8A8A8A")
"""Models of unknown training take these by their order."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Runs that share a colour differ in dash, so that greyscale print keeps them apart."""

BAND_OPACITY = 0.18
EARLIEST_TINT = 0.6
"""The earliest checkpoint of a series keeps 40 % of the hue, the latest all of it."""

CONFIG: dict[str, object] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "autoScale2d"],
}
"""Given to every chart: nothing is ever uploaded. No camera button: its picture would lack title and interval mode."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How one kind of sample is drawn; the shape always says what the colour says."""

    glyph: str
    colour: str
    words: str


CUT, UNSCORED = "cut", "unscored"
MARKS: dict[str, Mark] = {
    "correct": Mark(glyph="✓", colour="#009E73", words="correct"),
    "incorrect": Mark(glyph="✗", colour="#8A8F98", words="incorrect"),
    "no_answer": Mark(glyph="○", colour="#8A8F98", words="no answer"),
    CUT: Mark(glyph="✂", colour="#8A8F98", words="cut at the token limit"),
    "error": Mark(glyph="!", colour="#B3261E", words="error, not counted"),
    UNSCORED: Mark(glyph="·", colour="#8A8F98", words="not scored yet"),
}


def mark_of(verdict: str | None, finish_reason: str | None) -> str:
    """The key in MARKS for a sample. A cut sample that is correct all the same stays correct."""
    if verdict is None:
        return UNSCORED
    if finish_reason == "length" and verdict in ("incorrect", "no_answer"):
        return CUT
    return verdict


@dataclass(frozen=True, kw_only=True)
class Style:
    """The line of one run."""

    colour: str
    dash: str


def run_styles(runs: pd.DataFrame) -> dict[str, Style]:
    """Style of each run in `runs` (one row a run: run, training, checkpoint_step), in the frame's order.

    Checkpoints of RLVR models are steps of lightness of one hue, later is darker; runs that still share a colour
    differ in dash.
    """
    tints = _checkpoint_colours(runs)
    others = iter(OTHER_COLOURS * len(runs))
    taken: dict[str, int] = {}
    styles: dict[str, Style] = {}
    for row in runs.itertuples():
        run, training = str(row.run), str(row.training)
        colour = tints.get(run) or ROLE_COLOURS.get(training) or next(others)
        styles[run] = Style(colour=colour, dash=DASHES[taken.get(colour, 0) % len(DASHES)])
        taken[colour] = taken.get(colour, 0) + 1
    return styles


def _checkpoint_colours(runs: pd.DataFrame) -> dict[str, str]:
    """Colour of each RLVR run that has a step, where there is more than one step."""
    stepped = runs[(runs["training"] == Training.RLVR) & runs["checkpoint_step"].notna()]
    steps = sorted(set(stepped["checkpoint_step"].astype(float)))
    if len(steps) < 2:
        return {}
    tint = {step: EARLIEST_TINT * (1 - place / (len(steps) - 1)) for place, step in enumerate(steps)}
    each = zip(stepped["run"], stepped["checkpoint_step"].astype(float), strict=True)
    return {str(run): mixed(RLVR, "#FFFFFF", tint[step]) for run, step in each}


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` mixed in, both as #RRGGBB."""
    ours, theirs = _channels(colour), _channels(other)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(ours, theirs, strict=True))


def translucent(colour: str, opacity: float) -> str:
    """`colour` (#RRGGBB) as an rgba() text."""
    return f"rgba({', '.join(map(str, _channels(colour)))}, {opacity})"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@dataclass(frozen=True, kw_only=True)
class Ink:
    """What is not data: text, secondary text, grid and paper."""

    text: str
    muted: str
    grid: str
    paper: str


LIGHT = Ink(text="#1B1F24", muted="#57606A", grid="rgba(27, 31, 36, 0.09)", paper="#FFFFFF")
DARK = Ink(text="#E8EAED", muted="#A6ADB7", grid="rgba(232, 234, 237, 0.12)", paper="#14171C")
FONT = '"Source Sans", "Source Sans 3", system-ui, sans-serif'


def ink(dark: bool) -> Ink:
    """The ink for a dark or a light page."""
    return DARK if dark else LIGHT


@cache
def template(dark: bool) -> go.layout.Template:
    """The one template: transparent paper, faint grid, no legend unless a figure asks for it."""
    pen = ink(dark)
    axis = {
        "gridcolor": pen.grid,
        "linecolor": pen.grid,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": pen.muted, "size": 12},
        "title": {"font": {"color": pen.muted, "size": 13}, "standoff": 8},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": pen.text},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "hoverlabel": {
                "bgcolor": pen.paper,
                "bordercolor": pen.muted,
                "font": {"family": FONT, "color": pen.text, "size": 13},
            },
            "modebar": {"bgcolor": "rgba(0, 0, 0, 0)", "color": pen.muted, "activecolor": pen.text},
            "hovermode": "closest",
            "dragmode": False,
        }
    )


def row_labels(
    rows: Iterable[tuple[float, str, str]], *, font: dict[str, object], outside: int, above: int
) -> list[dict[str, object]]:
    """Two texts over each horizontal bar, at its left and right end: (place, left, right), shifted by pixels."""
    return [
        {
            "xref": "paper",
            "x": side,
            "xanchor": anchor,
            "xshift": (2 * side - 1) * outside,
            "y": place,
            "yanchor": "bottom",
            "yshift": above,
            "text": text,
            "showarrow": False,
            "font": font,
        }
        for place, left, right in rows
        for side, anchor, text in ((0, "left", left), (1, "right", right))
    ]


def powers_of_two(largest: float, most: int = 12) -> list[int]:
    """Ticks 1, 2, 4 … up to `largest`; every second, third … power where there would be more than `most`."""
    exponents = range(max(int(largest), 1).bit_length())
    stride = -(-len(exponents) // most)
    return [2**exponent for exponent in exponents[::stride]]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The given places moved as little as needed so that neighbours are `gap` apart and all lie within low and high."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    floor = low
    for index in order:
        moved[index] = max(places[index], floor)
        floor = moved[index] + gap
    ceiling = high
    for index in reversed(order):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - gap
    return moved


def plain(text: str, letters: int = 200) -> str:
    """Text that is not ours (names, answers), cut to `letters` and safe in Plotly's labels, which read some HTML."""
    return escape(text if len(text) <= letters else text[: letters - 1] + "…", quote=False)


def squeezed(name: str, letters: int) -> str:
    """A name of at most `letters`, cut in its middle: runs of one family differ at their end."""
    tail = letters // 2
    return plain(name if len(name) <= letters else f"{name[: letters - tail - 1]}…{name[-tail:]}")


def squeezed_apart(names: Sequence[str], letters: int) -> list[str]:
    """Names of at most `letters` each, in their order, cut where they are alike so that they stay apart."""
    short = [squeezed(name, letters) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    head, tail = _letters_alike(names), _letters_alike([name[::-1] for name in names])
    least = min(map(len, names)) - head
    kept = [name[head : len(name) - min(tail, least)] for name in names]
    return [squeezed(f"{'…' if head else ''}{part}{'…' if tail else ''}", letters) for part in kept]


def _letters_alike(names: Sequence[str]) -> int:
    """How many letters all names begin with."""
    return next(
        (at for at, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), min(map(len, names))
    )


def text_or_none(value: object) -> str | None:
    """A frame's text cell; pandas writes a missing one as NaN."""
    return value if isinstance(value, str) else None
