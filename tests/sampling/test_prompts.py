"""Prompts filled in from templates, and stop strings that ordinary texts hold."""

import pytest

from backend.errors import BadInput
from backend.records import Problem
from backend.sampling.prompts import default_template, filled, natural_words

PROBLEM = Problem(benchmark="b", problem="p", question="What is {x}?", metadata={"prompt": "Q: 1\nA:", "year": 2024})


def test_the_statement_goes_where_the_template_says_once() -> None:
    assert filled("Solve.\n{question}\n", PROBLEM) == "Solve.\nWhat is {x}?\n"
    assert filled("{prompt}", PROBLEM) == "Q: 1\nA:"
    assert filled("{year}: {question}", PROBLEM) == "2024: What is {x}?"


def test_braces_of_formulas_stay() -> None:
    assert (
        filled(r"Put it in \boxed{}. {question} \frac{a}{b}", PROBLEM)
        == r"Put it in \boxed{}. What is {x}? \frac{a}{b}"
    )


def test_a_template_without_the_statement_and_a_problem_without_it_are_refused() -> None:
    with pytest.raises(BadInput, match="The prompt template holds no"):
        filled("Solve it.", PROBLEM)
    with pytest.raises(BadInput, match="Problem p has no question"):
        filled("{question}", Problem(benchmark="b", problem="p"))


def test_a_benchmark_s_own_prompts_are_used_where_every_problem_has_one() -> None:
    assert default_template([PROBLEM]) == "{prompt}"
    assert default_template([PROBLEM, Problem(benchmark="b", problem="q", question="?")]) == "{question}"


def test_stop_strings_that_are_words_are_told() -> None:
    assert natural_words(["user", "assistant", "Question:", "_end", "\n\n", "</s>", "<|im_end|>", " the answer "]) == [
        "user", "assistant", "_end", " the answer ",
    ]  # fmt: skip
