"""Figures inside a page of their own: the script that draws them, and a figure as text for it."""

from functools import cache

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs


@cache
def plotly_script() -> str:
    """Return Plotly's script, 4.8 MB; it works without a network."""
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def figure_text(figure: go.Figure) -> str:
    """Return a figure as JSON that may stand inside a script element of a page, whatever its texts hold."""
    return str(figure.to_json()).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
