"""The sentences say what the numbers are, with interval, problems and what could not have been seen."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.crossing import crossover
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.wording import crossover_in_words, difference_in_words, gap_in_words


def counts(n: int, base: list[int], rlvr: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"n_base": n, "c_base": base, "n_rlvr": n, "c_rlvr": rlvr})


CROSSING = counts(4, [1, 1], [4, 0])


def test_the_difference_of_two_problems_by_hand() -> None:
    """Base is k/4, RLVR 1/2 at every k: −1/4, 0, 1/4, 1/2."""
    rows = delta(CROSSING, [1, 2, 3, 4])
    assert rows["difference"].tolist() == pytest.approx([-1 / 4, 0, 1 / 4, 1 / 2])
    assert efficiency_gap(CROSSING, 4)["value"] == pytest.approx(1 / 2)


def test_a_lead_is_told_with_interval_and_problems() -> None:
    wide = counts(8, [4] * 40, [1] * 40)
    first, last, family = difference_in_words(delta(wide), 40, "Base", "Trained")
    assert first.startswith("At k = 1 Base is ahead by 37.5 points [")
    assert first.endswith("40 of 40 problems carry it, q ≤ 0.001.")
    assert last == "At k = 8 no problem differs; the difference lies within [-8.8, +8.8] points."
    assert "over the 4 k shown" in family
    turned = difference_in_words(delta(counts(8, [1] * 40, [4] * 40)), 40, "Base", "Trained")[0]
    assert turned.startswith("At k = 1 Trained is ahead by 37.5 points [")


def test_no_difference_is_told_with_what_could_have_been_found() -> None:
    rng = np.random.default_rng(0)
    said = difference_in_words(
        delta(counts(8, rng.integers(0, 9, 30).tolist(), rng.integers(0, 9, 30).tolist())), 30, "Base", "Trained"
    )[0]
    assert "no difference is shown" in said
    assert "points would be found in four of five such benchmarks" in said


def test_a_single_problem_has_no_interval_and_none_has_no_difference() -> None:
    assert "one problem gives no interval" in difference_in_words(delta(counts(2, [1], [0])), 1, "B", "R")[0]
    assert "no k in common" in difference_in_words(delta(CROSSING.head(0)), 0, "B", "R")[0]


def test_a_crossover_is_told_with_how_sure_it_is_and_ties() -> None:
    said = crossover_in_words(crossover(CROSSING), "Base", "Trained", 0.95)
    assert said[0].startswith("Base rises above Trained at k* ≈ 2.0")
    assert "of resamples of the problems do not cross up to k = 4" in said[0]
    assert said[0].endswith("With so many that do not cross, the interval is narrower than it should be.")
    assert "Equal at k = 2." in said
    sure = crossover_in_words(crossover(counts(8, [2] * 40, [8] * 20 + [0] * 20)), "Base", "Trained", 0.9)
    assert "every resample of the problems crosses" in sure[0] or "do not cross" in sure[0]
    assert "with 90 % confidence at all k at once" in sure[1]


def test_no_crossover_is_told_with_its_range() -> None:
    said = crossover_in_words(crossover(counts(4, [1, 1], [2, 0])), "Base", "Trained", 0.95)
    assert said[0].startswith("Base does not rise above Trained after having been below, up to k = 4")
    assert "Equal at k = 1." in said
    assert crossover_in_words(crossover(CROSSING.head(0)), "Base", "Trained", 0.95) == []


def test_the_efficiency_gap_is_told_in_its_two_parts() -> None:
    said = gap_in_words(efficiency_gap(CROSSING), "Base", "Trained")
    assert said.startswith("Δ_SE = pass@4 of Base − pass@1 of Trained = 50.0 points [")
    assert "+50.0 is Base − Trained at k = 4, +0.0 what Trained itself gains" in said
    assert gap_in_words(efficiency_gap(CROSSING.head(0)), "Base", "Trained") == ""
