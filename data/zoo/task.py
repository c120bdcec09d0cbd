"""The Countdown task as the tiny models see it: problems, prompts, and random walks that make training text.

Needs nothing outside the standard library, so the tests can import it where torch is not installed.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parent
DEMO = HOME.parent / "demo"
WORK = HOME / "work"
"""Intermediate files of the recipe; not kept in the repository."""

LARGEST_NUMBER = 12
WALK_CEILING = 150
"""No intermediate result of a random walk, and no target, is larger than this."""

Key = tuple[tuple[int, ...], int]
"""What makes two problems the same: the sorted numbers and the target."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One Countdown problem: reach `target` using each of `numbers` once."""

    numbers: tuple[int, ...]
    target: int

    @property
    def key(self) -> Key:
        """The same for any order of the numbers."""
        return tuple(sorted(self.numbers)), self.target

    @property
    def prompt(self) -> str:
        """What the model is given, for example `4 6 9 3|57:`."""
        return f"{' '.join(map(str, self.numbers))}|{self.target}:"

    @property
    def question(self) -> str:
        """The same as a sentence for people."""
        *head, last = map(str, self.numbers)
        return f"Reach {self.target} from {', '.join(head)} and {last}. Use each number once."


def results(left: int, right: int, operators: str) -> Iterator[tuple[str, int]]:
    """Every `(operator, result)` that keeps to positive whole numbers, for left >= right."""
    for operator in operators:
        if operator == "+":
            yield operator, left + right
        elif operator == "-" and left > right:
            yield operator, left - right
        elif operator == "*":
            yield operator, left * right
        elif operator == "/" and right and left % right == 0:
            yield operator, left // right


def walk(numbers: tuple[int, ...], operators: str, rng: random.Random) -> tuple[list[str], int] | None:
    """Combine two random numbers by a random operator until one is left; None where nothing fits the ceiling."""
    left_over, lines = list(numbers), []
    while len(left_over) > 1:
        rng.shuffle(left_over)
        first, second = left_over.pop(), left_over.pop()
        high, low = max(first, second), min(first, second)
        fitting = [(sign, value) for sign, value in results(high, low, operators) if value <= WALK_CEILING]
        if not fitting:
            return None
        sign, value = rng.choice(fitting)
        if sign in "+*" and rng.random() < 0.5:
            high, low = low, high
        lines.append(f"{high}{sign}{low}={value}")
        left_over.append(value)
    return lines, left_over[0]


def draw_numbers(rng: random.Random) -> tuple[int, ...]:
    """Three, four or five numbers between 1 and the largest, repeats allowed."""
    size = rng.choices((3, 4, 5), weights=(0.2, 0.45, 0.35))[0]
    return tuple(rng.randint(1, LARGEST_NUMBER) for _ in range(size))


def draw_walk(rng: random.Random, operators: str, miss_rate: float) -> tuple[Task, str]:
    """One training text: a problem and a walk, which ends elsewhere than the target in `miss_rate` of the cases.

    A problem of the benchmark is never returned, in whatever order its numbers stand.
    """
    while True:
        numbers = draw_numbers(rng)
        walked = walk(numbers, operators, rng)
        aimed = walk(numbers, operators, rng) if rng.random() < miss_rate else walked
        if walked and aimed:
            task = Task(numbers=numbers, target=aimed[1])
            if task.key not in held_out():
                return task, "\n".join(walked[0])


def draw_task(rng: random.Random) -> Task:
    """One problem to practise on in reinforcement learning; some need division, none is in the benchmark."""
    return draw_walk(rng, "+-*/", miss_rate=0.0)[0]


@cache
def held_out() -> frozenset[Key]:
    """The keys of the benchmark's problems, which no training set may hold."""
    problems = json.loads((HOME / "benchmark.json").read_text())
    return frozenset((tuple(sorted(p["numbers"])), p["target"]) for p in problems)
