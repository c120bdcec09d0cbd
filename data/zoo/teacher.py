"""Training text from the exhaustive solver, for distillation; needs no torch.

The solver divides, goes through intermediate results up to 999, never misses, and takes every distinct path to a target
with the same chance; the base's walks do none of that.
"""

import random
from collections.abc import Iterator

from data.zoo.solver import Solver
from data.zoo.task import WALK_CEILING, Task, draw_numbers, held_out

CEILING = 999
TARGETS = 4
"""Targets taken from one draw of numbers: solving all of them costs as much as solving one."""


def traces(rng: random.Random) -> Iterator[tuple[Task, str]]:
    """Problems outside the benchmark with one correct path each, for ever."""
    while True:
        numbers = draw_numbers(rng)
        solver = Solver("+-*/", CEILING)
        reachable = [target for target in solver.counts(numbers) if target <= WALK_CEILING]
        for target in rng.sample(reachable, min(TARGETS, len(reachable))):
            task = Task(numbers=numbers, target=target)
            if task.key not in held_out():
                path = solver.draw(numbers, target, rng)
                yield task, "\n".join(_turned(move, rng) for move in path)


def _turned(move: str, rng: random.Random) -> str:
    """The operands of + and * in either order, as in the walks."""
    operands, _, result = move.partition("=")
    for sign in "+*":
        left, found, right = operands.partition(sign)
        if found and rng.random() < 0.5:
            return f"{right}{sign}{left}={result}"
    return move
