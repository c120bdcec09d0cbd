"""Figures: a tidy frame goes in, a figure comes out."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from backend.figures import CONFIG, counts_figure, curve_figure, mark_of, run_styles, solved_sets_figure, tick_figure
from backend.figures.look import BASE, RLVR, powers_of_two, spread, squeezed, squeezed_apart


def runs_frame(*rows: tuple[str, str | None, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["run", "training", "checkpoint_step"])


def points(run: str, training: str, values: dict[int, float], part: str = "all") -> pd.DataFrame:
    shares = pd.Series(list(values.values()))
    return pd.DataFrame(
        {
            "run": run, "label": run, "training": training, "checkpoint_step": np.nan, "part": part, "k": list(values),
            "value": shares, "low": shares - 0.1, "high": shares + 0.1, "problems": 9, "n_min": 4, "n_max": 4,
        }
    )  # fmt: skip


def test_names_that_are_cut_stay_apart() -> None:
    long = [f"a-long-family-of-models-{size}-trained-with-care" for size in ("small", "smaller", "large")]
    assert squeezed_apart(long, 20) == ["…small…", "…smaller…", "…large…"]
    assert squeezed_apart(["base", "rlvr"], 20) == ["base", "rlvr"]
    assert squeezed_apart(["a" * 30, "a" * 31], 20) == ["……", "…a…"]
    assert squeezed_apart([long[0], long[0]], 20) == [squeezed(long[0], 20)] * 2


def test_each_kind_of_training_has_its_colour() -> None:
    styles = run_styles(runs_frame(("b", "base", math.nan), ("r", "rlvr", math.nan), ("x", None, math.nan)))
    assert (styles["b"].colour, styles["r"].colour, styles["x"].colour) == (BASE, RLVR, "#E69F00")


def test_checkpoints_of_one_run_grow_darker_with_the_step() -> None:
    styles = run_styles(runs_frame(("late", "rlvr", 300), ("early", "rlvr", 100), ("middle", "rlvr", 200)))
    brightness = {run: sum(int(style.colour[at : at + 2], 16) for at in (1, 3, 5)) for run, style in styles.items()}
    assert brightness["early"] > brightness["middle"] > brightness["late"]
    assert styles["late"].colour == RLVR


def test_runs_of_one_colour_differ_in_dash() -> None:
    styles = run_styles(runs_frame(("a", "base", math.nan), ("b", "base", math.nan)))
    assert styles["a"].dash != styles["b"].dash


def test_an_undefined_value_is_a_gap_and_never_zero() -> None:
    figure = curve_figure(points("r", "base", {1: 0.2, 2: math.nan, 4: 0.5}))
    line = next(trace for trace in figure.data if trace.name == "r")
    assert not line.connectgaps
    assert math.isnan(line.y[1])


def test_curves_run_over_log2_k_from_0_to_100_percent() -> None:
    figure = curve_figure(points("r", "base", {1: 0.2, 2: 0.3, 4: 0.5}))
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.tickvals) == [1, 2, 4]
    assert list(figure.layout.yaxis.range) == [0, 100]
    zoomed = curve_figure(points("r", "base", {1: 0.2, 2: 0.3}), whole_range=False)
    low, high = zoomed.layout.yaxis.range
    assert 0 <= low < 20 < 30 < high <= 100


def test_few_lines_are_labelled_at_their_end_and_many_in_a_legend() -> None:
    few = curve_figure(pd.concat([points(f"r{i}", "base", {1: 0.5, 2: 0.5}) for i in range(3)]))
    assert [label.text for label in few.layout.annotations] == ["r0", "r1", "r2"]
    assert len({label.y for label in few.layout.annotations}) == 3, "labels do not cover each other"
    many = curve_figure(pd.concat([points(f"r{i}", "base", {1: 0.5, 2: 0.5}) for i in range(20)]))
    assert many.layout.showlegend
    assert not many.layout.annotations


def test_a_subset_goes_on_dashed_after_the_curve() -> None:
    parts = [points("r", "base", {1: 0.2, 2: 0.3}), points("r", "base", {2: 0.4, 4: 0.6}, part="subset")]
    figure = curve_figure(pd.concat(parts))
    assert [trace.line.dash for trace in figure.data if trace.name] == ["solid", "4px,4px"]


def test_names_and_answers_cannot_write_into_a_figure() -> None:
    figure = curve_figure(points("<a href='x'>r</a>", "base", {1: 0.2}))
    assert [trace.name for trace in figure.data if trace.name] == ["&lt;a href='x'&gt;r&lt;/a&gt;"]
    assert figure.layout.annotations[0].text.startswith("&lt;a")
    frame = ticks(1).assign(answer="<b onclick=1>7</b>")
    assert "&lt;b" in tick_figure(frame).data[0].customdata[0][1]


def ticks(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"sample_index": range(count), "verdict": "correct", "answer": "7", "finish_reason": "stop", "token_count": 9}
    )


@pytest.mark.parametrize("count", [1, 31, 32, 33, 256])
def test_ticks_carry_their_sample_and_fill_rows(count: int) -> None:
    strip = tick_figure(ticks(count), selected=0).data[0]
    assert [data[0] for data in strip.customdata] == list(range(count))
    assert max(strip.y) == (count - 1) // 32


@pytest.mark.parametrize(
    ("verdict", "finish_reason", "mark"),
    [
        ("correct", "stop", "correct"),
        ("correct", "length", "correct"),
        ("incorrect", "length", "cut"),
        ("no_answer", "length", "cut"),
        ("no_answer", "stop", "no_answer"),
        ("error", None, "error"),
        (None, "stop", "unscored"),
    ],
)
def test_a_sample_has_one_mark(verdict: str | None, finish_reason: str | None, mark: str) -> None:
    assert mark_of(verdict, finish_reason) == mark


def test_bars_of_sets_carry_their_key() -> None:
    sets = pd.DataFrame({"solved": ["both", "neither"], "label": ["B", "N"], "problems": [3, 1], "share": [0.75, 0.25]})
    assert [data[0] for data in solved_sets_figure(sets, selected="both").data[0].customdata] == ["both", "neither"]


def test_a_run_without_scored_samples_is_said_and_not_drawn_as_zero() -> None:
    row = {"run": "r", "label": "r", "training": "base", "checkpoint_step": None, "n": 0, "c": 0}
    figure = counts_figure(pd.DataFrame([{**row, "share": math.nan, "low": math.nan, "high": math.nan}]))
    assert math.isnan(figure.data[0].x[0])
    assert "no scored samples" in [label.text for label in figure.layout.annotations]


def test_nothing_is_ever_uploaded() -> None:
    assert not CONFIG["showSendToCloud"]
    assert json.dumps(CONFIG["plotlyServerURL"]) == '""'


def test_ticks_of_k_stay_few() -> None:
    assert powers_of_two(8) == [1, 2, 4, 8]
    assert powers_of_two(1) == [1]
    assert len(powers_of_two(2**20)) <= 12


def test_spread_places_keep_their_distance_and_bounds() -> None:
    assert spread([50, 50, 50], 10, 0, 100) == [50, 60, 70]
    assert spread([99, 98], 10, 0, 100) == [100, 90]


def test_a_long_name_is_cut_in_its_middle() -> None:
    assert squeezed("short", 10) == "short"
    assert squeezed("a-long-name-step-100", 10) == "a-lo…p-100"
    assert squeezed("<b>", 10) == "&lt;b&gt;"
