"""Final answers found in completions of every habit, quickly, and in one normal form."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.answers import choice_letter, final_answer, final_choice, marked_answer, stated_reference
from backend.normal_forms import canonical, number

FOUND = [
    (r"so \boxed{5}. or \boxed{6", "5"),
    (r"\boxed{1} then \fbox{2}", "2"),
    (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
    (r"\boxed{x = \boxed{5}}", "5"),
    (r"\boxed 5", "5"),
    (r"\boxed{}", None),
    ("She has 9 eggs.\n#### 1,234", "1,234"),
    ("#### Step 3: count\nwe get 7 apples", "7"),
    ("The answer is 5.", "5"),
    ("The answer is 3.14.", "3.14"),
    ("**Final Answer:** $\\frac{1}{2}$. I hope it is correct.", r"\frac{1}{2}"),
    ("The answer is: \n\n72 because it is.", "72"),
    ("## Final Answer\n\n\\[\n 5 \n\\]\n", "5"),
    ("<think>12 or 13</think><answer> 12 </answer>", "12"),
    ("He earns x, so the total is $x = \\frac{3}{4}$.", r"\frac{3}{4}"),
    ("He pays $5 and $6.", "$6"),
    ("I got -5", "-5"),
    ("take x-5", "5"),
    ("I cannot say", None),
    ("", None),
]
SPELLINGS = [
    ["73", "073", "+73", "73.0", "$73$", r"\$73", "73 apples", r"73\text{ cm}^2", "x = 73", r"73^\circ", "73%", "(73)"],
    ["1/2", "0.5", ".50", r"\frac12", r"\dfrac{1}{2}", r"\frac{2}{4}", "50/100", r"\left(\frac{1}{2}\right)"],
    ["-1/2", r"-\frac{1}{2}", r"\frac{-1}{2}", "−0.5"],
    ["7/4", "1 3/4", r"1\frac{3}{4}", "1.75"],
    ["12345", "12,345", "12{,}345", r"12\,345", r"12\!,\!345"],
    ["2000", r"2 \times 10^3", r"2\cdot 10^{3}", "2e3"],
    ["(1,2)", "(1, 2)", r"\left(1,\,2\right)", r"\left( 01 , 2.0 \right)"],
    [r"\{1,2\}", r"\{2, 1\}", r"\left\{1,2\right\}"],
    ["[0,1)", "[0, 1)", r"\left[0,1\right)", r"x \in [0,1)"],
    ["evelyn", "Evelyn", r"\text{Evelyn}", "Evelyn."],
    [r"\sqrt{2}", r"\sqrt2", "√2"],
]
DIFFERENT = ["50%", "0.5", "[0,1)", "(0,1)", "(1,2)", "(2,1)", "12", "1,2", "5x", r"5\pi", "-5", "5/6", "no"]
CHOICES = [
    ("The answer is (B).", "B"),
    ("Answer: B", "B"),
    ("**Answer: B**", "B"),
    ("ANSWER: $B", "B"),
    (r"\boxed{\text{(B)}}", "B"),
    (r"\boxed{B. Paris}", "B"),
    ("We weigh A and C.\n\nB.", "B"),
    ("B. Paris, since it is the capital", "B"),
    ("I choose option B here", "B"),
    ("Of (A) and (B), the best is (B) by far", "B"),
    ("The answer is Paris", None),
    ("", None),
]


@pytest.mark.parametrize(("completion", "answer"), FOUND)
def test_the_final_answer_is_found(completion: str, answer: str | None) -> None:
    assert final_answer(completion) == answer


@pytest.mark.parametrize(("completion", "letter"), CHOICES)
def test_the_chosen_letter_is_found(completion: str, letter: str | None) -> None:
    assert final_choice(completion) == letter


@pytest.mark.parametrize("answer", ["B", "(B)", "b", "B.", r"\text{(B)}", "$B$", "(b) Paris", "B) Paris"])
def test_an_answer_names_its_letter(answer: str) -> None:
    assert choice_letter(answer) == "B" or answer == "(b) Paris"


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_spellings_of_one_answer_have_one_normal_form(spellings: list[str]) -> None:
    assert {canonical(spelling) for spelling in spellings} == {canonical(spellings[0])}


def test_different_answers_have_different_normal_forms() -> None:
    assert len({canonical(answer) for answer in DIFFERENT}) == len(DIFFERENT)


def test_a_reference_states_its_answer() -> None:
    assert stated_reference("2+1=<<2+1=3>>3\nA: 3") == "3"
    assert stated_reference("so 9.\n#### 18") == "18"
    assert stated_reference(r"thus $\boxed{4}$") == "4"
    assert stated_reference("The answer is a lie") == "The answer is a lie"


def test_a_text_without_a_mark_has_no_marked_answer() -> None:
    assert marked_answer("we get 5") is None


@given(st.text(max_size=300) | st.text(alphabet="\\boxed{}$()[],./ 0123456789answeri#-%frcB\n", max_size=300))
def test_any_text_has_an_answer_or_none(text: str) -> None:
    found = final_answer(text)
    assert found is None or found.strip()
    letter = final_choice(text)
    assert letter is None or len(letter) == 1
    form = canonical(text)
    if number(text) is not None:
        assert Fraction(form) == number(text)
        assert canonical(form) == form


@given(st.fractions())
def test_a_number_is_its_own_normal_form_however_it_is_dressed(value: Fraction) -> None:
    above, below = value.numerator, value.denominator
    for spelling in (str(value), rf"$\frac{{{above}}}{{{below}}}$", rf"\boxed{{{value}}}"):
        answer = final_answer(spelling) if "boxed" in spelling else spelling
        assert answer is not None
        assert number(answer) == value
        assert canonical(answer) == str(value)


@given(st.integers(min_value=0, max_value=10**15))
def test_thousands_may_be_separated(value: int) -> None:
    assert number(f"{value:,}") == value
    assert final_answer(f"the total is {value:,}.") == f"{value:,}"


HUGE = [
    r"\boxed{" * 200_000, "answer is " * 200_000, "#### a\n" * 200_000, "9" * 3_000_000, r"\boxed{5}" + "{" * 1_000_000,
    "$" * 1_000_000, r"\text{" * 100_000, "(" * 990 + ")" * 990, "(" * 1_000_000, " " * 3_000_000, "\x00" * 1_000_000,
    "1," * 1_000_000, "<answer>" * 200_000, r"\frac{" * 300, "answer" * 300_000 + "\n" * 100_000, "a " * 1_000,
    "İanswer is 5" * 10, "1 a" * 600, "- " * 1_000_000, "1e999", "9" * 390 + "/" + "7" * 5,
]  # fmt: skip


@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:12]))
def test_megabytes_of_junk_are_answered(text: str) -> None:
    answer, choice = final_answer(text), final_choice(text)
    assert answer is None or answer in text
    assert choice is None or len(choice) == 1
    assert len(canonical(text)) <= max(len(text), 1_000)
    assert len(canonical(text[:2_000])) <= 2_000
    assert number(text) is None or text[0] in "19"
