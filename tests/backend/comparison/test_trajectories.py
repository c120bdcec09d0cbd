"""Lost and gained over checkpoints: closed forms against shuffled labels, and who turned when."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.trajectories import aligned, forgotten, lost_and_gained, solved_shares, turns

N = np.array([[6, 6, 6], [6, 6, 6], [6, 6, 6], [8, 6, 7]])
C = np.array([[6, 0, 1], [0, 0, 0], [1, 2, 0], [2, 1, 3]])
M = 3


def test_lost_and_gained_are_the_sums_over_neighbouring_steps() -> None:
    g = solved_shares(N, C, M)
    changes = lost_and_gained(N, C, M)
    assert changes["lost"].tolist() == pytest.approx([(g[:, t] * (1 - g[:, t + 1])).sum() for t in (0, 1)])
    assert changes["gained"].tolist() == pytest.approx([((1 - g[:, t]) * g[:, t + 1]).sum() for t in (0, 1)])
    assert (changes["lost_low"] <= changes["lost"]).all()
    assert (changes["lost"] <= changes["lost_high"]).all()


def test_what_chance_makes_is_what_shuffled_labels_make_on_average() -> None:
    rng = np.random.default_rng(8)
    lost, ever = [], []
    for _ in range(3000):
        shuffled = np.array([rng.multivariate_hypergeometric(n, c.sum()) for n, c in zip(N, C, strict=True)])
        g = solved_shares(N, shuffled, M)
        ever.append(((1 - g[:, -1]) * (1 - (1 - g[:, :-1]).prod(axis=1))).sum())
        pair = np.array(
            [rng.hypergeometric(c[:2].sum(), n[:2].sum() - c[:2].sum(), n[0]) for n, c in zip(N, C, strict=True)]
        )
        first, second = (
            solved_shares(N[:, :1], pair[:, None], M),
            solved_shares(N[:, 1:2], (C[:, :2].sum(axis=1) - pair)[:, None], M),
        )
        lost.append((first * (1 - second)).sum())
    assert np.mean(lost) == pytest.approx(lost_and_gained(N, C, M)["by_chance"].iloc[0], abs=0.03)
    assert np.mean(ever) == pytest.approx(forgotten(N, C, M)[1], abs=0.03)


def test_too_few_samples_make_gaps_and_one_step_has_no_past() -> None:
    changes = lost_and_gained(N, C, 7)
    assert changes[["lost", "gained"]].isna().all(axis=None)
    assert np.isnan(forgotten(N, C, 7)).all()
    assert np.isnan(forgotten(N[:, :1], C[:, :1], M)).all()


def test_problems_are_sorted_by_when_they_turned() -> None:
    shares = np.array([[1.0, 0.0, 0.0], [1, 1, 0], [0, 1, 1], [1, 0, 1], [0, 0, 0], [0.4, 0.45, 0.3]])
    found = turns(list("abcdef"), shares)
    assert found[["problem", "kind", "at"]].to_numpy().tolist() == [
        ["a", "lost", 1],
        ["b", "lost", 2],
        ["c", "gained", 1],
        ["d", "gained", 2],
    ]
    assert turns([], np.empty((0, 3))).empty


def test_only_problems_that_every_step_has_are_followed() -> None:
    rows = [("a", "x", 4, 1), ("a", "y", 4, 2), ("a", "z", 4, 0), ("b", "y", 8, 3), ("b", "x", 8, 0), ("b", "z", 0, 0)]
    frame = pd.DataFrame(rows, columns=["run", "problem", "n", "c"])
    problems, n, c = aligned(frame, ["a", "b"])
    assert problems == ["x", "y"]
    assert n.tolist() == [[4, 8], [4, 8]]
    assert c.tolist() == [[1, 0], [2, 3]]
