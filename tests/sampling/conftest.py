"""A stand-in server, a store with problems, and jobs that lose patience soon."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.importers import import_file
from backend.jobs.planning import Order, launch
from backend.jobs.runner import Jobs
from backend.sampling.client import Patience
from backend.store.database import Store
from backend.store.jobs import jobs as listed
from tests.conftest import write_rows
from tests.sampling.stand_in import MODEL, Server

SOON = Patience(attempts=4, first_wait_seconds=0.01, connect_seconds=2.0, answer_seconds=5.0)


@pytest.fixture
def server() -> Iterator[Server]:
    """A stand-in in a thread of its own."""
    yield from _served()


@pytest.fixture
def second(server: Server) -> Iterator[Server]:
    """Another one beside it."""
    assert server.server_address
    yield from _served()


def _served() -> Iterator[Server]:
    server = Server(0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Bench:
    """A store, a server and the jobs between them."""

    store: Store
    server: Server
    jobs: Jobs

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def script(self, **told: Any) -> None:
        self.server.state.script = told

    def order(self, **changes: Any) -> Order:
        said = {"model": MODEL, "benchmark": "sums", "samples": 8, "engines": (self.url,), "batch": 4,
                "verifier": "number", "max_tokens": 64}  # fmt: skip
        return Order(**{**said, **changes})

    def launched(self, **changes: Any) -> int:
        job = launch(self.store, self.order(**changes))
        self.jobs.begin(job)
        return job

    def done(self, **changes: Any) -> dict[str, Any]:
        """Launch a job, wait for its end, and return how it stands."""
        return self.ended(self.launched(**changes))

    def ended(self, job: int) -> dict[str, Any]:
        self.jobs.wait(job, lambda: None, every_seconds=0.01)
        return self.row(job)

    def row(self, job: int) -> dict[str, Any]:
        return {str(k): v for k, v in listed(self.store, job).iloc[0].to_dict().items()}

    def texts(self) -> list[tuple[Any, ...]]:
        """Each stored sample: problem, index, text."""
        return self.store.rows(
            """select problems.name, sample_index, completion from samples s join problems using (problem_id)
            join completions c on c.sample_id = s.sample_id and c.run_id = s.run_id order by 1, 2"""
        )


@pytest.fixture
def bench(store: Store, server: Server, tmp_path: Path) -> Iterator[Bench]:
    """A store with four problems, and a server to draw from."""
    rows = [
        {"benchmark": "sums", "problem_id": f"p{i}", "question": f"What is {i} + {7 - i}?", "reference_answer": "7"}
        for i in range(4)
    ]
    import_file(store, write_rows(tmp_path / "problems.jsonl", rows))
    jobs = Jobs(lambda: store, SOON)
    yield Bench(store, server, jobs)
    jobs.interrupt()
