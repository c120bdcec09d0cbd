"""Many requests driven over one or several servers at once, each as fast as it answers, until all are answered."""

import asyncio
import threading
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from backend.errors import EngineFailed
from backend.records import Draw, SamplingSettings
from backend.sampling.client import Client, Patience
from backend.sampling.endpoints import Endpoint
from backend.sampling.wire import Locked, Refused, Trouble, draw_request, read_draws

MOST_MISSES = 3
"""A server that left so many requests in a row unanswered, each after all attempts, is given up."""
MOST_REPEATS = 3
LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is still wanted of one numbered request."""

    number: int
    problem_id: int
    first_index: int
    """The index of the next sample."""
    offset: int
    """How many of the request's samples have arrived."""
    wanted: int
    """How many are still wanted."""
    prompt: str
    refusals: int = 0
    """How often its reply was not taken."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A server to draw from, as it stands now."""

    endpoint: Endpoint
    model: str
    """What the server calls the model."""
    start_id: int
    """Which start of the server this is, in the store."""
    seed: int | None = None
    """The seed that the server was started with, where that is known."""
    alive: Callable[[], bool] = field(default=lambda: True)
    """Tells whether asking again can help at all."""


class Gone(Trouble):
    """The server has ended; asking it again cannot help."""


Take = Callable[[Ask, list[Draw], Source, int | None], Awaitable[str | None]]
"""Takes a reply, with the seed that it was asked with; returns why not, where it may not be taken."""


@dataclass(kw_only=True)
class Desk:
    """What those who drive speak to."""

    take: Take
    give_up: Callable[[list[Ask], str], None]
    """Told which requests are given up, and why."""
    note: Callable[[str], None]
    """Told what went wrong and is tried again."""
    stop: threading.Event


class Drive:
    """One job's requests on their way."""

    def __init__(
        self, asks: Sequence[Ask], settings: SamplingSettings, desk: Desk, *, seed: int | None, patience: Patience
    ) -> None:
        self._waiting = deque(asks)
        self._settings = settings
        self._desk = desk
        self._seed = seed
        self._patience = patience
        self._refused: dict[int, str] = {}
        self._missed: list[tuple[Ask, str]] = []
        self._under_way = 0
        self._last_words = ""

    async def run(self, sources: Sequence[Source]) -> None:
        """Drive all requests. Raises EngineFailed where no server is left that answers; ends early on `stop`."""
        async with AsyncExitStack() as stack:
            workers = []
            for source in sources:
                client = await stack.enter_async_context(Client(source.endpoint, self._patience))
                health = _Health()
                count = min(source.endpoint.requests, max(len(self._waiting), 1))
                workers += [asyncio.create_task(self._work(source, client, health)) for _ in range(count)]
            try:
                await self._all_done(workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _all_done(self, workers: list["asyncio.Task[None]"]) -> None:
        open_: set[asyncio.Task[None]] = set(workers)
        while open_ and not self._desk.stop.is_set():
            done, open_ = await asyncio.wait(open_, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for worker in done:
                worker.result()
        if self._desk.stop.is_set():
            return
        if self._waiting:
            raise EngineFailed(
                f"No engine answers any more: {self._last_words}.",
                "See that it is up; then resume the job, which goes on where it was.",
            )
        for ask, words in self._missed:
            self._desk.give_up([ask], words)

    async def _work(self, source: Source, client: Client, health: "_Health") -> None:
        """Draw one request after another from a server, until none is left or the server is given up."""
        while not health.gone:
            if not self._waiting:
                if not self._under_way:
                    return
                await asyncio.sleep(LOOK_SECONDS / 2)  # what others have under way may come back
                continue
            ask = self._waiting.popleft()
            if ask.problem_id in self._refused:
                self._desk.give_up([ask], self._refused[ask.problem_id])
                continue
            self._under_way += 1
            try:
                await self._draw(ask, source, client, health)
            finally:
                self._under_way -= 1

    async def _draw(self, ask: Ask, source: Source, client: Client, health: "_Health") -> None:
        endpoint = source.endpoint
        seed = seed_of(self._seed, ask) if endpoint.seeds and self._seed is not None else None
        path, body = draw_request(
            source.model, ask.prompt, self._settings, ask.wanted, seed=seed, logprobs=endpoint.logprobs
        )

        def retried(words: str) -> None:
            self._desk.note(f"{endpoint.name}: {words}")
            if not source.alive():
                raise Gone(words)

        try:
            draws = await client.ask(path, body, lambda answer: read_draws(answer, ask.wanted), retried)
        except Locked as refusal:
            health.gone = True
            self._put_back(ask, f"{endpoint.name}: {refusal}")
        except Refused as refusal:
            health.misses = 0
            self._refused[ask.problem_id] = str(refusal)
            self._desk.give_up([ask], str(refusal))
        except Trouble as trouble:
            self._miss(ask, f"{endpoint.name}: {trouble}", health, gone=isinstance(trouble, Gone))
        else:
            health.misses = 0
            await self._taken(ask, draws, source, seed)

    def _miss(self, ask: Ask, words: str, health: "_Health", *, gone: bool) -> None:
        """Note that a request was left unanswered. Where the server is given up for it, the request waits again."""
        self._last_words = words
        health.misses += 1
        health.gone = health.gone or gone or health.misses >= MOST_MISSES
        self._missed.append((ask, words))
        if health.gone:
            self._waiting.extendleft(ask for ask, _ in self._missed)
            self._missed.clear()

    def _put_back(self, ask: Ask, words: str) -> None:
        self._last_words = words
        self._waiting.appendleft(ask)

    async def _taken(self, ask: Ask, draws: list[Draw], source: Source, seed: int | None) -> None:
        """Hand a reply on; what it left open, or what may not be taken, is asked for again."""
        words = await self._desk.take(ask, draws, source, source.seed if seed is None else seed)
        if words is None:
            if left := ask.wanted - len(draws):
                self._waiting.append(replace(
                    ask, wanted=left, offset=ask.offset + len(draws), first_index=ask.first_index + len(draws)
                ))  # fmt: skip
        elif ask.refusals + 1 < MOST_REPEATS:
            self._desk.note(f"{source.endpoint.name}: {words}")
            self._waiting.append(replace(ask, refusals=ask.refusals + 1))
        else:
            self._desk.give_up([ask], words)


@dataclass
class _Health:
    """How a server is."""

    misses: int = 0
    gone: bool = False


def seed_of(seed: int, ask: Ask) -> int:
    """Return the seed of one request: the same for the same samples of a run, another for any others."""
    return zlib.crc32(f"{seed}/{ask.problem_id}/{ask.first_index}/{ask.refusals}".encode()) & 0x7FFFFFFF
