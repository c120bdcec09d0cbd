"""Long work in threads of its own: what is under way, how far it is, what came of it; cancelled, it leaves no trace.

What changes the store queues in one thread, what only reads it in another. Nothing here knows a screen or the store.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from backend.errors import Cancelled, StoreBusy

MOST_KEPT = 50
Tell = Callable[[str, int, int, int], None]
"""Told from within the work: what it is at, how much is done, of how much, and how many rows that was."""


class State(StrEnum):
    """How a work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """How far a work is."""

    item: str = ""
    """What it is at: a file, a run."""
    done: int = 0
    of: int = 0
    """In the work's unit; 0 where it is not known."""
    rows: int = 0


class Work:
    """One piece of long work."""

    def __init__(self, number: int, kind: str, title: str, *, unit: str, about: str, changes: bool) -> None:
        self.number = number
        self.kind = kind
        self.title = title
        self.unit = unit
        """What progress counts: bytes, samples."""
        self.about = about
        """What it is about, such as a run's key: by this a page finds it again."""
        self.changes = changes
        """Whether it changes the store."""
        self.progress = Progress()
        self.asked_at = datetime.now(UTC)
        self._began = self._ended = 0.0
        self._asked_to_end = threading.Event()
        self._gave_way = False
        self._future: Future[Any] = Future()

    @property
    def state(self) -> State:
        """How it stands."""
        if not self._future.done():
            return State.RUNNING if self._began else State.WAITING
        if self._gave_way or self._future.cancelled():
            return State.CANCELLED
        return State.FAILED if self._future.exception() else State.DONE

    @property
    def ended(self) -> bool:
        """Whether it has come to its end, whichever."""
        return self._future.done()

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to end and has not yet."""
        return self._asked_to_end.is_set() and not self.ended

    @property
    def seconds(self) -> float:
        """How long it has been running, or ran."""
        return (self._ended or time.monotonic()) - self._began if self._began else 0.0

    def answer(self) -> Any:
        """Return what it returned, or raise what it raised; waits for its end."""
        if self._asked_to_end.is_set() and self._future.cancelled():
            raise self._cancelled()
        return self._future.result()

    def failure(self) -> BaseException | None:
        """Return what it raised; None where it did not, or has not ended."""
        return self._future.exception() if self.state is State.FAILED else None

    def future(self) -> "Future[Any]":
        """Return what can be waited for."""
        return self._future

    def cancel(self) -> None:
        """Ask it to end: at once where it waits, else when it next tells how far it is."""
        self._asked_to_end.set()
        self._future.cancel()

    def tell(self, item: str, done: int, of: int, rows: int = 0) -> None:
        """Take note of how far it is. Raises Cancelled once it was asked to end."""
        if self._asked_to_end.is_set():
            self._gave_way = True
            raise self._cancelled()
        self.progress = Progress(item, done, of, rows)

    def _cancelled(self) -> Cancelled:
        return Cancelled(f"{self.title} was cancelled.", "Nothing of what was under way was stored.")

    def run(self, do: Callable[[Tell], Any]) -> Any:
        """Do it; called in its thread."""
        self._began = time.monotonic()
        try:
            return do(self.tell)
        finally:
            self._ended = time.monotonic()

    def queue(self, thread: ThreadPoolExecutor, do: Callable[[Tell], Any]) -> None:
        """Put it at the end of a thread's queue."""
        self._future = thread.submit(self.run, do)


class Works:
    """All works of one store in this process."""

    def __init__(self) -> None:
        self._changing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="changing-the-store")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading-the-store")
        self._lock = threading.Lock()
        self._all: list[Work] = []
        self._count = 0

    def begin(
        self,
        kind: str,
        title: str,
        do: Callable[[Tell], Any],
        *,
        unit: str = "",
        about: str = "",
        changes: bool = True,
    ) -> Work:
        """Queue a work and return it at once."""
        with self._lock:
            self._count += 1
            work = Work(self._count, kind, title, unit=unit, about=about, changes=changes)
            work.queue(self._changing if changes else self._reading, do)
            ended = [w for w in self._all if w.ended][:-MOST_KEPT]
            self._all = [w for w in self._all if w not in ended] + [work]
        return work

    def all(self) -> list[Work]:
        """Return the works that are known, the newest first."""
        with self._lock:
            return self._all[::-1]

    def under_way(self) -> list[Work]:
        """Return the works that wait or run, the oldest first."""
        return [work for work in reversed(self.all()) if not work.ended]

    def newest(self, kind: str, about: str) -> Work | None:
        """Return the newest work of a kind about something."""
        return next((work for work in self.all() if (work.kind, work.about) == (kind, about)), None)

    def require_idle(self) -> None:
        """Raise StoreBusy, naming it, while a work is under way that changes the store."""
        if busy := next((work for work in self.under_way() if work.changes), None):
            raise StoreBusy(
                f"{busy.title} is under way, and one change is made at a time.",
                "Wait until it is done, or cancel it on the Library page; then try again.",
            )

    def cancel_all(self) -> None:
        """Ask every work to end."""
        for work in self.under_way():
            work.cancel()


_works: dict[Path, Works] = {}
_making = threading.Lock()


def works_of(database: Path) -> Works:
    """Return the works of a store: one object a process and path, which the pages and the HTTP interface share."""
    with _making:
        return _works.setdefault(database.expanduser().resolve(), Works())
