"""Curves beyond n: how often a fit is refused on right and on wrong shapes, and how far off it is at ten times n."""

import numpy as np

from backend.comparison.extrapolation import LEAST_P, extrapolation
from tests.statistics.report import Row, means, shares
from tests.statistics.shapes import Setting, pass_of

RIGHT = {"hard": ("plain", "zero-inflated"), "spread": ("plain", "zero-inflated"),
         "easy": ("plain", "zero-inflated"), "never": ("zero-inflated",), "two kinds": ()}  # fmt: skip
"""The fits that can give a shape."""


def extrapolations(setting: Setting, rounds: int) -> list[Row]:
    """Return how often each fit is refused, and its mean and absolute error at ten times n where it is shown."""
    rng = setting.rng("beyond")
    refused: list[list[bool]] = []
    errors: list[list[float]] = []
    for _ in range(rounds):
        rates, _ = setting.rates(rng)
        found = extrapolation(np.full(rates.size, setting.n), setting.solved(rng, rates))
        if found.p_plain is None or found.p_zero_inflated is None:
            continue
        refused.append([found.p_plain < LEAST_P, found.p_zero_inflated < LEAST_P])
        truth = pass_of(rates, found.ks[-1:] or [10 * setting.n]).mean()
        off = [np.nan if curve is None else curve[-1] - truth for curve in (found.plain, found.zero_inflated)]
        errors.append([*off, *(abs(value) for value in off)])
    names = ("plain", "zero-inflated")
    hits = np.array(refused, dtype=float).reshape(-1, 2)
    rows = []
    for at, name in enumerate(names):
        right = name in RIGHT[setting.shape.name]
        table = f"Beyond n: share refused of fits that {'can' if right else 'cannot'} give the shape"
        bound = {"most": 0.05} if right else {}
        rows += shares(table, setting.case, [name], hits[:, at : at + 1], **bound)
    columns = ["plain", "zero-inflated", "|plain|", "|zero-inflated|"]
    return rows + means(
        "Beyond n: mean error at 10 n, in shares of 1", setting.case, columns, np.array(errors).reshape(-1, 4)
    )
