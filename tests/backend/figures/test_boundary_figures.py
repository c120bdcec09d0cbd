"""Figures of the boundary page: what a click gives back, and what is shaded how."""

import pandas as pd

from backend.figures import boundary_figure, histogram_figure, pattern_figure, transition_figure, turns_figure

LABELS = [str(place) for place in range(12)]


def test_each_cell_of_the_table_gives_its_set_back_and_shows_its_number() -> None:
    cells = pd.DataFrame({
        "solved": ["both", "base_only", "rlvr_only", "neither"], "label": "x", "size": [19.0, 4.2, 0.0, 7.0],
        "share": [0.6, 0.1, 0.0, 0.2], "note": "y",
    })  # fmt: skip
    figure = boundary_figure(cells, selected="base_only")
    assert [bar.customdata[0][0] for bar in figure.data] == list(cells["solved"])
    assert [bar.marker.line.width for bar in figure.data] == [0, 3, 0, 0]
    assert "<b>4.2</b>" in [note.text for note in figure.layout.annotations]


def test_bars_and_squares_name_their_bins() -> None:
    bars = pd.DataFrame({"bin": range(12), "label": LABELS, "base": 1, "rlvr": range(12)})
    base, rlvr = histogram_figure(bars, selected="rlvr-3").data
    assert base.customdata[2][0] == "base-2"
    assert (rlvr.customdata[3][0], rlvr.marker.line.width[3]) == ("rlvr-3", 3)
    moves = pd.DataFrame({"base_bin": [0, 3], "rlvr_bin": [0, 5], "problems": [40, 1]})
    squares = transition_figure(moves, LABELS, selected="3-5", dark=True).data[0]
    assert [key[0] for key in squares.customdata] == ["0-0", "3-5"]
    assert squares.marker.size[0] > squares.marker.size[1]
    assert squares.marker.line.width[1] == 2
    assert transition_figure(moves.iloc[:0], LABELS).data


def test_no_more_rows_of_turns_are_drawn_than_can_be_read() -> None:
    turned = pd.DataFrame({"problem": [f"<b>{i}" for i in range(80)], "kind": "lost", "shares": [[1.0, 0.0]] * 80})
    figure = turns_figure(turned, ["base", "150"])
    assert len(figure.data[0].x) == 2 * 60
    assert figure.data[0].customdata[0][0] == "<b>0"
    assert figure.layout.yaxis.ticktext[0].startswith("&lt;b&gt;0")


def test_patterns_are_bars_over_dots() -> None:
    patterns = pd.DataFrame({"pattern": ["11", "10"], "size": [5.0, 1.5]})
    figure = pattern_figure(patterns, pd.DataFrame({"label": ["a", "b"], "colour": ["#0072B2", "#D55E00"]}))
    bars, first, second = figure.data
    assert list(bars.text) == ["5", "1.5"]
    assert second.marker.color[1] != "#D55E00"
    assert first.marker.color[1] == "#0072B2"
