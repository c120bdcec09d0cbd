"""Long steps in a thread of their own, so that whoever waits is asked a few times a second, and can end them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import ParamSpec, Protocol, TypeVar

import duckdb

BEAT_SECONDS = 0.2

P = ParamSpec("P")
T = TypeVar("T")


class Patient(Protocol):
    """Runs a step and returns what it returns."""

    def __call__(self, step: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run the step; raise what it raises, or what the caller's `beat` raised meanwhile."""


@contextmanager
def patience(
    cursor: duckdb.DuckDBPyConnection, beat: Callable[[], None], end: Callable[[], None] = lambda: None
) -> Iterator[Patient]:
    """Give a way to run steps that use this cursor, calling `beat` in this thread while one takes long.

    What `beat` raises, and Ctrl-C, interrupts the cursor's statement; `end` ends whatever else a step may be at.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="storing") as thread:

        def run(step: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
            running = thread.submit(step, *arguments, **named)
            try:
                while not wait((running,), BEAT_SECONDS).done:
                    beat()
            except BaseException:
                end()
                cursor.interrupt()
                raise
            return running.result()

        yield run
