"""Whole processes measured from outside, and medians of what was measured."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


REPORTER = """
import resource, sys, time
begin = time.perf_counter()
exec(compile(sys.argv[1], "measured", "exec"))
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""


def run(code: str, *arguments: str) -> Cost:
    """Run code in a process of its own and return what it cost, the interpreter's start left out of the wall time."""
    done = subprocess.run(
        [sys.executable, "-c", REPORTER, code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wall, cpu, peak = map(float, done.stderr.split()[-3:])
    return Cost(wall, cpu, peak)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def machine() -> str:
    """Say on what this was measured."""
    import os
    import platform

    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d', time.gmtime())}"
