"""One sampling job drawn: replies come in on one side, and go judged into the store on the other, as they come."""

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from backend.errors import EngineFailed
from backend.jobs.control import Control
from backend.jobs.repeats import Repeats, reply_hash
from backend.jobs.sources import local_source, remote_sources
from backend.records import Draw, JobState, Problem, SamplingSettings
from backend.sampling import engine
from backend.sampling.client import Patience
from backend.sampling.drive import Ask, Desk, Drive, Source
from backend.store.arrivals import Arrival, record_arrivals, reply_hashes
from backend.store.database import Store
from backend.store.jobs import Job, open_requests, record_failures, record_state
from backend.store.regrading import problems_of
from backend.verifiers import verifier_named
from backend.verifiers.grading import Grader

MOST_WAITING, MOST_TOGETHER = 128, 64
"""Replies that may wait to be judged and stored, after which servers are asked no more; that are stored together."""
LEAST_GATHER_SECONDS, MOST_GATHER_SECONDS = 0.15, 2.0
"""How long replies are gathered for one transaction: each makes what the pages have read out of date."""
STORING_SHARE = 0.03
"""The share of the time that transactions may take: an engine on the same processor would draw less meanwhile."""
MOST_RESTARTS = 3
COPIED = (
    "its reply was, word for word, one that had come before; copies are no draws. Was it started with its old seed?"
)


@dataclass(frozen=True)
class _Reply:
    """A reply that waits to be judged and stored."""

    ask: Ask
    draws: list[Draw]
    source: Source
    seed: int | None
    hashed: str


@dataclass(frozen=True)
class _GivenUp:
    """Requests that are given up, and why."""

    numbers: list[int]
    words: str


class Drawing:
    """Draws what is left of one job."""

    def __init__(self, store: Store, job: Job, control: Control, patience: Patience) -> None:
        self._store = store
        self._job = job
        self._control = control
        self._patience = patience
        said = job.settings["sampling"]
        self._sampling = SamplingSettings(**{**said, "stop": tuple(said["stop"])})
        self._repeats = Repeats(reply_hashes(store, job.run_id), self._sampling)
        self._arrived: queue.SimpleQueue[_Reply | _GivenUp | None] = queue.SimpleQueue()
        self._places = threading.Semaphore(MOST_WAITING)
        self._storing_ended = threading.Event()

    def run(self) -> None:
        """Draw until nothing is left. Raises EngineFailed where no server answers any more."""
        restarts = 0
        while not self._control.stop.is_set():
            try:
                self._run_once()
            except EngineFailed as error:
                if restarts == MOST_RESTARTS or self._job.settings["engines"] or not self._crashed():
                    raise
                restarts += 1
                self._control.note(f"The engine ended and is started again, with another seed. {error.message}")
            else:
                return

    def _crashed(self) -> bool:
        """Whether the local engine, which was up, ended by itself."""
        state = engine.status(self._path)
        return state.state is engine.Up.FAILED and state.ready_at is not None

    @property
    def _path(self) -> Path:
        assert self._store.path is not None  # noqa: S101 - jobs run on stores that can be written
        return self._store.path

    def _run_once(self) -> None:
        requests = open_requests(self._store, self._job.job)
        asks = [
            Ask(
                number=r.number, problem_id=r.problem_id, first_index=r.first_index + r.arrived, offset=r.arrived,
                wanted=r.wanted - r.arrived, prompt=r.prompt,
            )
            for r in requests
        ]  # fmt: skip
        if not asks:
            return
        sources = self._sources()
        self._control.phase = "drawing"
        self._verify_and_draw(asks, sources, problems_of(self._store.rows, [r.problem_id for r in requests]))

    def _sources(self) -> list[Source]:
        if self._job.settings["engines"]:
            return remote_sources(self._store, self._job)
        return [local_source(self._store, self._job, self._control)]

    def _verify_and_draw(self, asks: Sequence[Ask], sources: Sequence[Source], problems: dict[int, Problem]) -> None:
        began = time.monotonic()
        desk = Desk(take=self._take, give_up=self._give_up, note=self._control.note, stop=self._control.stop)
        drive = Drive(asks, self._sampling, desk, seed=self._job.settings["seed"], patience=self._patience)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="storing-samples") as writer:
            storing = writer.submit(self._write, problems)
            storing.add_done_callback(lambda _: self._storing_ended.set())
            try:
                asyncio.run(drive.run(sources))
            finally:
                self._arrived.put(None)
                storing.result()
                record_state(self._store, self._job.job, JobState.RUNNING, seconds=time.monotonic() - began)

    # -- on the side of the servers ---------------------------------------------------------------

    async def _take(self, ask: Ask, draws: list[Draw], source: Source, seed: int | None) -> str | None:
        """Let a reply wait to be stored; a copy of an earlier one is not taken."""
        hashed = reply_hash(draws)
        if self._repeats.copied(ask.problem_id, draws, hashed):
            self._control.repeated += 1
            return COPIED
        while not self._places.acquire(blocking=False):
            if self._storing_ended.is_set():
                self._control.stop.set()
            await asyncio.sleep(0.02)
        self._control.count(sum(draw.token_count or 0 for draw in draws))
        self._arrived.put(_Reply(ask, draws, source, seed, hashed))
        return None

    def _give_up(self, asks: list[Ask], words: str) -> None:
        self._arrived.put(_GivenUp([ask.number for ask in asks], words))

    # -- on the side of the store -----------------------------------------------------------------

    def _write(self, problems: dict[int, Problem]) -> None:
        """Judge and store replies until the last."""
        with Grader(verifier_named(str(self._job.verifier))) as grader:
            last, took = False, 0.0
            while not last:
                batch, last = self._gathered(took / STORING_SHARE)
                began = time.monotonic()
                self._judge_and_store([r for r in batch if isinstance(r, _Reply)], problems, grader)
                for given_up in (r for r in batch if isinstance(r, _GivenUp)):
                    record_failures(self._store, self._job.job, given_up.numbers, given_up.words)
                took = time.monotonic() - began

    def _gathered(self, seconds: float) -> tuple[list[_Reply | _GivenUp], bool]:
        """Wait for what arrives, and about so much longer for more; tell whether it was the last."""
        batch, deadline = list[_Reply | _GivenUp](), 0.0
        seconds = min(max(seconds, LEAST_GATHER_SECONDS), MOST_GATHER_SECONDS)
        while True:
            try:
                item = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()) if batch else None)
            except queue.Empty:
                return batch, False
            if item is None:
                return batch, True
            deadline = deadline or time.monotonic() + seconds
            batch.append(item)
            if len(batch) >= MOST_TOGETHER:
                return batch, False

    def _judge_and_store(self, replies: list[_Reply], problems: dict[int, Problem], grader: Grader) -> None:
        if not replies:
            return
        prefix = self._job.settings.get("prefix") or ""
        attempts = [(prefix + draw.text, problems[r.ask.problem_id]) for r in replies for draw in r.draws]
        grades = iter(grader.graded(attempts))
        arrivals = []
        for r in replies:
            own = [next(grades) for _ in r.draws]
            arrivals.append(Arrival(
                number=r.ask.number, problem_id=r.ask.problem_id, first_index=r.ask.first_index, offset=r.ask.offset,
                draws=r.draws, verdicts=[g.verdict for g in own], answers=[g.answer for g in own], seed=r.seed,
                start_id=r.source.start_id, reply_hash=r.hashed,
            ))  # fmt: skip
        verifier = verifier_named(str(self._job.verifier))
        record_arrivals(self._store, self._job, arrivals, verifier=verifier.name, version=verifier.version)
        self._places.release(len(replies))
        if not self._job.settings["engines"]:
            engine.touch(self._path)
