"""One scoring job: the samples of a run read token by token by a model, some at once, stored as they are done."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from backend.errors import EngineFailed
from backend.jobs.control import Control
from backend.jobs.sources import local_source, remote_sources
from backend.records import JobState
from backend.sampling import engine
from backend.sampling.client import Client, Patience
from backend.sampling.drive import Source
from backend.sampling.score import Read, Reader
from backend.sampling.wire import Refused, Trouble
from backend.statistics.nucleus import likelier_mass
from backend.store.database import Store
from backend.store.jobs import Job, Request, open_requests, record_failures, record_state
from backend.store.scores import Score, Text, TokenScore, record_scores, texts_of

AT_ONCE = 4
TOKENS_AT_ONCE = 16_384
"""The most tokens that one request is about, unless a single text is longer."""
LISTED_TOKENS_AT_ONCE = 2_048
"""The same where the likeliest tokens of each place are told as well: about 1.5 kB a place."""
FINISHED_TRIED = 8
"""How many finished texts are tried to learn by which token the model ends one."""

Own = tuple[Text, list[int]]
"""A sample and the tokens of its text."""


class Scoring:
    """Scores what is left of one job."""

    def __init__(self, store: Store, job: Job, control: Control, patience: Patience) -> None:
        self._store = store
        self._job = job
        self._control = control
        self._patience = patience
        self._sampling = job.settings["sampling"]
        self._end: int | None = None
        self._end_known = False

    def run(self) -> None:
        """Score until nothing is left. Raises EngineFailed where the server does not answer any more."""
        requests = open_requests(self._store, self._job.job)
        if not requests:
            return
        if self._job.settings["engines"]:
            source = remote_sources(self._store, self._job)[0]
        else:
            source = local_source(self._store, self._job, self._control, scoring=True)
        self._control.phase = "scoring"
        began = time.monotonic()
        try:
            asyncio.run(self._all(requests, source))
        finally:
            record_state(self._store, self._job.job, JobState.RUNNING, seconds=time.monotonic() - began)

    async def _all(self, requests: Sequence[Request], source: Source) -> None:
        """Score some requests at once; the first is done alone, since it shows by which token texts end."""
        async with Client(source.endpoint, self._patience) as client:
            reader, free = Reader(client, source.model), asyncio.Semaphore(AT_ONCE)

            async def one(request: Request) -> None:
                async with free:
                    if not self._control.stop.is_set():
                        await self._tried(request, reader, source)

            await one(requests[0])
            await asyncio.gather(*(one(request) for request in requests[1:]))

    async def _tried(self, request: Request, reader: Reader, source: Source) -> None:
        """Score a request, or write down why not. Raises EngineFailed where the server does not answer any more."""
        try:
            await self._request(request, reader)
        except Refused as refusal:
            await asyncio.to_thread(record_failures, self._store, self._job.job, [request.number], str(refusal))
        except Trouble as trouble:
            raise EngineFailed(
                f"{source.endpoint.name} does not answer any more: {trouble}.", "Resume the job once it is up."
            ) from trouble
        if not self._job.settings["engines"] and self._store.path is not None:
            engine.touch(self._store.path)

    async def _request(self, request: Request, reader: Reader) -> None:
        """Score the samples of one request, and store their scores together."""
        chat, system = bool(self._sampling["chat"]), self._sampling["system"]
        prompt = await reader.prompt_tokens(request.prompt, chat=chat, system=system)
        texts = await asyncio.to_thread(texts_of, self._store, self._job, request)
        tokens = await asyncio.gather(*(reader.tokens(text.completion) for text in texts))
        await self._learn_end(reader, prompt, texts, tokens)
        scores, refused = list[Score](), None
        for group in self._groups(len(prompt), list(zip(texts, tokens, strict=True))):
            try:
                scores += await self._scored(reader, prompt, group)
            except Refused:
                for one in group:
                    try:
                        scores += await self._scored(reader, prompt, [one])
                    except Refused as refusal:
                        refused = refused or str(refusal)
        self._control.count(sum(len(score.tokens) for score in scores))
        per_token, under = bool(self._job.settings["per_token"]), str(self._job.settings["under"])
        await asyncio.to_thread(
            record_scores, self._store, self._job, request, under, scores, per_token=per_token, refused=refused
        )

    def _groups(self, prompt: int, texts: list[Own]) -> list[list[Own]]:
        """Part texts into groups that are read in one request each; an answer grows with the tokens it tells of."""
        most = LISTED_TOKENS_AT_ONCE if self._job.settings["per_token"] else TOKENS_AT_ONCE
        groups, size = list[list[Own]](), 0
        for text in texts:
            size += prompt + len(text[1])
            if not groups or size > most:
                groups.append([])
                size = prompt + len(text[1])
            groups[-1].append(text)
        return groups

    async def _learn_end(
        self, reader: Reader, prompt: Sequence[int], texts: Sequence[Text], tokens: Sequence[list[int]]
    ) -> None:
        """Learn the model's end token once, from the first texts that a model ended itself."""
        finished = [[*prompt, *own] for text, own in zip(texts, tokens, strict=True) if text.ended]
        if not self._end_known and finished:
            with suppress(Trouble):
                self._end = await reader.end_token(finished[:FINISHED_TRIED])
                self._end_known = self._end is not None

    async def _scored(self, reader: Reader, prompt: Sequence[int], group: Sequence[Own]) -> list[Score]:
        """Let the model read some samples in one request; an empty one that was cut off has nothing to be read."""
        ends = [text.ended and self._end is not None for text, _ in group]
        tokens = [
            [*own, self._end] if ends_too and self._end is not None else own
            for (_, own), ends_too in zip(group, ends, strict=True)
        ]
        filled = [own for own in tokens if own]
        listed = bool(self._job.settings["per_token"])
        reads = iter(await reader.read(prompt, filled, listed=listed) if filled else [])
        return [
            Score(
                sample_id=text.sample_id, tokens=[self._token(read) for read in (next(reads) if own else [])],
                with_end=with_end,
                same_tokens=None if text.token_count is None else len(drawn) + text.ended == text.token_count,
            )
            for (text, drawn), own, with_end in zip(group, tokens, ends, strict=True)
        ]  # fmt: skip

    def _token(self, read: Read) -> TokenScore:
        least, most = (None, None)
        if read.listed and read.rank is not None and self._job.settings["per_token"]:
            least, most = likelier_mass(read.logprob, read.listed, read.rank, float(self._sampling["temperature"]))
        return TokenScore(
            token=read.token, logprob=read.logprob, rank=read.rank, likelier_least=least, likelier_most=most
        )
