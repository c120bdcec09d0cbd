"""A drawing as a picture for print."""

from backend.errors import BadInput
from backend.exports.drawings import Drawing
from backend.figures.printing import FORMS, WIDTHS, Width, Words, picture, printed


def picture_of(drawing: Drawing, caption: str, *, form: str, width: str = "column") -> bytes:
    """Return a light drawing as PNG, SVG or PDF, as wide as a `column` (85 mm) or a `page` (178 mm).

    Raises BadInput for a form or a width that does not exist, and where there is no browser to draw it.
    """
    wide = _width(width)
    words = Words(title=drawing.title, subtitle=drawing.subtitle, caption=caption)
    return picture(printed(drawing.figure, words, wide), form, wide)


PICTURE_FORMS = FORMS


def pixels_of(width: str) -> int:
    """Return on how many pixels a figure of this width is laid out. Raises BadInput for a width that does not exist."""
    return _width(width).pixels


def _width(width: str) -> Width:
    if width not in WIDTHS:
        raise BadInput(f"There is no width {width}.", f"Name one of {', '.join(WIDTHS)}.")
    return WIDTHS[width]
