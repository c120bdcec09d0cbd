"""A figure as a file of its own: with its title and subtitle, and all that it needs to be looked at offline."""

from textwrap import wrap

import plotly.graph_objects as go

from backend.figures.look import CONFIG, ink, plain

LETTERS_A_LINE = 110
LINE_HEIGHT = 24


def saved_figure(figure: go.Figure, title: str, subtitle: str, *, dark: bool = False) -> bytes:
    """Return the figure as an HTML page under its title, a finding in words, and subtitle; it loads nothing."""
    pen = ink(dark)
    lines = [
        *(f"<b>{plain(line)}</b>" for line in wrap(title, LETTERS_A_LINE)),
        *map(plain, wrap(subtitle, LETTERS_A_LINE)),
    ]
    above = LINE_HEIGHT * len(lines) + 16
    named = go.Figure(figure)
    named.update_layout(
        title={"text": "<br>".join(lines), "font": {"size": 15, "color": pen.text}, "x": 0.01, "y": 1, "yanchor": "top",
               "yref": "container", "pad": {"t": 12}},
        margin={"t": above}, height=(figure.layout.height or 450) + above, paper_bgcolor=pen.paper,
    )  # fmt: skip
    page: str = named.to_html(include_plotlyjs=True, config=CONFIG, full_html=True)
    return page.replace("<body>", f'<body style="background:{pen.paper}; max-width: 1200px">', 1).encode()
