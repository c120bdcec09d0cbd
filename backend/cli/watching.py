"""Watching a long command: how far it is, on a terminal; Ctrl-C, which ends it in order."""

import signal
import sys
from types import FrameType, TracebackType
from typing import Any, Self

from backend.errors import Cancelled

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C has ended, as shells expect it."""


class Watch:
    """Watches one command; use it in a `with` block.

    The first Ctrl-C lets work of this process end where it next tells how far it is, so that its transaction is taken
    back in order; while only waiting, or a second time, it interrupts at once.
    """

    def __init__(self, title: str, unit: str) -> None:
        self._title = title
        self._unit = unit
        self._working = self._asked = self._handed_over = False
        self._shown = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._shown:
            sys.stderr.write("\n")
        if kind is KeyboardInterrupt:
            raise self._cancelled() from None

    def begin(self) -> None:
        """Say that the work begins, in this process."""
        self._working = True

    def hand_over(self) -> None:
        """Say that the app does the work, which hears of Ctrl-C a moment later."""
        self._handed_over = True

    def tell(self, item: str, done: int, of: int, rows: int) -> None:
        """Show how far the work is. Raises Cancelled after Ctrl-C."""
        if self._asked:
            raise self._cancelled()
        if sys.stderr.isatty():
            far = f"{done / 1e6:,.1f} of {of / 1e6:,.1f} MB" if self._unit == "bytes" else f"{done:,} of {of:,}"
            sys.stderr.write(f"\r\033[K{item}: {done / max(of, 1):4.0%}, {far}{f', {rows:,} rows' if rows else ''}")
            sys.stderr.flush()
            self._shown = True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked or not self._working:
            raise KeyboardInterrupt
        self._asked = True

    def _cancelled(self) -> Cancelled:
        hint = "Nothing of what was under way was stored."
        if self._handed_over:
            hint = "The app ends it too, and stores nothing of it unless it had just come to its end."
        return Cancelled(f"{self._title} was cancelled.", hint)
