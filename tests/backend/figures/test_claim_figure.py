"""The intervals of a claim: the mark says the verdict, the line what they are held against."""

from typing import Any

from backend.figures import claim_figure

ROWS: list[dict[str, Any]] = [
    {"label": "<b>one", "verdict": "supported", "effect": 0.1, "low": 0.05, "high": 0.2},
    {"label": "two", "verdict": "cannot be told", "effect": -0.02, "low": None, "high": None},
    {"label": "three", "verdict": "contradicted", "effect": None, "low": None, "high": None},
]


def test_each_known_effect_has_its_interval_its_mark_and_its_name() -> None:
    figure = claim_figure(ROWS, "points", 0.05, scale=100.0)
    marks = figure.data[0]
    assert list(marks.x) == [10, -2]
    assert [round(end) for end in marks.error_x.array] == [10, 0]
    assert [round(end) for end in marks.error_x.arrayminus] == [5, 0]
    assert list(marks.marker.symbol) == ["circle", "circle-open"]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;one", "two"]
    assert figure.layout.shapes[0].x0 == 5
    assert figure.layout.xaxis.title.text == "points"


def test_a_single_row_needs_no_name() -> None:
    assert list(claim_figure(ROWS[:1], "%", 0.0, dark=True).layout.yaxis.ticktext) == [""]
