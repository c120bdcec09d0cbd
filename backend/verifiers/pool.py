"""Processes that judge what may hang: a hard limit a task, and a worker that breaks it is killed and replaced."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Self

from backend.config import ROOT
from backend.records import Verdict
from backend.verifiers.verifier import Task

LIMIT_SECONDS = 2.0
START_SECONDS = 60.0
"""How long a worker may take to load its package."""
TICK_SECONDS = 0.25


class Worker:
    """One process, and the task it has."""

    def __init__(self, judge: str, limit: float) -> None:
        self.limit = limit
        self.task: int | None = None
        self.ready = False
        self.deadline = time.monotonic() + START_SECONDS
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.verifiers.worker", judge, str(limit)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for whoever asked, who ends the workers in order
        )  # fmt: skip

    @property
    def output(self) -> IO[bytes]:
        """Where its answers come from."""
        assert self.process.stdout is not None  # noqa: S101 - it was opened as a pipe
        return self.process.stdout

    def give(self, number: int, task: Task) -> None:
        """Hand over a task; a worker that is gone is noticed when it does not answer."""
        assert self.process.stdin is not None  # noqa: S101 - it was opened as a pipe
        self.task, self.deadline = number, time.monotonic() + self.limit
        try:
            self.process.stdin.write(json.dumps(task).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.deadline = 0.0

    def end(self) -> None:
        """Kill the process and wait for its end, so that nothing of it stays."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


class Pool:
    """Judges tasks in worker processes, which are started at the first task; use it in a `with` block.

    It may be used from any thread, by one at a time.
    """

    def __init__(self, judge: str, *, workers: int | None = None, limit: float = LIMIT_SECONDS) -> None:
        """Name, as `module:function`, what loads and returns the judging function; a task may take `limit` seconds."""
        self._judge = judge
        self._limit = limit
        self._most = workers or max(1, min(8, (os.cpu_count() or 2) - 1))
        self._workers: list[Worker] = []
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._drop(worker)
        self._selector.close()

    def judged(self, tasks: Sequence[Task], tick: Callable[[int], None] | None = None) -> list[Verdict]:
        """Return a verdict for each task; `error` where it took too long or failed.

        tick: told the number of tasks done, at least a few times a second; what it raises ends the work.
        """
        verdicts: list[Verdict | None] = [None] * len(tasks)
        waiting = deque(range(len(tasks)))
        for worker in [w for w in self._workers if w.task is not None]:
            self._drop(worker)
        done = 0
        while waiting or any(worker.task is not None for worker in self._workers):
            self._staff(len(waiting))
            for worker in self._workers:
                if waiting and worker.ready and worker.task is None:
                    number = waiting.popleft()
                    worker.give(number, tasks[number])
            for number, verdict in self._heard():
                verdicts[number] = verdict
                done += 1
            if tick:
                tick(done)
        return [v or Verdict.ERROR for v in verdicts]

    def _staff(self, waiting: int) -> None:
        """Start workers while there is more to do than hands."""
        idle = sum(worker.task is None for worker in self._workers)
        while len(self._workers) < self._most and idle < waiting:
            worker = Worker(self._judge, self._limit)
            self._workers.append(worker)
            self._selector.register(worker.output, selectors.EVENT_READ, worker)
            idle += 1

    def _drop(self, worker: Worker) -> None:
        self._selector.unregister(worker.output)
        self._workers.remove(worker)
        worker.end()

    def _heard(self) -> list[tuple[int, Verdict]]:
        """Wait for answers, or for the next deadline; a worker that is late or gone is replaced."""
        now = time.monotonic()
        due = min((w.deadline for w in self._workers if w.task is not None or not w.ready), default=now + TICK_SECONDS)
        events = self._selector.select(min(max(due - now, 0.0), TICK_SECONDS))
        heard = []
        for key, _ in events:
            worker: Worker = key.data
            line = worker.output.readline().decode().strip()
            if line == "ready":
                worker.ready = True
            elif worker.task is not None:
                heard.append((worker.task, Verdict(line) if line in set(Verdict) else Verdict.ERROR))
                worker.task = None
            if not line:
                self._gone(worker)
        now = time.monotonic()
        for worker in [w for w in self._workers if w.deadline <= now and (w.task is not None or not w.ready)]:
            if worker.task is not None:
                heard.append((worker.task, Verdict.ERROR))
            self._gone(worker)
        return heard

    def _gone(self, worker: Worker) -> None:
        """Drop a worker; one that never became ready means that the judging function cannot be loaded at all."""
        self._drop(worker)
        if not worker.ready:
            raise RuntimeError(f"A worker for {self._judge} did not start; exit code {worker.process.returncode}.")
