"""Scripted judges for the pool's tests."""

import os
import sys
import time
from collections.abc import Callable


def scripted() -> Callable[[str], str]:
    """Return a judge that does what its task says."""

    def judged(what: str) -> str:
        if what == "hang":
            while True:
                time.sleep(1)
        if what == "die":
            os._exit(3)
        if what == "raise":
            raise ValueError(what)
        if what == "exit":
            sys.exit(1)
        if what == "print":
            print("correct\ncorrect")
            return "incorrect"
        if what == "memory":
            return str(len("x" * (1 << 40)))
        return what

    return judged


def absent() -> Callable[[str], str]:
    """Fail to load."""
    raise ModuleNotFoundError
