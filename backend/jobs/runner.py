"""Jobs in threads of this process: on the local engine one after another, on other servers side by side."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from backend.config import settings
from backend.errors import AppError, BadInput, NotFound
from backend.jobs.control import Control
from backend.jobs.drawing import Drawing
from backend.jobs.scoring import Scoring
from backend.records import JobState
from backend.sampling.client import Patience
from backend.store.database import Store, open_store
from backend.store.jobs import ENDED, INTERRUPTED, Job, job_problems, record_state, reopen, stored_job

log = logging.getLogger(__name__)


@dataclass
class _UnderWay:
    """A job of this process that has not ended."""

    control: Control
    future: "Future[None]" = field(default_factory=Future)


class Jobs:
    """The jobs of one store in this process."""

    def __init__(self, store: Callable[[], Store], patience: Patience | None = None) -> None:
        """store: returns the open store, which may be another object after it was closed."""
        self._store = store
        self._patience = patience or Patience()
        self._local = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-engine")
        self._remote = ThreadPoolExecutor(max_workers=settings().jobs_at_once, thread_name_prefix="remote-engines")
        self._lock = threading.Lock()
        self._under_way: dict[int, _UnderWay] = {}
        self.closed = False
        """Whether it was interrupted, so that it takes no more jobs."""

    def begin(self, job: int) -> None:
        """Queue a job that is written down."""
        known = stored_job(self._store(), job)
        with self._lock:
            if job in self._under_way:
                raise BadInput(f"Job {job} is under way already.", "Watch it, or cancel it.")
            under_way = self._under_way[job] = _UnderWay(Control(phase="waiting for its turn"))
            pool = self._remote if known.settings["engines"] else self._local
            under_way.future = pool.submit(self._run, known, under_way.control)
            under_way.future.add_done_callback(_logged)

    def resume(self, job: int) -> int:
        """Queue again what a job has left and return how many samples that are. Raises BadInput where nothing is."""
        known = stored_job(self._store(), job)
        if self.control(job) is not None:
            raise BadInput(f"Job {job} is under way already.", "Watch it, or cancel it.")
        left = reopen(self._store(), job)
        if not left:
            record_state(self._store(), job, JobState.FINISHED)
            raise BadInput(f"Job {job} on {known.run} is complete; nothing is left to draw.", "Launch another one.")
        self.begin(job)
        return left

    def cancel(self, job: int) -> None:
        """End a job; what has arrived is kept, and it can be resumed. Raises BadInput where it has ended already."""
        known, control = stored_job(self._store(), job), self.control(job)
        if known.state in ENDED:
            raise BadInput(f"Job {job} has ended already: it is {known.state}.", "`resume` draws what it left.")
        if control is None:
            record_state(self._store(), job, JobState.CANCELLED)
            return
        control.cancelled = True
        control.stop.set()
        with self._lock:
            under_way = self._under_way.get(job)
        if under_way is not None and under_way.future.cancel():
            self._ended(job)
            record_state(self._store(), job, JobState.CANCELLED)

    def control(self, job: int) -> Control | None:
        """Return the control of a job that waits or runs in this process."""
        with self._lock:
            under_way = self._under_way.get(job)
        return None if under_way is None else under_way.control

    def under_way(self) -> list[int]:
        """Return the jobs that wait or run in this process."""
        with self._lock:
            return list(self._under_way)

    def wait(self, job: int, tell: Callable[[], None], every_seconds: float = 0.2) -> None:
        """Wait until a job of this process has ended; `tell` is called while it goes on, and may end the waiting."""
        while self.control(job) is not None:
            tell()
            time.sleep(every_seconds)

    def interrupt(self) -> None:
        """End all jobs at once, so that the program can end; they can be resumed."""
        self.closed = True
        with self._lock:
            all_ = list(self._under_way.values())
        for under_way in all_:
            under_way.control.stop.set()
        self._local.shutdown(wait=True, cancel_futures=True)
        self._remote.shutdown(wait=True, cancel_futures=True)

    def _ended(self, job: int) -> None:
        with self._lock:
            self._under_way.pop(job, None)

    def _run(self, job: Job, control: Control) -> None:
        """Do a job to its end, and write down how it ended. A defect leaves it as interrupted, and is logged."""
        store = self._store()
        try:
            record_state(store, job.job, *self._done(store, job, control))
        except NotFound as error:  # its run was deleted, and the job with it
            log.warning("Job %s ended: %s", job.job, error)
        finally:
            self._ended(job.job)

    def _done(self, store: Store, job: Job, control: Control) -> tuple[JobState, str | None]:
        """Do what a job has left; return how it ended, and why where it failed."""
        if control.stop.is_set():
            return (JobState.CANCELLED, None) if control.cancelled else (JobState.FAILED, INTERRUPTED)
        record_state(store, job.job, JobState.RUNNING)
        try:
            (Scoring if job.kind == "scores" else Drawing)(store, job, control, self._patience).run()
        except NotFound:
            raise
        except AppError as error:
            return (JobState.CANCELLED, None) if control.cancelled else (JobState.FAILED, str(error))
        if control.cancelled:
            return JobState.CANCELLED, None
        if control.stop.is_set():
            return JobState.FAILED, INTERRUPTED
        problems = job_problems(store, job.job)
        if len(problems) and not problems["done"].sum() and problems["failed"].sum():
            return JobState.FAILED, str(problems["error"].dropna().iloc[0])
        return JobState.FINISHED, None


def _logged(future: "Future[None]") -> None:
    """Log what ended a job that should not have."""
    if not future.cancelled() and (failure := future.exception()) is not None:
        log.error("A job ended by a defect of the program.", exc_info=failure)


_jobs: dict[Path, Jobs] = {}
_making = threading.Lock()


def jobs_of(database: Path) -> Jobs:
    """Return the jobs of a store: one object a process and path, which the pages and the HTTP interface share."""
    path = database.expanduser().resolve()
    with _making:
        if path not in _jobs or _jobs[path].closed:
            _jobs[path] = Jobs(lambda: open_store(path))
        return _jobs[path]
