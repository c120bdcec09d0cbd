"""How a job under way is spoken to and looked at, from other threads."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

SPEED_SECONDS = 30.0
MOST_NOTES = 20


@dataclass(kw_only=True)
class Control:
    """One job under way."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Set to end it; what has arrived is kept."""
    cancelled: bool = False
    """Whether its end was asked for by somebody, and not by the end of the program."""
    phase: str = ""
    """What it is at: waiting, the engine's start, drawing."""
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_NOTES))
    """What went wrong lately and was tried again."""
    repeated: int = 0
    """Replies that were the very words of an earlier one, and so not taken."""
    _speed: deque[tuple[float, int]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, words: str) -> None:
        """Take note of what went wrong and is tried again."""
        self.notes.append(words)

    def count(self, tokens: int) -> None:
        """Take note of tokens that have arrived."""
        with self._lock:
            self._speed.append((time.monotonic(), tokens))

    def tokens_per_second(self) -> float | None:
        """Return the speed over the last half minute; None before the second reply."""
        now = time.monotonic()
        with self._lock:
            while self._speed and now - self._speed[0][0] > SPEED_SECONDS:
                self._speed.popleft()
            if len(self._speed) < 2 or now - self._speed[0][0] < 0.5:
                return None
            return sum(tokens for _, tokens in list(self._speed)[1:]) / (now - self._speed[0][0])
