"""The process that keeps one vLLM server: starts it, tells how it is, stops it when nobody uses it any more.

A process of its own, so that an engine outlives the command that started it and never the one that keeps it: whoever
is killed, the engine ends.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

LOOK_SECONDS = 0.25
STOP_SECONDS = 15.0
PARENT_DEATH_SIGNAL = 1


def write_note(folder: Path, note: dict[str, Any]) -> None:
    """Write down how the engine is, so that a reader sees the old note or the new one."""
    part = folder / "engine.part"
    part.write_text(json.dumps(note))
    part.replace(folder / "engine.json")


class Keeper:
    """Keeps one engine, whose folder's note says how it is to be started."""

    def __init__(self, folder: Path, note: dict[str, Any]) -> None:
        self._folder = folder
        self._note = note
        self._stop = threading.Event()
        self._why = ""

    def run(self) -> None:
        """Start the engine and stay until it has ended."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        with (self._folder / "engine.log").open("wb") as log:
            process = subprocess.Popen(
                self._note["command"], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True, cwd=self._folder, env={**os.environ, **self._note["environment"]},
                preexec_fn=_end_with_parent,
            )  # fmt: skip
        self._tell(state="starting", keeper=os.getpid(), pid=process.pid)
        try:
            self._watch(process)
        finally:
            _end(process)
        failed = not self._stop.is_set() and not self._why
        words = f"The engine ended by itself, with exit code {process.returncode}."
        self._tell(state="failed" if failed else "stopped", error=words if failed else "", why=self._why)

    def _tell(self, **facts: Any) -> None:
        self._note |= facts
        write_note(self._folder, self._note)

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until the engine ends, is to be stopped, or is not used any more."""
        ready_at = 0.0
        while process.poll() is None and not self._stop.wait(LOOK_SECONDS):
            if not ready_at:
                version = self._version()
                if version is not None:
                    ready_at = time.time()
                    self._tell(state="ready", version=version, ready_at=ready_at)
                continue
            used = max(ready_at, (self._folder / "used").stat().st_mtime)
            if time.time() - used > self._note["idle_seconds"]:
                self._why = f"It was not used for {self._note['idle_seconds']:,.0f} s."
                return

    def _version(self) -> str | None:
        """The engine's version once it answers; None before."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self._note['url']}/version", timeout=2) as answer:
                return str(json.load(answer)["version"])
        except (OSError, ValueError, KeyError):
            return None


def _end_with_parent() -> None:
    """Ask the system, where it can, to kill this process when the one that started it is gone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the engine with all its processes: asked first, killed if that does not help."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    Keeper(place, json.loads((place / "engine.json").read_text())).run()
