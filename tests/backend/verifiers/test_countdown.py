"""The Countdown verifier: any text gets a verdict, and the verdict is exact."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records import Verdict
from backend.verifiers import countdown
from backend.verifiers.countdown import Countdown, Grade, grade, parse_problem, states

PROBLEM = Countdown(numbers=(4, 6, 9, 3), target=57)
SENTENCE = "Reach 57 from 4, 6, 9 and 3. Use each number once."
SOLVED = "6*9=54\n4-3=1\n54/1=54"
LETTERS = "0123456789+-*/=×÷− \n\r\t.|é٣"

sums = st.tuples(st.lists(st.integers(0, 60), min_size=2, max_size=6), st.randoms(use_true_random=False))
completions = st.text() | st.text(alphabet=LETTERS) | st.text(alphabet="123456789+-*/=\n")


def judged(*lines: str, target: int = 57) -> Grade:
    return grade(Countdown(numbers=(4, 6, 9, 3), target=target), "\n".join(lines))


def test_both_forms_of_a_problem_are_read() -> None:
    assert parse_problem(SENTENCE) == parse_problem(" 4 6 9 3|57:\n") == PROBLEM
    assert parse_problem("Reach 3 from 1 and 2. Use each number once.") == Countdown(numbers=(1, 2), target=3)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "What is 2+2?",
        "Reach 57 from , and 3. Use each number once.",
        "4|57:",
        "4 6|:",
        "٣ 4|5:",
        "4 6|" + "9" * 5000 + ":",
        " ".join(["1"] * 13) + "|13:",
        "Reach 57 from 4,, 6 and 3. Use each number once.",
    ],
)
def test_what_is_no_problem_is_refused_with_a_hint_and_gets_the_verdict_error(statement: str) -> None:
    with pytest.raises(ValueError, match="no Countdown problem"):
        parse_problem(statement)
    for verify in countdown.VERIFIERS.values():
        assert verify(statement, SOLVED) is Verdict.ERROR


def test_a_right_solution_is_correct_in_every_way() -> None:
    result = judged("6*9=54", "54+3=57", "57*4=228", target=228)
    assert (result.strict, result.answer_only, result.steps_valid) == (Verdict.CORRECT,) * 3
    assert result.answer == "228"
    assert [step.remaining for step in result.steps] == [(3, 4, 54), (4, 57), (228,)]


@pytest.mark.parametrize(
    ("lines", "target", "why"),
    [
        (["6*9=54", "54+3=57"], 57, "a number is left over"),
        (["6*9=54", "54+3=57", "57*4=228"], 57, "the target is passed"),
        (["6*9=54", "54+3=57", "57*4=228", "57=57"], 228, "a line that is no operation"),
        (["6*9=54", "4-3=1", "54+1=55", "55+2=57"], 57, "more operations than numbers allow"),
        (["6*9=53", "4-3=1", "53+1=54"], 54, "wrong arithmetic"),
        (["6*6=36", "9-4=5", "36+5=41"], 41, "a number is used twice"),
        (["3-4=-1", "6*9=54", "54+-1=53"], 53, "a negative result"),
        (["9/4=2", "6-3=3", "2+3=5"], 5, "a quotient that is not whole"),
        (["06*9=54", "4-3=1", "54+1=55"], 55, "a leading zero"),
        (["6*9=54", "4-3=1", "54+1="], 55, "cut short"),
        (["6*9=54 4-3=1", "54+1=55"], 55, "two operations on one line"),
        (["Let us see.", "6*9=54", "4-3=1", "54+1=55"], 55, "a remark"),
        (["", " \n\n"], 55, "nothing but blanks"),
    ],
)
def test_one_fault_makes_the_strict_verdict_not_correct(lines: list[str], target: int, why: str) -> None:
    assert judged(*lines, target=target).strict is not Verdict.CORRECT, why


def test_the_answer_alone_may_be_right_where_the_way_is_not() -> None:
    result = judged("6*9=54", "54+5=57")
    assert (result.strict, result.answer_only, result.steps_valid) == (
        Verdict.INCORRECT,
        Verdict.CORRECT,
        Verdict.INCORRECT,
    )


def test_valid_steps_may_lead_elsewhere_or_stop_early() -> None:
    result = judged("6*9=54")
    assert (result.strict, result.answer_only, result.steps_valid) == (
        Verdict.INCORRECT,
        Verdict.INCORRECT,
        Verdict.CORRECT,
    )


@pytest.mark.parametrize(
    "form",
    ["6*9=54\n4-3=1\n54+1=55\n", "\n6 * 9 = 54\r\n\r\n4−3=1\n54 + 1 = 55", "6×9=54\n\n4-3=1\n\t54+1=55\n\n"],
)
def test_spaces_other_signs_and_blank_lines_are_read_as_a_person_would(form: str) -> None:
    assert judged(form, target=55).strict is Verdict.CORRECT


def test_zero_is_a_result_like_others_but_divides_nothing() -> None:
    problem = Countdown(numbers=(3, 3, 5), target=5)
    assert grade(problem, "3-3=0\n5+0=5").strict is Verdict.CORRECT
    assert grade(Countdown(numbers=(3, 3, 5), target=0), "3-3=0\n0/5=0").strict is Verdict.CORRECT
    assert grade(problem, "3-3=0\n5/0=5").strict is Verdict.INCORRECT


def test_equal_numbers_are_taken_one_at_a_time() -> None:
    assert grade(Countdown(numbers=(7, 7), target=14), "7+7=14").strict is Verdict.CORRECT
    assert grade(Countdown(numbers=(7, 8), target=14), "7+7=14").strict is Verdict.INCORRECT


def test_commuted_operands_make_the_same_move() -> None:
    moves = {grade(PROBLEM, line).steps[0].move for line in ("6*9=54", "9*6=54", " 9 × 6 = 54 ")}
    assert moves == {"9*6=54"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", None),
        ("no digits, ٣ is none", None),
        ("6*9=54\n", "54"),
        ("= -5", "-5"),
        ("6-5", "5"),
        ("(2)-5", "5"),
        ("-0", "0"),
        ("007", "7"),
        ("12 apples", "12"),
        ("3.50", "50"),
    ],
)
def test_the_answer_is_the_last_number(text: str, answer: str | None) -> None:
    assert countdown.last_number(text) == answer
    assert (grade(PROBLEM, text).strict is Verdict.NO_ANSWER) == (answer is None)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 2_000_000,
        "6*9=54\n" * 300_000,
        "\n" * 2_000_000,
        "9*" + "9" * 1_000_000 + "=1",
        "\x00" * 1_000_000,
        " " * 1_000_000 + "=",
        "-" * 1_000_000,
        "1 " * 1_000_000,
        "\ud800" * 1000,
        "6*9=54" + " \n" * 1_000_000,
    ],
    ids=range(10),
)
def test_a_huge_text_is_judged(text: str) -> None:
    result = grade(PROBLEM, text)
    assert result.strict in {Verdict.INCORRECT, Verdict.NO_ANSWER}
    assert len(result.steps) <= countdown.MOST_STEPS + 1


def test_results_of_hundreds_of_digits_are_exact() -> None:
    numbers = tuple(10**17 + i for i in range(12))
    product, lines = numbers[0], []
    for number in numbers[1:]:
        lines.append(f"{product}*{number}={product * number}")
        product *= number
    result = grade(Countdown(numbers=numbers, target=1), "\n".join(lines))
    assert result.steps_valid is Verdict.CORRECT
    assert result.steps[-1].remaining == (product,)
    lines[-1] = lines[-1][:-1] + str((int(lines[-1][-1]) + 1) % 10)
    assert grade(Countdown(numbers=numbers, target=1), "\n".join(lines)).steps_valid is Verdict.INCORRECT


@given(completions)
def test_any_text_gets_a_verdict_and_steps_that_cover_it(text: str) -> None:
    result = grade(PROBLEM, text)
    assert "".join(text[step.start : step.end] for step in result.steps) == text
    assert all(before.end == after.start for before, after in pairwise(result.steps))
    assert all(step.start < step.end for step in result.steps)
    assert [step.valid for step in result.steps] == sorted((step.valid for step in result.steps), reverse=True)
    assert (result.strict is Verdict.NO_ANSWER) == (result.answer is None)
    if result.strict is Verdict.CORRECT:
        assert result.answer_only is result.steps_valid is Verdict.CORRECT


@given(st.text(), st.text())
def test_any_statement_gets_a_verdict(statement: str, text: str) -> None:
    for verify in countdown.VERIFIERS.values():
        assert verify(statement, text) in set(Verdict)


@given(sums)
def test_a_way_made_by_honest_arithmetic_is_correct_and_its_states_shrink_by_one(
    drawn: tuple[list[int], random.Random],
) -> None:
    numbers, rng = drawn
    left, lines = list(numbers), []
    while len(left) > 1:
        rng.shuffle(left)
        first, second = left.pop(), left.pop()
        sign = rng.choice("+-*/")
        if sign == "-":
            first, second = max(first, second), min(first, second)
        if sign == "/" and (second == 0 or first % second):
            sign = "+"
        value = {"+": first + second, "-": first - second, "*": first * second}.get(sign)
        value = first // second if value is None else value
        lines.append(f"{first}{sign}{second}={value}")
        left.append(value)
    problem = Countdown(numbers=tuple(numbers), target=left[0])
    text = "\n".join(lines)
    assert grade(problem, text).strict is Verdict.CORRECT
    assert [len(state) for state in states(problem, text)] == list(range(len(numbers), 0, -1))
    other = Countdown(numbers=tuple(numbers), target=left[0] + 1)
    assert grade(other, text).strict is Verdict.INCORRECT
    assert grade(problem, "\n".join(lines[:-1])).strict is not Verdict.CORRECT


@given(st.lists(st.sampled_from(["6*9=54", "54+3=57", "4-3=1", "54/1=54", "9*6=54", "x", "", "3+4=7"]), max_size=6))
def test_no_number_is_made_or_lost_by_a_valid_step(lines: list[str]) -> None:
    for before, after in pairwise(states(PROBLEM, "\n".join(lines))):
        assert len(after) == len(before) - 1
        assert sum(number in before for number in after) >= len(after) - 1
