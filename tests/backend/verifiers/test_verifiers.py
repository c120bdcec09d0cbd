"""The verifiers by name: what each calls correct, and that no text is too much for them."""

from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput, NotFound
from backend.records import Problem, Verdict
from backend.verifiers import VERIFIERS, verifier_named
from backend.verifiers.grading import Grader
from backend.verifiers.verifier import SlowVerifier

QUICK = [v for v in VERIFIERS.values() if not isinstance(v, SlowVerifier)]


def problem(
    reference: str | None, question: str | None = "Reach 57 from 4, 6, 9 and 3. Use each number once."
) -> Problem:
    """Return a problem with this reference answer."""
    return Problem(benchmark="b", problem="p", question=question, reference_answer=reference)


@pytest.mark.parametrize(
    ("verifier", "completion", "reference", "verdict"),
    [
        ("exact", "The answer is 073.", "073", "correct"),
        ("exact", "The answer is 073.", "73", "incorrect"),
        ("exact", "Paris", "Paris", "correct"),
        ("normalised", "so \\boxed{073}", "73", "correct"),
        ("normalised", "\\boxed{\\frac{3}{6}}", "0.5", "correct"),
        ("normalised", "#### 1,234", "1234", "correct"),
        ("normalised", "\\boxed{50\\%}", "0.5", "incorrect"),
        ("normalised", "\\boxed{[0, 1)}", "(0,1)", "incorrect"),
        ("normalised", "paris.", "Paris", "correct"),
        ("normalised", "we do not know", "5", "no_answer"),
        ("number", "The answer is 42 apples in all", "42", "correct"),
        ("number", "\\boxed{x=\\frac{1}{2}}", "0.5", "correct"),
        ("number", "\\boxed{\\text{none}}", "5", "no_answer"),
        ("number", "so 5", "Paris", "error"),
        ("number", "0.333", "1/3", "incorrect"),
        ("choice", "Answer: (b)", "B", "correct"),
        ("choice", "The answer is C.", "(B)", "incorrect"),
        ("choice", "no idea", "B", "no_answer"),
        ("choice", "B", "Paris is it", "error"),
        ("countdown", "6*9=54\n54+3=57\n", None, "incorrect"),
        ("countdown_answer", "6*9=54\n54+3=57\n", None, "correct"),
        ("countdown_steps", "6*9=54\n54+3=57\n", None, "correct"),
    ],
)
def test_verdicts(verifier: str, completion: str, reference: str | None, verdict: str) -> None:
    assert verifier_named(verifier).grade(completion, problem(reference)).verdict == verdict


@pytest.mark.parametrize("verifier", QUICK, ids=lambda v: v.name)
def test_a_problem_that_says_nothing_leaves_the_sample_unscored(verifier: SlowVerifier) -> None:
    assert verifier.grade("The answer is 5", problem(None, None)).verdict is None


@given(st.text(max_size=400), st.text(max_size=40))
def test_any_text_gets_a_verdict(completion: str, reference: str) -> None:
    for verifier in VERIFIERS.values():
        if isinstance(verifier, SlowVerifier):
            verifier.look(completion, problem(reference))
        else:
            assert verifier.grade(completion, problem(reference)).verdict in set(Verdict)


def test_megabytes_get_a_verdict() -> None:
    for text in ("\\boxed{" * 200_000, "9" * 2_000_000, "\x00" * 1_000_000, "answer is {" * 100_000):
        for verifier in QUICK:
            assert verifier.grade(text, problem("5")).verdict is not None


def test_an_unknown_verifier_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="There is no verifier mine"):
        verifier_named("mine")


@pytest.mark.parametrize("name", VERIFIERS)
def test_each_verifier_says_what_it_is(name: str) -> None:
    verifier = verifier_named(name)
    assert verifier.name == name
    assert verifier.version
    assert verifier.meaning


MATH = [
    (r"\boxed{\sqrt{8}}", r"2\sqrt2", "correct"),
    (r"\boxed{x+1}", "1+x", "correct"),
    (r"\boxed{10!}", "3628800", "correct"),
    (r"\boxed{12 \text{ or } 5}", "5,12", "correct"),
    (r"\boxed{[0,1)}", "(0,1)", "incorrect"),
    (r"\boxed{0.333}", "1/3", "incorrect"),
    (r"\boxed{x \in [-2,7]}", "[-2,7]", "correct"),
    ("I give up", "5", "no_answer"),
    (r"\boxed{9^{9^{9^9}}}", "5", "error"),
    (r"\boxed{\frac{3}{4}}", "0.75", "correct"),
]


def test_math_verify_compares_mathematics_and_calls_what_hangs_an_error() -> None:
    attempts = [(completion, problem(reference)) for completion, reference, _ in MATH]
    with Grader(VERIFIERS["math_verify"], workers=1) as grader:
        grades = grader.graded(attempts)
        again = grader.graded(attempts)
    assert [grade.verdict for grade in grades] == [verdict for *_, verdict in MATH]
    assert again == grades
    assert VERIFIERS["math_verify"].grade(r"\boxed{2+3}", problem("5")).verdict == "correct"


@pytest.mark.skipif(find_spec("reasoning_gym") is not None, reason="reasoning-gym is installed")
def test_without_reasoning_gym_a_sentence_says_how_to_add_it() -> None:
    with pytest.raises(BadInput, match=r"not installed.*pip install reasoning-gym"):
        Grader(VERIFIERS["reasoning_gym"])


@pytest.mark.skipif(find_spec("reasoning_gym") is None, reason="reasoning-gym is not installed")
def test_reasoning_gym_asks_the_scorer_of_the_problems_task() -> None:
    entry = Problem(
        benchmark="gym", problem="p", question="What is 2 + 3?", reference_answer="5",
        metadata={"source_dataset": "basic_arithmetic"},
    )  # fmt: skip
    with Grader(VERIFIERS["reasoning_gym"], workers=1) as grader:
        grades = grader.graded([("<answer>5</answer>", entry), ("I say <answer>6</answer>", entry), ("", entry)])
    assert [grade.verdict for grade in grades] == ["correct", "incorrect", "no_answer"]
