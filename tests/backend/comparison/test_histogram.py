"""Accuracy bins in whole numbers, who moved, and the paper's forty-eight histograms against its curves."""

from pathlib import Path

import pandas as pd
import pytest

from backend.comparison.histogram import BINS, accuracy_bins, histogram, moved, transitions


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


@pytest.mark.real_data
def test_the_papers_histograms_add_up_and_end_where_its_curves_end(real_data: Path) -> None:
    bars = pd.read_csv(real_data / "paper" / "fig13_counts.csv")
    curves = pd.read_csv(real_data / "paper" / "fig_curves.csv")
    curves = curves[curves["figure"].isin(["fig2", "fig9"])]
    assert len(bars) == 48
    assert len(bars.columns[4:]) == len(BINS)
    for row in bars.to_dict("records"):
        of_series = curves[
            (curves["benchmark"] == row["benchmark"])
            & (curves["model"] == row["model"])
            & (curves["series"] == row["series"])
        ]
        end = of_series.sort_values("k")["pass_at_k_digitised"].iloc[-1]
        sizes = [row[column] for column in bars.columns[4:]]
        assert sum(sizes) == row["P"]
        assert 1 - sizes[0] / row["P"] == pytest.approx(end, abs=5e-4)
