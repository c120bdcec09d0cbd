"""Replies that come again word for word: a server that was started anew with its old seed repeats its draws."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from backend.records import Draw, SamplingSettings

LEAST_LOG_CHANCE = math.log(1e-9)
"""Below this chance of coming again by itself, a reply that does is taken for a copy."""


def reply_hash(draws: Sequence[Draw]) -> str:
    """Return what tells a reply from another: its texts in their order."""
    digest = hashlib.sha256()
    for draw in draws:
        digest.update(f"{len(draw.text)}:".encode() + draw.text.encode() + b"\n")
    return digest.hexdigest()


class Repeats:
    """Knows the replies of one run."""

    def __init__(self, known: set[tuple[int, str]], settings: SamplingSettings) -> None:
        """known: problem and hash of each reply so far."""
        self._known: defaultdict[int, set[str]] = defaultdict(set)
        for problem_id, hashed in known:
            self._known[problem_id].add(hashed)
        self._whole = settings.temperature >= 1 and settings.top_p == 1 and settings.top_k is None

    def copied(self, problem_id: int, draws: Sequence[Draw], hashed: str) -> bool:
        """Tell whether a reply is a copy of an earlier one, and remember it where it is not.

        Short replies of a sure model come again by themselves; what speaks for a copy is how unlikely that is.
        """
        if hashed in self._known[problem_id] and self._log_chance(draws) < LEAST_LOG_CHANCE:
            return True
        self._known[problem_id].add(hashed)
        return False

    def _log_chance(self, draws: Sequence[Draw]) -> float:
        """The log-probability that these very texts come again, judged by how they scatter, and by the model's own."""
        counts = Counter(draw.text for draw in draws)
        scatter = sum(math.log(counts[draw.text] / len(draws)) for draw in draws)
        if not self._whole:
            return scatter
        return min(scatter, sum(draw.sum_logprob or 0.0 for draw in draws))
