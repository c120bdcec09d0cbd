"""Spellings of one step are one; steps that say different things never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.trees.spelling import claims, normal_operation, normal_step

SAME = [
    ("**Step 1:** Compute $\\dfrac{1}{2} + x^{2}$.", "Step 2: compute $ \\frac12+x^2 $."),
    ("1. Add 3 and 4:\n\\[ 3 + 4 = 7 \\]", "- add 3  and 4: $$3+4=7$$"),
    ("### Then we see\nthat", "Then we see that"),
    ("$\\left( a \\right)$", "\\((a)\\)"),
    ("$1\\,000$", "$1000$"),
    ("x² grows", "x^2 grows"),
]
DIFFERENT = [
    ("x² = 4", "x2 = 4"), ("2**3 = 8", "23 = 8"), ("2½", "21/2"), ("$Ab$", "$ab$"), ("take A here", "take a here"),
    ("triangle ABC", "triangle abc"), ("\\Delta is", "\\delta is"), ("3 + 4 = 7", "3 - 4 = 7"), ("6*7", "67"),
    ("$\\cdot x$", "$\\cdotx$"), ("3.14 is", "14 is"), ("5 apples", "6 apples"), ("$1 2$", "$12$"),
    ("x_1", "x^1"), ("x₁", "x¹"), ("a is -3", "a is 3"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME)
def test_dress_makes_no_difference(one: str, two: str) -> None:
    assert normal_step(one) == normal_step(two)


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_numbers_operators_and_variables_make_a_difference(one: str, two: str) -> None:
    assert normal_step(one) != normal_step(two)


@given(st.text(max_size=200))
def test_white_space_around_and_between_words_makes_no_difference(text: str) -> None:
    assert normal_step(f" \n{text}  ") == normal_step(f"\n {text}")


def test_claims_are_the_numbers_and_equations() -> None:
    assert claims("add 3 and 4: $3+4=7$") == (("3", 2), ("3+4=7", 1), ("4", 2), ("7", 1))
    assert claims("so 3 + 4 = 7.") == claims("hence 3+4 =7")
    assert claims("so 3 + 4 = 7") != claims("so 3 + 4 = 8")
    assert claims("so x = 3") != claims("so y = 3")


def test_operations_keep_their_order() -> None:
    assert normal_operation(" 6 × 9 = 54\n") == "6*9=54"
    assert normal_operation("3+2=5") != normal_operation("2+3=5")


@pytest.mark.parametrize("piece", ["$", "**a", "\\(a", "$1 2 ", "[-*+ ", "=<>", "A", "\\frac1 ", "½", "\n- ", "a=b"])
def test_hostile_steps_are_spelt_without_growing_much(piece: str) -> None:
    text = piece * (2_048 // len(piece))
    spelt = normal_step(text)
    assert 0 < len(spelt) <= 4 * len(text)
    assert claims(spelt) == claims(normal_step(text))
