"""Whole processes measured from outside, and medians of what was measured."""

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def run(code: str, *arguments: str) -> Cost:
    """Run code in a Python process of its own, from its start to its end, and return what that cost."""
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Cost(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def ratio_interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Return the geometric mean of ratios that were each measured in turn, and its 95 % interval (t, on logarithms)."""
    logs = np.log(ratios)
    half = float(stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs)))
    mean = float(logs.mean())
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def machine() -> str:
    """Say on what this was measured."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d', time.gmtime())}"
