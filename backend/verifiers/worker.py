"""A process that judges one task after another, until its input ends; `pool` starts it and kills it.

It is started as a program of its own and not by `multiprocessing`, which would first run again whatever stands as the
main module: under Streamlit that is a page.
"""

import importlib
import json
import os
import signal
import sys
from typing import TextIO

MEMORY_BYTES = 4 * 1024**3
GRACE = 3.0
"""A worker whose task takes this many times its limit ends itself: whoever started it is gone."""

UNFIT = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, NameError, OSError, RuntimeError,
         SyntaxError, TypeError, ValueError)  # fmt: skip
"""What other people's parsers raise on junk. Anything else ends the worker, which also means `error`."""


def main(loader: str, limit_seconds: float) -> None:
    """Answer each line of standard input, a JSON list of texts, by one line: a verdict, or `error`."""
    answers = _own_output()
    _limit_memory()
    module, _, function = loader.partition(":")
    judged = getattr(importlib.import_module(module), function)()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, limit_seconds * GRACE)
        try:
            verdict = str(judged(*json.loads(line)))
        except UNFIT:
            verdict = "error"
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(verdict, file=answers, flush=True)


def _own_output() -> TextIO:
    """Keep standard output for the answers; whatever libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _limit_memory() -> None:
    """Let a task that wants all memory fail alone, where the system can limit a process."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (OSError, ValueError):
        return


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
