"""The picture of a sample tree: one layout for all runs, lines that say probability, marks that are never blurred."""

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.figures import Figure, TreePicture, difference_figure, sensitivity_figure, tree_figure
from backend.figures.look import BASE, RLVR
from backend.figures.tree_lines import GREEN, GREY, OCTAVES, RIGHT, legible, line_of, octave, shade
from backend.figures.tree_marks import BEHIND, LETTER, SIGNS
from backend.trees.drawing import drawing, reach_differences
from backend.trees.evidence import class_evidence, path_classes
from tests.backend.trees.toy import toy_tree, tree_of

WALKS = st.lists(st.builds(lambda a, b: a + b, st.text("abc", max_size=5), st.sampled_from("+-0%")), max_size=30)


def picture_of(walks: dict[str, list[str]] | None = None, **more: Any) -> TreePicture:
    tree = toy_tree() if walks is None else tree_of(walks)
    leaves = path_classes(tree)
    said = class_evidence(tree.x[leaves], tree.n)
    laid = drawing(tree, said)
    of_leaf = dict(zip(leaves.tolist(), said.to_dict("records"), strict=True))
    items = laid.items
    known = [of_leaf.get(node, {}) if leaf else {} for node, leaf in zip(items["node"], items["leaf"], strict=True)]
    described = items.assign(
        key=[f"+{n}" if stub else str(n) for n, stub in zip(items["node"], items["stub"], strict=True)],
        label=[str(tree.nodes["label"][edge]) if edge >= 0 else "" for edge in items["edge"]],
        verdict=np.where(items["leaf"], tree.nodes["verdict"].to_numpy()[items["node"]], ""),
        evidence=[str(row.get("evidence", "")) for row in known],
        only=[int(row.get("only", -1)) for row in known],
        hover=pd.Series([["<b>bold</b>", "line"] for _ in range(len(items))]),
    )
    apart = {other: reach_differences(laid.x, tree.n, 0, other) for other in range(1, len(tree.runs))}
    return TreePicture(
        items=described, x=laid.x, y=laid.y, n=tuple(tree.n.tolist()), names=tree.runs,
        colours=(BASE, RLVR, "#56B4E9", "#CC79A7")[: len(tree.runs)], differences=apart, **more,
    )  # fmt: skip


def of_panel(figure: Figure, axis: str) -> list[Any]:
    """The traces of a panel; the legends' are on none."""
    return [trace for trace in figure.data if trace.xaxis == axis]


def nodes(figure: Figure, axis: str) -> Any:
    (found,) = [trace for trace in of_panel(figure, axis) if trace.customdata is not None]
    return found


def test_all_panels_have_one_layout_and_every_item_can_be_clicked_in_each() -> None:
    picture = picture_of()
    figure = tree_figure(picture)
    left, right = nodes(figure, "x"), nodes(figure, "x2")
    assert list(left.x) == list(right.x)
    assert list(left.y) == list(right.y)
    assert [key for (key,) in left.customdata] == picture.items["key"].tolist()
    assert figure.layout.xaxis2.matches == "x"
    assert figure.layout.yaxis2.matches == "y"


def test_a_line_is_as_dark_and_wide_as_its_share_and_as_light_in_green_as_in_grey() -> None:
    def lightness(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(116 * np.dot(linear, [0.2126, 0.7152, 0.0722]) ** (1 / 3) - 16)

    for dark in (False, True):
        lines = [line_of("plain", power, dark) for power in range(OCTAVES + 1)]
        lights = [lightness(line.colour) for line in lines]
        assert lights == sorted(lights, reverse=dark)
        assert [line.width for line in lines] == sorted((line.width for line in lines), reverse=True)
        greens = [lightness(line_of(RIGHT, power, dark).colour) for power in range(OCTAVES + 1)]
        assert greens == pytest.approx(lights, abs=0.8)
    assert lightness(shade(GREEN, 50)) == pytest.approx(50, abs=0.5)
    assert lightness(legible("#F0E442", dark=False)) < 57
    assert legible(BASE, dark=False) == BASE


def test_shares_are_told_apart_by_powers_of_two() -> None:
    assert octave([1, 0.5, 0.26, 1 / 1024, 1e-9, 0]).tolist() == [0, 1, 2, 10, 10, 10]


def test_what_only_the_other_run_took_is_dashed_and_its_end_faint() -> None:
    figure = tree_figure(picture_of())
    dashed = {axis: [t for t in of_panel(figure, axis) if t.mode == "lines" and t.line.dash != "solid"]
              for axis in ("x", "x2")}  # fmt: skip
    assert dashed["x"] == []
    (line,) = dashed["x2"]
    assert sum(x is None for x in line.x) == 1, "the one way to aef"


def test_ways_to_correct_answers_are_green_along_their_whole_length() -> None:
    picture = picture_of()
    figure = tree_figure(picture)
    greens = {line_of(RIGHT, power, dark=False).colour for power in range(OCTAVES + 1)}
    for run, axis in enumerate(("x", "x2")):
        drawn = sum(
            sum(x is None for x in t.x) for t in of_panel(figure, axis) if t.mode == "lines" and t.line.color in greens
        )
        assert drawn == (picture.y[1:, run] > 0).sum()


def test_each_level_of_evidence_has_its_own_mark_in_the_panel_of_its_run() -> None:
    assert len(set(SIGNS.values())) == 4
    walks = {"base": ["aa+"] * 30 + ["ab+"] * 2 + ["c-"] * 20, "rlvr": ["bb+"] * 30 + ["c-"] * 22}
    figure = tree_figure(picture_of(walks))
    marks = {
        (trace.xaxis, trace.marker.symbol): len(trace.x)
        for trace in figure.data
        if trace.x[0] is not None and trace.mode == "markers" and trace.customdata is None
    }
    assert marks == {("x", SIGNS["seen"]): 1, ("x", SIGNS["supported"]): 1, ("x2", SIGNS["supported"]): 1}


def test_counts_at_the_ends_are_those_of_the_samples() -> None:
    figure = tree_figure(picture_of())
    said = {axis: sorted(re.sub("<.*?>", "", text) for trace in of_panel(figure, axis) if trace.mode == "text"
                         for text in trace.text if re.fullmatch(r"(<b>)?\d+(</b>)?", text))
            for axis in ("x", "x2")}  # fmt: skip
    assert said == {"x": ["1", "1", "2", "2"], "x2": ["0", "1", "1", "4"]}


@given(WALKS, WALKS)
@settings(max_examples=60, deadline=None)
def test_labels_never_reach_into_another_label_or_end(base: list[str], rlvr: list[str]) -> None:
    picture = picture_of({"base": [*base, "a-"], "rlvr": [*rlvr, "b+"]})
    for axis in ("x", "x2"):
        boxes = []
        for trace in of_panel(tree_figure(picture), axis):
            if trace.mode != "text":
                continue
            places = [trace.textposition] * len(trace.x) if isinstance(trace.textposition, str) else trace.textposition
            for x, y, text, place in zip(trace.x, trace.y, trace.text, places, strict=True):
                if place != "middle center" and not re.fullmatch(r"(<b>)?\d+(</b>)?", text):
                    boxes.append((x, x + LETTER * len(text), y))
        assert all(end <= 400 + BEHIND for _, end, _ in boxes)
        rows = sorted(boxes, key=lambda box: box[2])
        for at, (start, end, y) in enumerate(rows):
            for other_start, other_end, other_y in rows[at + 1 :]:
                apart = end <= other_start or other_end <= start
                assert apart or other_y - y > 0.6


def test_texts_of_models_take_no_effect_in_labels_and_hovers() -> None:
    figure = tree_figure(picture_of())
    assert all("<b>bold" not in text for text in nodes(figure, "x").text)
    assert "&lt;b&gt;bold&lt;/b&gt;<br>line" in nodes(figure, "x").text


def test_a_lit_walk_glows_in_its_run_s_panel_and_a_picked_item_has_a_ring() -> None:
    picture = picture_of(lit={0: [0, 1, 2]}, selected="1")
    figure = tree_figure(picture)
    glows = {
        axis: [t for t in of_panel(figure, axis) if t.mode == "lines" and t.line.width > 10] for axis in ("x", "x2")
    }
    assert [len(glows["x"]), len(glows["x2"])] == [1, 0]
    assert sum(x is None for x in glows["x"][0].x) == 2, "the root has no line"
    rings = [width > 2 for width in nodes(figure, "x").marker.line.width]
    assert rings.index(True) == picture.items["key"].tolist().index("1")


def test_the_difference_is_coloured_by_the_run_that_comes_more_often() -> None:
    walks = {"base": ["a-"] * 40 + ["b-"] * 2, "rlvr": ["a-"] * 2 + ["b-"] * 40}
    figure = difference_figure(picture_of(walks))
    lines = [t for t in of_panel(figure, "x") if t.mode == "lines"]
    assert len(lines) == 2
    reds = [int(t.line.color[1:3], 16) > int(t.line.color[5:7], 16) for t in lines]
    assert sorted(reds) == [False, True]
    counts = [text for t in of_panel(figure, "x") if t.mode == "text" for text in t.text if "·" in text]
    assert sorted(re.sub("<.*?>", "", text) for text in counts) == ["2 · 40", "40 · 2"]


def test_four_runs_stand_two_in_a_row_and_on_a_phone_one_under_the_other() -> None:
    picture = picture_of({name: ["ab+", "c-"] for name in ("one", "two", "three", "four")})
    wide, narrow = tree_figure(picture), tree_figure(picture, narrow=True)
    assert len(wide.layout.annotations) == len(narrow.layout.annotations) == 4 + 1, "and what darkness means"
    assert wide.layout.xaxis.domain[1] < wide.layout.xaxis2.domain[0]
    assert list(narrow.layout.xaxis2.domain) == [0, 1]
    assert narrow.layout.yaxis4.domain[1] < narrow.layout.yaxis3.domain[0]
    assert len(difference_figure(picture).layout.annotations) == 3


def test_a_single_sample_a_run_is_drawn() -> None:
    figure = tree_figure(picture_of({"base": ["-"], "rlvr": ["a+"]}))
    assert json.loads(figure.to_json())["layout"]["height"] > 150


def test_the_sensitivity_is_a_point_a_level_and_run() -> None:
    figure = sensitivity_figure(["exact", "answer"], {"base": [5, 0], "rlvr": [1, 0]}, (BASE, GREY))
    assert [list(trace.y) for trace in figure.data] == [[5, 0], [1, 0]]
    assert list(figure.layout.xaxis.ticktext) == ["exact", "answer"]
