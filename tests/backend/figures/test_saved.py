"""A figure as a file: complete, named, and loading nothing."""

import re

import plotly.graph_objects as go

from backend.figures import saved_figure


def test_a_saved_figure_has_its_title_as_text_and_loads_nothing() -> None:
    page = saved_figure(go.Figure(go.Scatter(x=[1], y=[2])), "3 paths <script>alert(1)</script>", "n = 6").decode()
    assert "3 paths &lt;script" in page.replace("\\u0026", "&").replace("\\u003c", "<").replace("\\u003e", ">")
    assert "<script>alert" not in page
    assert not re.search(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?(?:https?:)?//""", page)
    assert '"showSendToCloud": false' in page
    assert "plotly.js v" in page
