"""Reading texts that are made to be slow to read: how the time grows where they grow sixteenfold."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from backend.answers import final_answer, final_choice
from backend.normal_forms import canonical, number
from backend.trees.segment import segment
from backend.trees.spelling import claims, normal_step
from bench.measure import machine
from pages.shared.texts import rendered

SHORT, GROWTH, ROUNDS = 30_000, 16, 3
PIECES = (
    *(
        "\n",
        " \n",
        "$$",
        "\\[",
        "```\n",
        "\\begin{align}",
        "<think>",
        "a",
        ". ",
        "\n- ",
        ":\n\n$$",
        "~~~a\n\n",
        "<",
        "`",
    ),
    *("$$ $$:\n\n", "</think> ", ".Wait. Wait", "\\boxed{", "answer is ", "#### a\n", "9", "(", "1,", "\\frac{", "**a"),
    *("$1 2 ", "[-*+ ", "=<>", "½", "a=b", "\\text{", "<answer>", "\x00"),
)
STEP = 2_048
"""Characters of a step, which is as much of a text as spelling is ever given."""


def readers() -> Mapping[str, Callable[[str], Any]]:
    """Return what reads a text of any length."""
    return {
        "steps": segment,
        "spelling, step by step": spelt,
        "final answer": final_answer,
        "final choice": final_choice,
        "canonical answer": canonical,
        "number": number,
        "text on a page": rendered,
    }


def spelt(text: str) -> list[Any]:
    """Return what a text's steps claim, each cut at its greatest length."""
    return [claims(normal_step(text[at : at + STEP])) for at in range(0, len(text), STEP)]


def seconds(read: Callable[[str], Any], text: str) -> float:
    """Return the least time of a few rounds."""
    each = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        read(text)
        each.append(time.process_time() - begin)
    return min(each)


def main() -> None:
    """Print for each reader its slowest text, and the growth of that one and of all together."""
    print(f"hostile texts, {machine()}: {SHORT:,} and {GROWTH * SHORT:,} characters")
    for name, read in readers().items():
        short = {piece: seconds(read, piece * (SHORT // len(piece))) for piece in PIECES}
        long = {piece: seconds(read, piece * (GROWTH * SHORT // len(piece))) for piece in PIECES}
        worst = max(long, key=long.__getitem__)
        growth = sum(long.values()) / max(sum(short.values()), 1e-9)
        times = long[worst] / max(short[worst], 1e-9)
        print(
            f"  {name:24} {1000 * long[worst]:8,.1f} ms for {worst!r}, {times:5.1f} times its sixteenth; "
            f"all texts {growth:5.1f} times theirs"
        )
