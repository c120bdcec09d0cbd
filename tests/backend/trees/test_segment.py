"""Steps: together the text again, cut where a reader would cut, in time linear in the text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.trees.segment import LONGEST, SHORTEST, segment, thinking_ends

PIECES = st.sampled_from(
    ["\n", "\n\n", " ", "$$", "$", "\\[", "\\]", "\\begin{align}", "\\end{align}", "```", "~~~", "<think>", "</think>",
     ":", ". Wait", "! However, ", "? Let me check ", "\n- ", "\n1. ", "\n## ", "**Step", "x" * 30, "word ", "2+3=5",
     "\t", "\r\n", "é²½−", "\u2028", "a" * 3000]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))


def pieces(text: str) -> list[str]:
    """Return the steps of a text."""
    return [text[start:end] for start, end in segment(text)]


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_steps_are_the_text_again_and_none_is_empty(text: str) -> None:
    steps = segment(text)
    assert "".join(text[start:end] for start, end in steps) == text
    assert all(end > start for start, end in steps)
    assert (
        all(end - start <= LONGEST + SHORTEST or text[start:end].strip() == "" for start, end in steps)
        or len(text) > LONGEST
    )


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_tag_is_split_and_no_step_is_partly_thought(text: str) -> None:
    ends = [end for _, end in segment(text)]
    for tag in ("<think>", "</think>"):
        at = text.find(tag)
        while at >= 0:
            assert not any(at < end < at + len(tag) for end in ends)
            at = text.find(tag, at + 1)
    border = thinking_ends(text)
    if 0 < border < len(text):
        assert border in ends


def test_a_solution_is_cut_as_a_reader_would() -> None:
    text = (
        "We are to find the sum of all such numbers.\n\n"
        "First, we multiply these two:\n\n\\[\n10 \\cdot 6 = 60\n\n\\]\n\n"
        "1. Now take the larger one of them.\n2. Then take the smaller one of them. Wait, that is not right at all.\n"
        "So:\n### What follows from this\nThe answer is \\boxed{60}."
    )
    assert pieces(text) == [
        "We are to find the sum of all such numbers.\n\n",
        "First, we multiply these two:\n\n\\[\n10 \\cdot 6 = 60\n\n\\]\n\n",
        "1. Now take the larger one of them.\n",
        "2. Then take the smaller one of them. ",
        "Wait, that is not right at all.\nSo:\n",
        "### What follows from this\nThe answer is \\boxed{60}.",
    ]


def test_code_and_formulas_are_not_cut() -> None:
    code = "Let us write a small program:\n\n```python\nx = 1\n\n\n- 2\n# Wait\n```\n\nIts output is then printed."
    assert pieces(code) == [code[: code.index("Its")], "Its output is then printed."]
    align = "We have these equations here\n\\begin{align*}\na &= b\n\n1. &= c\n\\end{align*}\n\nand so on and so forth."
    assert len(pieces(align)) == 2


def test_what_is_thought_and_what_is_answered_are_told_apart() -> None:
    text = "<think>\nok\n</think>\n\nThe answer is 5."
    assert pieces(text) == ["<think>\nok\n</think>\n\n", "The answer is 5."]
    assert thinking_ends(text) == text.index("The")
    assert thinking_ends("<think> so far") == len("<think> so far")
    assert thinking_ends("no tags") == 0
    assert pieces("short</think>short") == ["short</think>", "short"]


def test_short_pieces_join_a_neighbour() -> None:
    assert pieces("Hm.\n\nThis is the first long step.\n\nOk.") == ["Hm.\n\nThis is the first long step.\n\nOk."]
    assert pieces("") == []


HOSTILE = [
    "\n", " \n", "$$", "\\[", "```\n", "\\begin{align}", "<think>", "a", ". ", "\n- ", ":\n\n$$", "~~~a\n\n",
    ":\n\n\\[",     "<", "\\", "\n \t", "- ", "$$ $$:\n\n", "</think> ", "`", ".Wait. Wait", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_are_cut_and_put_together_again(piece: str) -> None:
    text = piece * (480_000 // len(piece))
    assert "".join(pieces(text)) == text


def completions(value: Any) -> Iterator[str]:
    """Yield every text of a file of any harness, however deep it lies."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from completions(inner)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "group", ["qwen-math-eval-cot100", "nemo-skills-seeds", "gsm8k-openai-solutions", "human-eval-results-jsonl",
              "tora-gsm8k", "evalscope-reviews"],
)  # fmt: skip
def test_completions_of_real_harnesses_come_back_whole(real_data: Path, group: str) -> None:
    texts = 0
    for path in sorted((real_data / "real" / group).rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:200]:
            for text in completions(json.loads(line)) if line else ():
                assert "".join(pieces(text)) == text
                texts += len(text) > 200
    assert texts > 40
