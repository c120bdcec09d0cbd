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
from backend.sampling.nucleus import likelier_mass
from backend.sampling.score import Read, Reader
from backend.sampling.wire import Refused, Trouble
from backend.store.database import Store
from backend.store.jobs import Job, Request, open_requests, record_failures, record_state
from backend.store.scores import Score, Text, TokenScore, record_scores, texts_of

AT_ONCE = 8
FINISHED_TRIED = 8
"""How many finished texts are tried to learn by which token the model ends one."""


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
        async with Client(source.endpoint, self._patience) as client:
            reader, free = Reader(client, source.model), asyncio.Semaphore(AT_ONCE)
            for request in requests:
                if self._control.stop.is_set():
                    return
                try:
                    await self._request(request, reader, free)
                except Refused as refusal:
                    record_failures(self._store, self._job.job, [request.number], str(refusal))
                except Trouble as trouble:
                    raise EngineFailed(
                        f"{source.endpoint.name} does not answer any more: {trouble}.", "Resume the job once it is up."
                    ) from trouble
                if not self._job.settings["engines"] and self._store.path is not None:
                    engine.touch(self._store.path)

    async def _request(self, request: Request, reader: Reader, free: asyncio.Semaphore) -> None:
        """Score the samples of one request, and store their scores together."""
        chat, system = bool(self._sampling["chat"]), self._sampling["system"]
        prompt = await reader.prompt_tokens(request.prompt, chat=chat, system=system)
        texts = await asyncio.to_thread(texts_of, self._store, self._job, request)
        tokens = await asyncio.gather(*(reader.tokens(text.completion) for text in texts))
        await self._learn_end(reader, prompt, texts, tokens)

        async def scored(text: Text, own: list[int]) -> Score | Refused:
            async with free:
                try:
                    return await self._scored(reader, prompt, text, own)
                except Refused as refusal:
                    return refusal

        answers = await asyncio.gather(*(scored(t, own) for t, own in zip(texts, tokens, strict=True)))
        scores = [answer for answer in answers if isinstance(answer, Score)]
        refused = next((str(answer) for answer in answers if isinstance(answer, Refused)), None)
        self._control.count(sum(len(score.tokens) for score in scores))
        per_token, under = bool(self._job.settings["per_token"]), str(self._job.settings["under"])
        await asyncio.to_thread(
            record_scores, self._store, self._job, request, under, scores, per_token=per_token, refused=refused
        )

    async def _learn_end(
        self, reader: Reader, prompt: Sequence[int], texts: Sequence[Text], tokens: Sequence[list[int]]
    ) -> None:
        """Learn the model's end token once, from the first texts that a model ended itself."""
        finished = [[*prompt, *own] for text, own in zip(texts, tokens, strict=True) if text.ended]
        if not self._end_known and finished:
            with suppress(Trouble):
                self._end = await reader.end_token(finished[:FINISHED_TRIED])
                self._end_known = self._end is not None

    async def _scored(self, reader: Reader, prompt: Sequence[int], text: Text, own: list[int]) -> Score:
        with_end = text.ended and self._end is not None
        tokens = [*own, self._end] if with_end and self._end is not None else own
        reads = await reader.read(prompt, tokens, listed=bool(self._job.settings["per_token"])) if tokens else []
        drawn = len(own) + text.ended
        return Score(
            sample_id=text.sample_id, tokens=[self._token(read) for read in reads], with_end=with_end,
            same_tokens=None if text.token_count is None else drawn == text.token_count,
        )  # fmt: skip

    def _token(self, read: Read) -> TokenScore:
        least, most = (None, None)
        if read.listed and read.rank is not None and self._job.settings["per_token"]:
            least, most = likelier_mass(read.logprob, read.listed, read.rank, float(self._sampling["temperature"]))
        return TokenScore(
            token=read.token, logprob=read.logprob, rank=read.rank, likelier_least=least, likelier_most=most
        )
