"""Verifiers: a completion and its problem in, a verdict out. Here they are known by name."""

from collections.abc import Mapping

from backend.errors import NotFound
from backend.verifiers.choice import Choice
from backend.verifiers.countdown_adapters import COUNTDOWN
from backend.verifiers.exact import Exact, Normalised
from backend.verifiers.math_verify import MathVerify
from backend.verifiers.number import Number
from backend.verifiers.reasoning_gym import ReasoningGym
from backend.verifiers.verifier import Verifier

_ALL: tuple[Verifier, ...] = (Exact(), Normalised(), Number(), Choice(), MathVerify(), *COUNTDOWN, ReasoningGym())
VERIFIERS: Mapping[str, Verifier] = {verifier.name: verifier for verifier in _ALL}
"""Each verifier by its name, in the order in which a screen may offer them."""


def verifier_named(name: str) -> Verifier:
    """Return the verifier of this name. Raises NotFound where there is none."""
    if name not in VERIFIERS:
        raise NotFound(f"There is no verifier {name}.", f"Name one of {', '.join(VERIFIERS)}.")
    return VERIFIERS[name]
