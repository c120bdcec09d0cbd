"""Figures for paper: as wide as a column or a page, with title and caption inside, told apart in greyscale."""

import re
import shutil
import struct
import textwrap
import zlib
from dataclasses import dataclass
from html import escape
from typing import Any, cast

import kaleido
import plotly.graph_objects as go
from choreographer.errors import BrowserClosedError, BrowserFailedError, ChromeNotFoundError

from backend.errors import BadInput
from backend.figures.look import DASHES, LIGHT

FORMS = ("png", "svg", "pdf")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT_SECONDS = 60.0
DOTS_AN_INCH = 600
MM_AN_INCH, PIXELS_AN_INCH = 25.4, 96

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that a text may hold and an SVG may not: no reader would open it."""


@dataclass(frozen=True, kw_only=True)
class Width:
    """How wide a figure is on paper, and on how many pixels it is laid out: fewer make its letters larger."""

    mm: float
    pixels: int

    @property
    def scale(self) -> float:
        """What a pixel is multiplied with to have its size on paper."""
        return self.mm / MM_AN_INCH * PIXELS_AN_INCH / self.pixels


WIDTHS = {"column": Width(mm=85, pixels=420), "page": Width(mm=178, pixels=760)}
"""Of a page with two columns, as most journals and conferences have them; letters are 7 points or larger in both."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands inside a printed figure."""

    title: str
    subtitle: str = ""
    caption: str = ""


def browser_path() -> str | None:
    """Return where a browser of Chromium's kind is that can draw pictures; None where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def printed(figure: go.Figure, words: Words, width: Width) -> go.Figure:
    """Return a copy of a light figure for paper: title and caption above, a dash of its own a run."""
    sheet = go.Figure(figure)
    sheet.layout.template = figure.layout.template
    title, small = _lines(words.title, 15, width, bold=True), _lines(words.subtitle, 12, width)
    lines = [*title, *small, *_lines(words.caption, 10.5, width)]
    above = 20 * len(lines) + (16 if sheet.layout.xaxis.side != "top" else 64)
    sheet.update_layout(
        width=width.pixels,
        height=int(sheet.layout.height or 420) + above,
        paper_bgcolor=LIGHT.paper,
        margin={"t": (sheet.layout.margin.t or 0) + above},
        title={
            "text": "<br>".join(lines), "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top",
            "pad": {"l": 8, "t": 18}, "font": {"color": LIGHT.text, "size": 15}, "automargin": False,
        },
    )  # fmt: skip
    _tell_lines_apart(sheet)
    _thin_out(sheet, width)
    return sheet


def _lines(text: str, size: float, width: Width, *, bold: bool = False) -> list[str]:
    """Wrap a text that is not ours to the width, each line in Plotly's own small markup."""
    letters = int((width.pixels - 20) / (size * (0.66 if bold else 0.58)))
    style = f"font-size: {size}px; color: {LIGHT.text if bold else LIGHT.muted}"
    lines = [escape(line, quote=False) for line in textwrap.wrap(text, letters)]
    return [f'<span style="{style}">{f"<b>{line}</b>" if bold else line}</span>' for line in lines]


def _tell_lines_apart(sheet: go.Figure) -> None:
    """Give each run's solid line a dash of its own: two colours may have the same grey."""
    lines = [trace for trace in sheet.data if trace.type == "scatter" and trace.legendgroup and not trace.fill]
    runs = list(dict.fromkeys(trace.legendgroup for trace in lines))
    for trace in lines:
        if trace.line.dash == "solid":
            trace.line.dash = DASHES[runs.index(trace.legendgroup) % len(DASHES)]


def _thin_out(sheet: go.Figure, width: Width) -> None:
    """Leave out every second tick of a k axis that is too narrow for them side by side."""
    ticks = sheet.layout.xaxis.tickvals or ()
    if sheet.layout.xaxis.type == "log" and len(ticks) * 60 > width.pixels:
        sheet.update_layout(xaxis={"tickvals": ticks[::2], "ticktext": sheet.layout.xaxis.ticktext[::2]})


def picture(sheet: go.Figure, form: str, width: Width) -> bytes:
    """Return a printed figure as PNG (600 dots an inch), SVG or PDF. Raises BadInput where that cannot be done."""
    if form not in FORMS:
        raise BadInput(f"There is no picture of the form {form}.", f"Name one of {', '.join(FORMS)}.")
    path = browser_path()
    if path is None:
        raise BadInput(
            "There is no browser here to draw a picture with.",
            "Install Chromium (on Debian: apt-get install chromium), or export the data or the report instead.",
        )
    scale = width.mm / MM_AN_INCH * DOTS_AN_INCH / width.pixels if form == "png" else width.scale
    how: dict[str, Any] = {"format": form, "width": sheet.layout.width, "height": sheet.layout.height, "scale": scale}
    try:
        made = kaleido.calc_fig_sync(
            sheet, opts=how, kopts={"path": path, "mathjax": False, "timeout": TIMEOUT_SECONDS}
        )
    except (BrowserClosedError, BrowserFailedError, ChromeNotFoundError, TimeoutError) as error:
        raise BadInput(
            f"{path} did not draw the picture: {error}.", "Try again, or export the data or the report instead."
        ) from error
    drawn = cast("bytes", made)
    if form == "svg":
        return _NOT_XML.sub("\ufffd", drawn.decode()).encode()
    return _with_density(drawn) if form == "png" else drawn


def _with_density(png: bytes) -> bytes:
    """Write into a PNG how many dots an inch it has, so that it is placed in its true width."""
    dots = round(DOTS_AN_INCH / MM_AN_INCH * 1000)
    body = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    after_header = 8 + 25
    return png[:after_header] + chunk + png[after_header:]
