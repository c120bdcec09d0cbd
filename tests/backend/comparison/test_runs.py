"""Curves, solved sets and crossings of small runs that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.counts import compared_counts, k_grid, shared_problems, smallest_n, solved_sets
from backend.comparison.crossing import crossover, mean_difference
from backend.comparison.finding import finding, settings_that_differ
from backend.comparison.metrics import metric_curve


def counts(n: list[int], c: list[int], names: str = "abcdefgh") -> pd.DataFrame:
    return pd.DataFrame({"problem": list(names[: len(n)]), "n": n, "c": c})


def test_the_grid_is_the_papers_and_ends_at_n() -> None:
    assert len(k_grid(1024)) == 35
    assert k_grid(1024)[:6] == [1, 2, 3, 4, 5, 6]
    assert k_grid(100)[-2:] == [90, 100]
    assert k_grid(1) == [1]
    assert k_grid(0) == []


def test_a_curve_is_the_mean_over_problems() -> None:
    points = metric_curve(counts([4, 4], [1, 1]), [1, 2, 3, 4])
    assert points["value"].tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert points["problems"].tolist() == [2, 2, 2, 2]


def test_a_curve_stops_where_a_problem_has_too_few_samples_and_says_how_many_go_on() -> None:
    points = metric_curve(counts([2, 4, 4], [1, 1, 0]), [1, 2, 3, 5])
    assert points["value"].tolist()[:2] == pytest.approx([0.25, 0.5])
    assert points["value"].isna().tolist() == [False, False, True, True]
    assert points["problems"].tolist() == [3, 3, 2, 0]


def test_problems_without_scored_samples_are_missing_not_failed() -> None:
    frame = counts([4, 0], [2, 0])
    assert metric_curve(frame, [1])["value"].tolist() == [0.5]
    assert metric_curve(frame, [1])["problems"].tolist() == [1]
    assert smallest_n(frame) == 4
    assert smallest_n(counts([0], [0])) == 0


def test_solved_sets_part_the_problems() -> None:
    base = counts([4, 4, 4, 4, 0], [1, 1, 0, 0, 0], "abcde")
    rlvr = counts([4, 4, 4, 4, 4, 4], [2, 0, 3, 0, 1, 1], "abcdef")
    assert solved_sets(base, rlvr) == {
        "both": ["a"],
        "base_only": ["b"],
        "rlvr_only": ["c"],
        "neither": ["d"],
        "not_compared": ["e", "f"],
    }


def test_solved_sets_of_the_papers_aime_table() -> None:
    base = {0, 1, 4, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 29}
    rlvr = {0, 1, 6, 7, 8, 9, 12, 14, 15, 16, 18, 22, 23, 24, 25, 26, 27, 28, 29}

    def solved(ids: set[int]) -> pd.DataFrame:
        return pd.DataFrame(
            {"problem": [str(i) for i in range(30)], "n": 1024, "c": [int(i in ids) for i in range(30)]}
        )

    sets = solved_sets(solved(base), solved(rlvr))
    assert {name: len(ids) for name, ids in sets.items()} == {
        "both": 19, "base_only": 4, "rlvr_only": 0, "neither": 7, "not_compared": 0,
    }  # fmt: skip
    assert set(sets["base_only"]) == {"4", "11", "17", "19"}


def test_base_overtakes_after_a_touch() -> None:
    base, rlvr = counts([4, 4], [1, 1]), counts([4, 4], [4, 0])
    assert mean_difference(compared_counts(base, rlvr))[1] == pytest.approx([-0.25, 0.0, 0.25, 0.5])
    assert crossover(compared_counts(base, rlvr)).k == pytest.approx(2.0)
    assert finding("B", "R", compared_counts(base, rlvr)) == (
        "R leads at k = 1, B overtakes it at k ≈ 2.0 (49 % of resamples do not cross); "
        "the interval holds 0 at k = 1 and 4."
    )


def test_a_tie_at_the_start_is_no_crossing() -> None:
    base, rlvr = counts([4, 4], [1, 1]), counts([4, 4], [2, 0])
    assert mean_difference(compared_counts(base, rlvr))[1] == pytest.approx([0, 1 / 12, 1 / 4, 1 / 2])
    assert crossover(compared_counts(base, rlvr)).k is None
    assert finding("B", "R", compared_counts(base, rlvr)) == (
        "The two are equal at k = 1; B leads at k = 4; the interval holds 0 at k = 4."
    )


@pytest.mark.parametrize(
    ("base", "rlvr", "sentence"),
    [
        (([4], [1]), ([4], [3]), "R leads at k = 1; at k = 4 the two are equal."),
        (
            ([4, 4], [1, 0]),
            ([4, 4], [3, 2]),
            "R leads at k = 1 and still at k = 4; the interval holds 0 at k = 1 and 4.",
        ),
        (
            ([4, 4], [4, 0]),
            ([4, 4], [1, 1]),
            "B leads at k = 1, R leads at k = 4; the interval holds 0 at k = 1 and 4.",
        ),
        (([1], [1]), ([1], [0]), "B leads at k = 1."),
        (([1], [1]), ([1], [1]), "B and R are equal at k = 1."),
        (([4], [2]), ([4], [2]), "B and R are equal at k = 1 and at k = 4."),
        (([0], [0]), ([4], [2]), "B and R have no scored problem in common."),
    ],
)
def test_the_finding_follows_the_numbers(
    base: tuple[list[int], list[int]], rlvr: tuple[list[int], list[int]], sentence: str
) -> None:
    assert finding("B", "R", compared_counts(counts(*base), counts(*rlvr))) == sentence


def test_shared_problems_are_those_that_every_run_has_scored() -> None:
    assert shared_problems([counts([4, 4, 0], [1, 1, 0]), counts([4, 4], [1, 1], "bc")]) == {"b"}
    assert shared_problems([]) == set()


def test_unlike_settings_are_told_in_words() -> None:
    runs = pd.DataFrame(
        {
            "name": ["one", "two"], "temperature": [0.6, 1.0], "top_p": [0.95, 0.95], "max_tokens": [512, None],
            "n_min": [64, 64], "n_max": [64, 128], "verifier": [None, None], "prompt_template": ["x", "x"],
        }
    )  # fmt: skip
    assert settings_that_differ(runs) == [
        "Temperature differs: 0.6: one; 1: two.",
        "Max tokens differs: 512: one; not said: two.",
        "Samples a problem differs: 64: one; 64 to 128: two.",
    ]
    assert settings_that_differ(runs.iloc[:1]) == []


def test_difference_over_no_shared_problem_is_empty() -> None:
    assert not np.size(mean_difference(compared_counts(counts([4], [1], "a"), counts([4], [1], "b")))[1])


def test_sets_keep_the_order_of_the_benchmark() -> None:
    base = pd.DataFrame({"problem": ["1", "2", "10"], "n": 4, "c": 1})
    rlvr = pd.DataFrame({"problem": ["1", "2", "10", "11"], "n": 4, "c": [0, 1, 0, 0]})
    assert solved_sets(base, rlvr)["base_only"] == ["1", "10"]
    assert solved_sets(base, rlvr)["not_compared"] == ["11"]


def test_a_crossing_far_out_is_found_without_looking_at_every_k() -> None:
    n = 2_000_000
    base, rlvr = counts([n, n], [8, 8]), counts([n, n], [400, 0])
    gap = mean_difference(compared_counts(base, rlvr))[1]
    assert gap.size < 3000
    crossing = crossover(compared_counts(base, rlvr)).k
    assert crossing is not None
    exact = 1 / 2 * (1 - (1 - crossing / n) ** 400), 1 - (1 - crossing / n) ** 8
    assert exact[0] == pytest.approx(exact[1], rel=1e-3)
    assert finding("B", "R", compared_counts(base, rlvr)).startswith("R leads at k = 1, B overtakes it at k ≈ ")


def test_rounding_is_no_lead() -> None:
    base, rlvr = counts([3, 3, 3], [1, 1, 1]), counts([3, 3, 3], [3, 0, 0])
    assert mean_difference(compared_counts(base, rlvr))[1][0] == 0
    assert finding("B", "R", compared_counts(base, rlvr)) == (
        "The two are equal at k = 1; B leads at k = 3; the interval holds 0 at k = 3."
    )
