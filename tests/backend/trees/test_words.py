"""What is said of a tree: numbers that are not rounded into what they are not."""

import math
from typing import Any

import numpy as np
import pytest

from backend.trees import words as tree_words
from backend.trees.evidence import LabelNull, class_evidence

NODE: dict[Any, Any] = {
    "stub": False, "leaf": True, "label": "We add 2 and 3.", "verdict": "correct", "answer": "7", "evidence": "",
    "only": -1, "p": math.nan, "q": math.nan, "ratio_low": math.nan, "upper": math.nan, "branches": 0,
}  # fmt: skip


def counts(x: float, y: float, n: float, reach: float, low: float, high: float) -> dict[str, float]:
    value = y / x if x else math.nan
    known = {"x": x, "y": y, "n": n, "reach": reach, "reach_low": low, "reach_high": high}
    return {**known, "value": value, "value_low": 0.0, "value_high": 1.0, "unseen": math.nan}


@pytest.mark.parametrize(
    ("share", "words"), [(1, "100.0"), (0.997, "99.7"), (0.0123, "1.2"), (0.000977, "0.098"), (0, "0.0")]
)
def test_shares_are_percentages_of_plain_digits(share: float, words: str) -> None:
    assert tree_words.share_in_words(share) == words


def test_bounds_are_rounded_away_from_what_they_bound() -> None:
    upper = 1 - 0.05 ** (1 / 1024)
    assert tree_words.bound_in_words(upper) == "0.293"
    assert tree_words.bound_in_words(1) == "100"
    assert tree_words.bound_in_words(0.5) == "50"
    assert tree_words.bound_in_words(0.9999) == "100"
    assert tree_words.ratio_in_words(3.59) == "3.5"
    assert tree_words.ratio_in_words(1_234.56) == "1,234.5"


def test_a_hover_says_text_end_counts_and_evidence() -> None:
    known = [counts(12, 12, 1024, 12 / 1024, 0.0067, 0.0204), counts(0, 0, 1024, 0, 0, 0.0037)]
    row = {**NODE, "evidence": "supported", "only": 0, "p": 0.00024, "q": 0.0011, "ratio_low": 3.59, "upper": 0.002921}
    assert tree_words.hover(row, known, ("base", "rlvr")) == [
        "We add 2 and 3.", "ends: correct, answer 7", "base: 12 of 1,024 samples (1.2 % [0.67, 2])",
        "rlvr: 0 of 1,024 samples (0.0 % [0.0, 0.37])", "◈ supported: only in base, p = 0.00024, q = 0.0011",
        "at least 3.5 × as often as in the others (95 %)", "others' share below 0.293 % (95 %)",
    ]  # fmt: skip
    untested = tree_words.hover({**row, "evidence": "seen", "p": math.nan}, known, ("base", "rlvr"))
    assert untested[-1] == "◇ seen: only in base; not found in the first half, so not tested"
    stub = tree_words.hover(
        {**NODE, "stub": True, "leaf": False, "verdict": "", "answer": "", "branches": 1}, known, ("a", "b")
    )
    assert stub[0] == "1 branch folded; click to open them"


def test_a_finding_names_the_run_the_expectation_and_the_chance() -> None:
    nulls = [
        LabelNull(run="b", seen_only=3, expected=1.94, p=0.2109),
        LabelNull(run="r", seen_only=0, expected=1e-9, p=1.0),
    ]
    names = {"b": "base", "r": "RL"}
    said = "3 correct paths seen only in base; 1.9 expected if the models were the same (p = 0.21)"
    assert tree_words.headline(nulls, names, 5) == said
    assert tree_words.other_way(nulls, names, 5) == ["0 correct paths seen only in RL; under 0.01 expected (p = 1)."]
    assert tree_words.other_way(nulls, names, 0) == []
    assert tree_words.headline(nulls, names, 0).startswith("No sample is correct")
    alone = [LabelNull(run="b", seen_only=0, expected=math.nan, p=math.nan)]
    assert "nothing to compare" in tree_words.headline(alone, names, 2)


@pytest.mark.parametrize(
    ("count", "n", "words"),
    [
        (2, 1_024, "none is supported by a test (q ≤ 0.1); to show a share below ε = 1/1,024 takes 3,067 samples"),
        (40, 1_024, "1 is supported"),
        (40, 4_096, "of 1 the others' share is below ε = 1/1,024 (95 %)"),
        (2, 4_096, "of none is the others' share shown to be below"),
    ],
)
def test_claims_say_how_far_they_go(count: int, n: int, words: str) -> None:
    draws = np.array([n, n])
    found = class_evidence(np.array([[count, 0]]), draws)
    assert words in tree_words.evidence_in_words(found, draws, 0.1, 1 / 1024, split_half=False)
    assert tree_words.evidence_in_words(found.iloc[:0], draws, 0.1, 1 / 1024, split_half=False) == ""


def test_a_label_is_one_line() -> None:
    assert tree_words.label("**Step**  one:\n\n x = 2\n") == "Step one: · x = 2"
    assert tree_words.label("x" * 500) == "x" * 240 + " …"
