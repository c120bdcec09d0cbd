"""What is drawn over and under curves keeps to their k axis, and undefined stays a gap."""

import math

import pandas as pd
import pytest

from backend.figures import (
    Axes,
    Published,
    curve_figure,
    log_figure,
    run_styles,
    series_figure,
    with_crossing,
    with_difference,
    with_extrapolation,
    with_guessing,
    with_published,
)
from backend.figures.look import BASE
from tests.backend.figures.test_figures import points

CURVE = points("r", "base", {1: 0.2, 2: 0.3, 4: 0.5})
DELTA = pd.DataFrame(
    {
        "k": [1, 2, 4], "difference": [-0.1, math.nan, 0.2], "low": [-0.2, math.nan, 0.1], "high": [0, math.nan, 0.3],
        "band_low": [-0.3, math.nan, 0.0], "band_high": [0.1, math.nan, 0.4], "problems_carrying": [3, 0, 4],
        "q": [0.04, math.nan, 0.01],
    }
)  # fmt: skip


def test_the_difference_stands_under_the_curves_on_their_k_axis() -> None:
    figure = with_difference(curve_figure(CURVE, height=300), DELTA, "base", "<b>rlvr</b>")
    strip = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert list(strip[-1].x) == [1, 4]
    assert list(strip[-1].y) == pytest.approx([-10, 20])
    assert all(trace.xaxis is None for trace in strip)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    low, high = figure.layout.yaxis2.range
    assert low == -high
    assert high >= 40
    assert any("&lt;b&gt;rlvr" in note.text for note in figure.layout.annotations)


def test_the_crossover_is_a_line_with_its_interval() -> None:
    figure = with_crossing(curve_figure(CURVE), 2.5, 1.5, 3.5)
    mark = figure.data[-1]
    assert (mark.x[0], mark.error_x.array[0], mark.error_x.arrayminus[0]) == (2.5, 1, 1)
    assert figure.layout.shapes[0].x0 == 2.5
    unsure = with_crossing(curve_figure(CURVE), 2.5, None, None).data[-1]
    assert (unsure.error_x.array[0], unsure.error_x.arrayminus[0]) == (0, 0)


def test_guessing_is_named_on_its_line() -> None:
    line = with_guessing(curve_figure(CURVE), [1, 2, 4], [0.25, 0.4375, 0.68]).data[-1]
    assert list(line.y) == pytest.approx([25, 43.75, 68])
    assert "guessing" in line.text


def test_what_lies_beyond_n_widens_the_axis_and_shows_where_fits_disagree() -> None:
    style = run_styles(CURVE.drop_duplicates("run"))["r"]
    fits = {"plain": [0.5, 0.8], "zero-inflated": [0.5, 0.6]}
    figure = with_extrapolation(curve_figure(CURVE), "r", style, [4, 40], fits)
    assert figure.layout.xaxis.range[1] == pytest.approx(math.log10(40), abs=0.03)
    assert [trace.line.dash for trace in figure.data[-2:]] == ["7px,5px"] * 2
    assert figure.data[-3].fill == "toself"
    assert figure.layout.annotations[0].xref == "paper"
    alone = with_extrapolation(curve_figure(CURVE), "r", style, [4, 40], {"plain": [0.5, 0.8]})
    assert len(alone.data) == len(curve_figure(CURVE).data) + 1


def test_published_curves_are_dotted_and_name_their_source() -> None:
    known = Published(label="M", training="base", ks=[1, 256], values=[0.1, 0.9], source="Someone 2025, Table 1")
    line = with_published(curve_figure(CURVE), [known]).data[-1]
    assert line.line.dash == "1px,4px"
    assert line.line.color != BASE
    assert "Someone 2025, Table 1" in line.hovertemplate


def test_a_metric_that_is_no_share_has_its_own_axis() -> None:
    bands = {"value": [1.0, 2.5, 7.0], "low": [0.5, 2.0, 5.0], "high": [1.5, 3.0, 9.0]}
    figure = curve_figure(CURVE.assign(**bands), axes=Axes(metric="paths@k", is_share=False))
    assert "mean a problem" in figure.layout.yaxis.title.text
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] > 9
    over_tau = curve_figure(CURVE.assign(k=[0.1, 0.5, 0.9]), axes=Axes(metric="Cover@τ", over_k=False))
    assert over_tau.layout.xaxis.type is None
    assert list(over_tau.layout.xaxis.range) == [0, 1]


def test_a_series_has_a_line_and_a_shape_a_budget() -> None:
    frame = pd.DataFrame(
        {"step": [0, 0, 100, 100], "k": [1, 4] * 2, "value": [0.1, 0.6, 0.3, 0.5], "low": [0.0] * 4, "high": [0.9] * 4}
    )
    lines = [trace for trace in series_figure(frame).data if trace.name]
    assert [(line.name, line.marker.symbol) for line in lines] == [("pass@1", "circle"), ("pass@4", "diamond")]
    assert [y for line in lines for y in line.y] == pytest.approx([10, 30, 60, 50])


def test_a_log_is_drawn_with_its_running_mean() -> None:
    steps = pd.DataFrame({"step": range(80), "reward": [0.0, 1.0] * 40})
    every, mean = log_figure(steps, "reward", "mean reward").data
    assert len(every.y) == 80
    assert mean.y[40] == pytest.approx(0.5)
