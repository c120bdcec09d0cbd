"""Whether a sampler could draw a token, judged from the likeliest tokens that a server tells of its place."""

import math
from collections.abc import Sequence

MARGIN = 0.01
"""How clearly a token must lie outside a nucleus to be called closed: kernels round differently."""
MOST_TOKENS = 2**20
"""More tokens than any vocabulary has."""


def likelier_mass(own: float, listed: Sequence[float], rank: int, temperature: float) -> tuple[float, float]:
    """Return the least and the most chance that all tokens likelier than this one have together, at a temperature.

    own: the token's log-probability at temperature 1; listed: those of the likeliest tokens of its place, from the
    first on without a gap; rank: the token's, 1 for the likeliest. Tokens beyond those listed are known only by the
    probability they share, which is why the answer is a range.
    """
    power = 1 / max(temperature, 1e-6)
    top = max([own, *listed])
    weights = [math.exp(power * (value - top)) for value in listed]
    known = sum(weights) + (math.exp(power * (own - top)) if rank > len(listed) else 0.0)
    shared = sum(map(math.exp, listed)) + (math.exp(own) if rank > len(listed) else 0.0)
    least, most = _rest(max(0.0, 1 - shared), min(listed, default=own), power, top)
    if rank <= len(listed):
        higher = sum(weight for weight, value in zip(weights, listed, strict=True) if value > own)
        return higher / (known + most), higher / (known + least)
    higher = sum(weights)
    return higher / (known + most), 1 - math.exp(power * (own - top)) / (known + most)


def _rest(mass: float, smallest: float, power: float, top: float) -> tuple[float, float]:
    """The least and most weight of the tokens that are not listed: they share `mass`, each has at most e^smallest."""
    if not mass:
        return 0.0, 0.0
    few = mass * math.exp((power - 1) * smallest - power * top)
    many = math.exp(power * (math.log(mass / MOST_TOKENS) - top)) * MOST_TOKENS
    return min(few, many), max(few, many)


def closed(least: float | None, rank: int | None, top_p: float, top_k: int | None) -> bool:
    """Tell whether a sampler surely never draws a token that has this rank, after likelier ones of this chance."""
    if top_k is not None and rank is not None and rank > top_k:
        return True
    return top_p < 1 and least is not None and least >= min(top_p + MARGIN, 1.0)
