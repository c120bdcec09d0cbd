"""The OpenAI-compatible protocol: what is sent for completions, and what comes back, checked."""

import json
import math
from collections.abc import Mapping
from typing import Any

import orjson

from backend.records import Draw, SamplingSettings

LONGEST_WORDS = 500
BUSY = (408, 409, 425, 429)


class Refused(Exception):
    """The server will never do what it was asked; the words are its own."""


class Locked(Refused):
    """The server lets nobody in with this key, whatever is asked."""


class Trouble(Exception):
    """It did not work this time; asked again, it may."""

    def __init__(self, words: str, wait_seconds: float | None = None) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds
        """How long the server asks to wait."""


def draw_request(
    model: str, prompt: str, settings: SamplingSettings, count: int, *, seed: int | None, logprobs: bool
) -> tuple[str, dict[str, Any]]:
    """Return path and body of a request for `count` completions."""
    body: dict[str, Any] = {
        "model": model, "n": count, "max_tokens": settings.max_tokens, "temperature": settings.temperature,
        "top_p": settings.top_p,
    }  # fmt: skip
    body |= {} if settings.top_k is None else {"top_k": settings.top_k}
    body |= {"stop": list(settings.stop)} if settings.stop else {}
    body |= {} if seed is None else {"seed": seed}
    if settings.chat:
        system = [{"role": "system", "content": settings.system}] if settings.system else []
        said = {"messages": [*system, {"role": "user", "content": prompt}]}
        return "/v1/chat/completions", {**body, **said, **({"logprobs": True} if logprobs else {})}
    return "/v1/completions", {**body, "prompt": prompt, **({"logprobs": 0} if logprobs else {})}


def read_answer(status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    """Return the body of an answer. Raises Refused with the server's words, or Trouble where asking again may help."""
    if status in BUSY or status >= 500:
        raise Trouble(f"status {status}: {_words(content)}", _wait(headers))
    if status in (401, 403):
        raise Locked(f"status {status}: {_words(content)}")
    if status != 200:
        raise Refused(_words(content) or f"status {status}")
    body = _parsed(content)
    if not isinstance(body, dict):
        raise Trouble(f"an answer that is no JSON object: {_shortened(content.decode(errors='replace'))}")
    if "error" in body and "choices" not in body:
        raise Refused(_words(content))
    return body


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content)  # which knows NaN and Infinity, as some servers write them
    except ValueError:
        return None


def _wait(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _words(content: bytes) -> str:
    """What a server says is wrong, in its words: the message of its error where it has that form."""
    body = _parsed(content)
    if isinstance(body, dict):
        error = body.get("error", body)
        said = error if isinstance(error, str) else error.get("message") if isinstance(error, dict) else None
        said = said if isinstance(said, str) else body.get("message") or body.get("detail")
        if isinstance(said, str):
            return _shortened(said)
    return _shortened(content.decode(errors="replace"))


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]} …"


def read_draws(body: Mapping[str, Any], count: int) -> list[Draw]:
    """Return the completions of an answer, at most `count`. Raises Trouble where it holds none that can be read."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise Trouble("an answer without completions")
    usage = body.get("usage")
    alone = usage.get("completion_tokens") if len(choices) == 1 and isinstance(usage, dict) else None
    return [_draw(choice, alone) for choice in choices[:count]]


def _draw(choice: Any, tokens: Any) -> Draw:
    text = _text(choice)
    values = _logprobs(choice.get("logprobs"))
    reason, stop = choice.get("finish_reason"), choice.get("stop_reason")
    known = bool(values) and all(math.isfinite(value) for value in values)
    count = len(values) or (tokens if isinstance(tokens, int) and tokens >= 0 else None)
    return Draw(
        text=text, finish_reason=reason if isinstance(reason, str) else None,
        stop_reason=None if stop is None else str(stop), token_count=count,
        sum_logprob=math.fsum(values) if known else None, min_logprob=min(values) if known else None,
    )  # fmt: skip


def _text(choice: Any) -> str:
    """A choice's text; of a chat, its message, with the reasoning that some servers split off put back before it."""
    if not isinstance(choice, dict):
        raise Trouble("a completion that is no JSON object")
    text = choice.get("text")
    if text is None and isinstance(message := choice.get("message"), dict):
        content, thought = message.get("content") or "", message.get("reasoning_content") or message.get("reasoning")
        text = f"<think>\n{thought}\n</think>\n\n{content}" if isinstance(thought, str) else content
    if not isinstance(text, str):
        raise Trouble("a completion without text")
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be stored


def _logprobs(said: Any) -> list[float]:
    """The log-probability of each sampled token, in either of the two forms; empty where there are none."""
    if not isinstance(said, dict):
        return []
    if isinstance(values := said.get("token_logprobs"), list):
        return [float(value) for value in values if isinstance(value, int | float)]
    if isinstance(tokens := said.get("content"), list):
        each = [token.get("logprob") for token in tokens if isinstance(token, dict)]
        return [float(value) for value in each if isinstance(value, int | float)]
    return []
