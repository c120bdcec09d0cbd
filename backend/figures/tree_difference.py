"""Where two runs of a sample tree part: by colour which of them comes more often, by opacity how surely."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from backend.figures.look import ink, mixed, squeezed_apart
from backend.figures.tree_lines import GREY, NARROWEST, WIDEST, Line, Places, octave, width_of
from backend.figures.tree_marks import COUNT_AT, LABEL_SIZE, Trace, TreePicture

Integers = npt.NDArray[np.int64]

STRONGEST = 4
"""Powers of two between two shares at which the colour is full: 16 times as often."""
SURE = (0.001, 0.05)
FAINT = (0.0, 0.45, 0.72)
"""How much of the paper shows through a line: p at most 0.001, at most 0.05, above."""


def lines(picture: TreePicture, other: int, dark: bool) -> Iterator[tuple[Line, Integers]]:
    """Yield the items (but the root) that the first run or `other` reached, by how they are drawn, the surest last."""
    ratio, p = (picture.differences[other][name].to_numpy() for name in ("log_ratio", "p"))
    power = np.clip(np.round(ratio), -STRONGEST, STRONGEST).astype(int)
    doubt = np.digitize(p, SURE, right=True)
    shares = picture.x[:, [0, other]] / np.maximum(np.array(picture.n)[[0, other]], 1)
    wide = 2 * (octave(shares.max(axis=1)) // 2)
    here = picture.x[:, [0, other]].sum(axis=1) > 0
    classes = np.stack([-doubt, -wide, power], axis=1)[1:]
    for doubt_, wide_, power_ in np.unique(classes, axis=0).tolist():
        found = 1 + np.flatnonzero((classes == [doubt_, wide_, power_]).all(axis=1) & here[1:])
        if found.size:
            yield Line(colour=_colour(picture, power_, other, -doubt_, dark), width=width_of(-wide_)), found


def _colour(picture: TreePicture, power: int, other: int, doubt: int, dark: bool) -> str:
    pen = ink(dark)
    hue = picture.colours[0] if power > 0 else picture.colours[other]
    return mixed(mixed(GREY, hue, abs(power) / STRONGEST), pen.paper, FAINT[doubt])


def scale(picture: TreePicture, dark: bool) -> list[tuple[str, Line]]:
    """What the colours say: a line each, from much more often in the first run to much more often in the other."""
    one, *others = squeezed_apart(picture.names, 24)
    two = others[0] if len(others) == 1 else "the other"
    names = [(4, f"16 × as often in {one}"), (2, "4 ×"), (0, "equally often"), (-2, "4 ×"), (-4, f"16 × in {two}")]
    return [(name, Line(colour=_colour(picture, power, 1, 0, dark), width=4)) for power, name in names]


def surety(dark: bool) -> list[tuple[str, Line]]:
    """What opacity and width say."""
    pen = ink(dark)
    words = ("p ≤ 0.001", "p ≤ 0.05", "p > 0.05, may be chance")
    shades = [
        (said, Line(colour=mixed(pen.text, pen.paper, faint), width=3))
        for said, faint in zip(words, FAINT, strict=True)
    ]
    return [*shades, ("wider: taken more often", Line(colour=pen.muted, width=(WIDEST + NARROWEST) / 2))]


def counts(picture: TreePicture, other: int, spots: Places, dark: bool) -> Trace:
    """How many samples of either run ended at each leaf."""
    pen = ink(dark)
    one, two = picture.x[:, 0], picture.x[:, other]
    shown = np.flatnonzero(picture.items["leaf"] & (one + two > 0))
    colours = (picture.colours[0], picture.colours[other])
    return {
        "type": "scatter", "mode": "text", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
        "x": (spots.x[shown] + COUNT_AT).tolist(), "y": spots.y[shown].tolist(), "textposition": "middle right",
        "text": [
            f'<span style="color:{colours[0]}">{a:,}</span> · <span style="color:{colours[1]}">{b:,}</span>'
            for a, b in zip(one[shown].tolist(), two[shown].tolist(), strict=True)
        ],
        "textfont": {"size": LABEL_SIZE, "color": pen.muted},
    }  # fmt: skip
