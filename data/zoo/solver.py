"""The exhaustive solver: every correct path of a Countdown problem, counted or drawn at random.

A path is the sequence of its canonical operations. An operation is written `a+b=c` with the larger operand of `+` and
`*` first, so `6*9=54` and `9*6=54` are the same operation. Two paths are the same when their sequences are equal:
which of two equal numbers was taken makes no difference, and the order of independent operations does.
"""

import random
from collections.abc import Iterator
from itertools import combinations

State = tuple[int, ...]


class Solver:
    """Counts paths from any state to any last number, under a choice of operators and a ceiling for results."""

    def __init__(self, operators: str = "+-*/", ceiling: int | None = None) -> None:
        self.operators, self.ceiling = operators, ceiling
        self._counts: dict[State, dict[int, int]] = {}

    def counts(self, numbers: State) -> dict[int, int]:
        """How many distinct paths end in each number."""
        state = tuple(sorted(numbers))
        if len(state) == 1:
            return {state[0]: 1}
        if state not in self._counts:
            total: dict[int, int] = {}
            for _, after in self.moves(state):
                for end, ways in self.counts(after).items():
                    total[end] = total.get(end, 0) + ways
            self._counts[state] = total
        return self._counts[state]

    def moves(self, state: State) -> Iterator[tuple[str, State]]:
        """Every `(canonical operation, next state)`; states are sorted, results are whole and not negative.

        With a ceiling, results are also not zero, as in the walks the base learns from.
        """
        for low, high in sorted(set(combinations(state, 2))):
            rest = list(state)
            rest.remove(low)
            rest.remove(high)
            for sign, value in self._outcomes(high, low):
                if self.ceiling is None or 0 < value <= self.ceiling:
                    yield f"{high}{sign}{low}={value}", tuple(sorted([*rest, value]))

    def draw(self, numbers: State, target: int, rng: random.Random) -> list[str]:
        """One path to a target that can be reached; every distinct path has the same chance."""
        state, path = tuple(sorted(numbers)), []
        while len(state) > 1:
            choices = list(self.moves(state))
            weights = [self.counts(after).get(target, 0) for _, after in choices]
            move, state = rng.choices(choices, weights=weights)[0]
            path.append(move)
        return path

    def _outcomes(self, high: int, low: int) -> Iterator[tuple[str, int]]:
        for sign in self.operators:
            if sign == "+":
                yield sign, high + low
            elif sign == "-":
                yield sign, high - low
            elif sign == "*":
                yield sign, high * low
            elif low and high % low == 0:
                yield sign, high // low
