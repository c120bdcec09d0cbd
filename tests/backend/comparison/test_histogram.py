"""Accuracy bins in whole numbers, who moved, and the paper's forty-eight histograms against its curves."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.histogram import BINS, accuracy_bins, histogram, moved, transitions
from backend.published import FOLDER as PUBLISHED
from backend.published import published


def test_bins_are_told_in_whole_numbers() -> None:
    assert accuracy_bins([10] * 6, [0, 1, 2, 3, 9, 10]).tolist() == [0, 1, 2, 3, 9, 11]
    assert [BINS[place] for place in accuracy_bins([10, 128, 1024], [9, 127, 1])] == [
        "(0.8, 0.9]",
        "(0.9, 1)",
        "(0.0, 0.1]",
    ]
    for n in (7, 10, 30, 128):
        for c in range(1, n):
            place = int(accuracy_bins(n, c))
            assert (place - 1) * n < 10 * c <= place * n


def frame() -> pd.DataFrame:
    rows = [(4, 0, 4, 0), (4, 0, 4, 4), (4, 4, 8, 1), (10, 3, 10, 3)]
    return pd.DataFrame(rows, columns=["n_base", "c_base", "n_rlvr", "c_rlvr"])


def test_both_runs_are_counted_side_by_side_and_moves_add_up_to_them() -> None:
    bars, moves = histogram(frame()), transitions(frame())
    assert (bars["base"].sum(), bars["rlvr"].sum(), moves["problems"].sum()) == (4, 4, 4)
    assert moves.to_numpy().tolist() == [[0, 0, 1], [0, 11, 1], [3, 3, 1], [11, 2, 1]]
    for side in ("base", "rlvr"):
        sums = moves.groupby(f"{side}_bin")["problems"].sum()
        assert bars[side][bars[side] > 0].tolist() == sums.tolist()
    assert moved(frame()) == {"up": 1, "down": 1, "same": 2}


def test_each_of_the_papers_histograms_comes_out_of_counts_that_lie_in_its_bins() -> None:
    bars = pd.read_csv(PUBLISHED / "histograms.csv")
    assert len(bars) == 48
    assert tuple(bars.columns[5:]) == BINS
    inside = np.array([0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 20])
    for _, pair in bars.groupby(["benchmark", "model"]):
        base, rlvr = (pair[pair["training"] == training][list(BINS)].to_numpy()[0] for training in ("base", "rlvr"))
        c_base, c_rlvr = np.repeat(inside, base), np.repeat(inside, rlvr)
        counts = pd.DataFrame({"n_base": 20, "c_base": c_base, "n_rlvr": 20, "c_rlvr": c_rlvr})
        found = histogram(counts)
        assert (found["base"] == base).all()
        assert (found["rlvr"] == rlvr).all()
        assert len(counts) == base.sum() == transitions(counts)["problems"].sum() == pair["problems"].iloc[0]


def test_the_papers_curves_end_at_the_share_that_its_histograms_leave_unsolved() -> None:
    for row in pd.read_csv(PUBLISHED / "histograms.csv").to_dict("records"):
        figure = 9 if row["benchmark"] in ("AMC23", "GSM8K") else 2
        curves = published(row["benchmark"], f"Figure {figure}, {row['model']}")
        end = curves[curves["training"] == row["training"]].sort_values("k")["pass_at_k"].iloc[-1]
        assert end == pytest.approx(1 - row["0"] / row["problems"], abs=5e-4)
