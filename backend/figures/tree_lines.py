"""The lines of a sample tree: where they run, and how dark and wide a probability makes them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.figures.look import MARKS, ink, mixed

Floats = npt.NDArray[np.float64]

OCTAVES = 10
"""Probabilities are told apart by powers of two, down to 1 in 1,024."""
SHOWN_OCTAVES = (0, 2, 4, 6, 8, 10)
WIDEST, NARROWEST = 5.5, 0.9
LIGHTNESS = {False: (18.0, 80.0), True: (90.0, 38.0)}
"""CIE lightness of what is sure and of what is least likely, on a light and on a dark page."""
LIGHTEST_MARK, DARKEST_MARK = 56.0, 60.0
"""CIE lightness of small marks: at most so on a light page, at least so on a dark one."""
GREY, GREEN = "#7C8590", MARKS["correct"].colour
BENDS = 16
LINEAR_FROM = 0.04045

PLAIN, RIGHT, ABSENT = "plain", "right", "absent"


@dataclass(frozen=True, kw_only=True)
class Line:
    """How a line is drawn."""

    colour: str
    width: float
    dash: str = "solid"


def octave(share: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the power of two nearest to each share, on the log scale: 0 for 1, 10 for 1/1024 and all below."""
    with np.errstate(divide="ignore"):
        found = np.round(-np.log2(np.asarray(share, dtype=float)))
    return np.asarray(np.clip(np.nan_to_num(found, posinf=OCTAVES), 0, OCTAVES).astype(np.int64))


def width_of(power: int) -> float:
    """Return how wide a line of probability 2 ** −power is, in pixels."""
    return round(WIDEST + (NARROWEST - WIDEST) * power / OCTAVES, 2)


def line_of(kind: str, power: int, dark: bool) -> Line:
    """Return the line of a probability 2 ** −power: grey, or green where it leads to a correct answer; or of a way that
    only others took. Grey and green of one probability are equally light, so that greyscale print keeps the scale.
    """
    if kind == ABSENT:
        pen = ink(dark)
        return Line(colour=mixed(pen.muted, pen.paper, 0.62 if dark else 0.6), width=1, dash="2px,3px")
    sure, unlikely = LIGHTNESS[dark]
    light = sure + (unlikely - sure) * power / OCTAVES
    return Line(colour=shade(GREEN if kind == RIGHT else GREY, light), width=width_of(power))


def legible(colour: str, dark: bool) -> str:
    """Return a colour of this hue that is no lighter, on a dark page no darker, than small marks may be."""
    lightness = 116 * _luminance(_channels(colour)) ** (1 / 3) - 16
    return shade(colour, max(lightness, DARKEST_MARK) if dark else min(lightness, LIGHTEST_MARK))


def shade(colour: str, lightness: float) -> str:
    """Return a colour of this hue (#RRGGBB) and CIE lightness (0 to 100)."""
    wanted, linear = ((lightness + 16) / 116) ** 3, _channels(colour)
    own = _luminance(linear)
    made = linear * wanted / own if wanted <= own else linear + (1 - linear) * (wanted - own) / (1 - own)
    return "#" + "".join(f"{round(255 * _encoded(float(part))):02X}" for part in np.clip(made, 0, 1))


def _channels(colour: str) -> Floats:
    return np.array([_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)])


def _luminance(linear: Floats) -> float:
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _linear(part: float) -> float:
    return part / 12.92 if part <= LINEAR_FROM else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= LINEAR_FROM / 12.92 else 1.055 * part ** (1 / 2.4) - 0.055


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the items of a tree stand: x in pixels of a panel of nominal width, y in rows."""

    x: Floats
    y: Floats
    parent: npt.NDArray[np.int64]
    bend: float
    """How far a line bends before it runs level, in the unit of x."""
    width: float
    """Where the leaves stand."""

    def curves(self, items: npt.NDArray[np.int64]) -> tuple[list[float | None], list[float | None]]:
        """Return the lines that lead to these items, one after the other with a gap between them."""
        t = np.linspace(0, 1, BENDS)
        rise = t * t * (3 - 2 * t)
        above = self.parent[items]
        bent = self.x[above, None] + self.bend * t
        climbed = self.y[above, None] + (self.y[items] - self.y[above])[:, None] * rise
        xs = np.column_stack([bent, self.x[items], np.full(len(items), np.nan)])
        ys = np.column_stack([climbed, self.y[items], np.full(len(items), np.nan)])
        return _with_gaps(xs), _with_gaps(ys)


def _with_gaps(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 3) for value in values.ravel()]


def places(items: pd.DataFrame, width: float) -> Places:
    """Return where items stand: columns evenly apart, all leaves at the right end, stubs at the end of their bend, left
    of where the label in the next row begins."""
    across = width / max(int(items["column"].max()), 1)
    bend = min(0.45 * across, 64.0)
    inner = items["column"] * across - np.where(items["stub"], across - bend + 2, 0)
    x = np.where(items["leaf"], width, inner).astype(float)
    parent = items["parent"].to_numpy(dtype=np.int64)
    return Places(x=x, y=items["row"].to_numpy(dtype=float), parent=parent, bend=bend, width=width)


def kinds(
    x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], n: int
) -> Iterator[tuple[str, int, npt.NDArray[np.int64]]]:
    """Yield the items (but the root) by kind of line and octave, the least likely first: kind, octave, items."""
    kind = np.where(y > 0, RIGHT, np.where(x > 0, PLAIN, ABSENT))
    power = np.where(x > 0, octave(x / max(n, 1)), OCTAVES + 1)
    for level in range(OCTAVES + 1, -1, -1):
        for name in (ABSENT, PLAIN, RIGHT):
            found = np.flatnonzero((power == level) & (kind == name))
            found = found[found > 0]
            if found.size:
                yield name, min(level, OCTAVES), found
