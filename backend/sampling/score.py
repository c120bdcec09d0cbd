"""Texts read by a model token by token: how likely it finds each, asked of a vLLM server as `prompt_logprobs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import EngineFailed
from backend.sampling.client import Client
from backend.sampling.wire import Refused, Trouble

LISTED = 20
"""How many of the likeliest tokens are asked for at each place: the most that servers tell unless told otherwise."""


@dataclass(frozen=True)
class Read:
    """One token as the model reads it."""

    token_id: int
    token: str
    logprob: float
    rank: int | None
    listed: tuple[float, ...]
    """The log-probabilities of the likeliest tokens of its place, where they were asked for."""


class Reader:
    """Reads texts through one model of one server."""

    def __init__(self, client: Client, model: str) -> None:
        self._client = client
        self._model = model

    async def prompt_tokens(self, prompt: str, *, chat: bool, system: str | None) -> list[int]:
        """Return a prompt's tokens as the server makes them for sampling."""
        if not chat:
            return await self._tokens({"prompt": prompt})
        said = [{"role": "system", "content": system}] if system else []
        return await self._tokens({"messages": [*said, {"role": "user", "content": prompt}]})

    async def tokens(self, text: str) -> list[int]:
        """Return the tokens of a completion."""
        return await self._tokens({"prompt": text, "add_special_tokens": False}) if text else []

    async def _tokens(self, said: dict[str, Any]) -> list[int]:
        return await self._client.ask("/tokenize", {"model": self._model, **said}, _read_tokens)

    async def end_token(self, finished: Sequence[Sequence[int]]) -> int | None:
        """Return the token by which the model ends a text, found out by letting it go on after finished ones."""
        for tokens in finished:
            body = {"prompt": list(tokens), "max_tokens": 1, "temperature": 0, "return_token_ids": True}
            try:
                (choice,) = await self._client.ask("/v1/completions", {"model": self._model, **body}, _read_choices)
            except Refused:
                continue
            ids = choice.get("token_ids") or []
            if choice.get("finish_reason") == "stop" and len(ids) == 1:
                return int(ids[0])
        return None

    async def read(
        self, prompt: Sequence[int], completions: Sequence[Sequence[int]], *, listed: bool
    ) -> list[list[Read]]:
        """Return how the model reads the tokens of each completion after a prompt, all in one request.

        Raises Refused where the server will not, such as for a text longer than it can hold; EngineFailed where it
        knows no prompt_logprobs.
        """
        body = {
            "model": self._model, "prompt": [[*prompt, *own] for own in completions], "max_tokens": 0, "echo": True,
            "temperature": 1.0, "prompt_logprobs": LISTED if listed else 0,
        }  # fmt: skip
        choices = await self._client.ask(
            "/v1/completions", body, lambda answer: _read_choices(answer, len(completions))
        )
        reads = []
        for own, choice in zip(completions, choices, strict=True):
            said = choice.get("prompt_logprobs")
            if not isinstance(said, list) or len(said) != len(prompt) + len(own):
                raise EngineFailed(
                    f"{self._client.endpoint.name} tells no log-probabilities of given texts.",
                    "Score with a vLLM server, or with the local engine.",
                )
            reads.append([_read(token, place) for token, place in zip(own, said[len(prompt) :], strict=True)])
        return reads


def _read_tokens(answer: dict[str, Any]) -> list[int]:
    if not isinstance(answer.get("tokens"), list):
        raise Trouble("an answer without tokens")
    return [int(token) for token in answer["tokens"]]


def _read_choices(answer: dict[str, Any], count: int = 1) -> list[dict[str, Any]]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or len(choices) != count or not all(isinstance(each, dict) for each in choices):
        raise Trouble("an answer without completions")
    return sorted(choices, key=lambda choice: int(choice.get("index", 0)))


def _read(token: int, place: Any) -> Read:
    """One place of a text: what is told of its own token, and of the likeliest ones."""
    try:
        own = place[str(token)]
        ranked = sorted((int(each["rank"]), float(each["logprob"])) for each in place.values())
    except (KeyError, TypeError, ValueError) as error:
        raise Trouble("log-probabilities of other tokens than those that were sent") from error
    listed = tuple(value for wanted, (rank, value) in enumerate(ranked, start=1) if rank == wanted)
    return Read(token, str(own.get("decoded_token") or ""), float(own["logprob"]), int(own["rank"]), listed)
