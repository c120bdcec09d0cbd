"""A drawing as a picture for print."""

from backend.errors import BadInput
from backend.exports.drawings import Drawing
from backend.figures.printing import FORMS, WIDTHS, Words, picture, printed


def picture_of(drawing: Drawing, caption: str, *, form: str, width: str = "column") -> bytes:
    """Return a light drawing as PNG, SVG or PDF, as wide as a `column` (85 mm) or a `page` (178 mm).

    Raises BadInput for a form or a width that does not exist, and where there is no browser to draw it.
    """
    if width not in WIDTHS:
        raise BadInput(f"There is no width {width}.", f"Name one of {', '.join(WIDTHS)}.")
    words = Words(title=drawing.title, subtitle=drawing.subtitle, caption=caption)
    return picture(printed(drawing.figure, words, WIDTHS[width]), form, WIDTHS[width])


PICTURE_FORMS = FORMS
