"""One server asked over HTTP: only its own address, no redirects, no proxies; asked again where that may help."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import orjson

from backend.sampling.endpoints import Endpoint
from backend.sampling.wire import Trouble, read_answer

LONGEST_WAIT_SECONDS = 30.0

Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long and how often a server is asked."""

    attempts: int = 6
    first_wait_seconds: float = 0.5
    connect_seconds: float = 10.0
    answer_seconds: float = 1800.0
    """How long one answer may take as a whole: a model may well write for minutes."""


class Client:
    """Asks one server; use it in an `async with` block."""

    def __init__(self, endpoint: Endpoint, patience: Patience | None = None) -> None:
        self.endpoint = endpoint
        self._patience = patience or Patience()
        self._http = httpx.AsyncClient(
            base_url=endpoint.url,
            headers={"Content-Type": "application/json", **endpoint.headers()},
            timeout=httpx.Timeout(self._patience.answer_seconds, connect=self._patience.connect_seconds),
            limits=httpx.Limits(max_connections=endpoint.requests + 1),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(
        self,
        path: str,
        body: dict[str, Any],
        read: Callable[[dict[str, Any]], Read],
        retried: Callable[[str], None] | None = None,
    ) -> Read:
        """Send a request until it is answered, and return what `read` makes of the answer.

        read: may raise Trouble where the answer is not what it should be, so that it is asked for again; retried: told
        in words what went wrong before each further attempt; what it raises ends the asking. Raises Refused where the
        server will not, Trouble where the last attempt failed too.
        """
        attempt = 1
        while True:
            try:
                return read(await self._asked(path, body))
            except Trouble as trouble:
                if attempt >= self._patience.attempts:
                    raise
                if retried:
                    retried(str(trouble))
                await asyncio.sleep(self._wait(attempt, trouble.wait_seconds))
                attempt += 1

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._patience.answer_seconds):
                answer = await self._http.post(path, content=orjson.dumps(body))
        except TimeoutError as error:
            raise Trouble(f"no whole answer within {self._patience.answer_seconds:,.0f} s") from error
        except httpx.HTTPError as error:
            raise Trouble(f"{type(error).__name__}: {error}".rstrip(": ")) from error
        if 300 <= answer.status_code < 400:
            raise Trouble(f"status {answer.status_code}, which points elsewhere and is not followed")
        return read_answer(answer.status_code, answer.headers, answer.content)

    def _wait(self, attempt: int, asked: float | None) -> float:
        """How long to wait before the next attempt: longer each time, never in step with others."""
        if asked is not None:
            return min(asked, LONGEST_WAIT_SECONDS)
        longest = min(self._patience.first_wait_seconds * 2.0**attempt, LONGEST_WAIT_SECONDS)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads requests, and decides nothing

    async def get(self, path: str) -> dict[str, Any]:
        """Return the answer to a single question about the server. Raises Refused or Trouble."""
        try:
            answer = await self._http.get(path, timeout=self._patience.connect_seconds)
        except httpx.HTTPError as error:
            raise Trouble(f"{type(error).__name__}: {error}".rstrip(": ")) from error
        return read_answer(answer.status_code, answer.headers, answer.content)
