"""Which servers may be asked for samples: those that the configuration names, on hosts that it allows."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.config import settings
from backend.errors import BadInput, NotFound

FACTS = ("name", "url", "key", "models", "requests", "seeds", "logprobs")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One OpenAI-compatible server."""

    name: str
    url: str
    """Its address without `/v1`."""
    key: str | None = None
    """The environment variable that holds its key."""
    models: tuple[str, ...] = ()
    """The models it serves; empty: any may be asked for."""
    requests: int = 4
    """How many requests it is given at once."""
    seeds: bool = False
    """Whether it bears a seed with each request."""
    logprobs: bool = True
    """Whether it can tell log-probabilities of the tokens it drew."""

    def headers(self) -> dict[str, str]:
        """Return what is sent with each request. Raises BadInput where the key's variable is not set."""
        if self.key is None:
            return {}
        if not os.environ.get(self.key):
            raise BadInput(
                f"The key of the engine {self.name} is not set.", f"Set the environment variable {self.key}."
            )
        return {"Authorization": f"Bearer {os.environ[self.key]}"}


def checked_url(url: str) -> str:
    """Return a server's address without `/v1`. Raises BadInput where it is none, or its host is not allowed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadInput(f"{url} is no address of a server: {error}.", "Write http://host:port.") from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise BadInput(f"{url} is no address of a server.", "Write http://host:port.")
    if parts.username is not None or parts.password is not None:
        raise BadInput("The engine's address holds a password.", "Name its key's variable in the file of engines.")
    allowed = settings().engine_hosts
    if host not in allowed and f"{host}:{port}" not in allowed:
        raise BadInput(
            f"The host {host} is not among those that may be asked for samples: {', '.join(allowed)}.",
            "Whoever runs this installation can add it to BOUNDARY_ENGINE_HOSTS.",
        )
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def endpoints() -> list[Endpoint]:
    """Return the servers that the configuration names. Raises BadInput where its file cannot be used."""
    path = settings().engines
    if path is None:
        return []
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("engine", [])
    except (OSError, ValueError) as error:
        raise BadInput(f"The file of engines {path} cannot be read: {error}.", "docs/sampling.md shows one.") from error
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise BadInput(f"{path} does not list engines as [[engine]].", "docs/sampling.md shows one.")
    return [_endpoint(path, number, entry) for number, entry in enumerate(listed, start=1)]


def _endpoint(path: Path, number: int, entry: Mapping[str, Any]) -> Endpoint:
    where = f"Engine {number} of {path}"
    if unknown := sorted(set(entry) - set(FACTS)):
        raise BadInput(f"{where} says {unknown[0]}, which means nothing.", f"It may say {', '.join(FACTS)}.")
    if not isinstance(entry.get("url"), str):
        raise BadInput(f"{where} has no url.", 'Write url = "http://host:port".')
    kinds: dict[str, type] = {"name": str, "key": str, "models": list, "requests": int, "seeds": bool, "logprobs": bool}
    for fact, kind in kinds.items():
        if fact in entry and (not isinstance(entry[fact], kind) or (fact == "requests" and entry[fact] < 1)):
            raise BadInput(f"{where}: {fact} is {entry[fact]!r}.", "docs/sampling.md tells what it may be.")
    given = {fact: entry[fact] for fact in kinds if fact in entry and fact not in ("name", "models")}
    url = checked_url(entry["url"])
    models = tuple(str(model) for model in entry.get("models", ()))
    return Endpoint(name=entry.get("name", url), url=url, models=models, **given)


def endpoint_named(words: str) -> Endpoint:
    """Return the server that is named so in the configuration, or that has this address.

    Raises NotFound where there is no such name, BadInput where the address may not be asked.
    """
    known = endpoints()
    for endpoint in known:
        if words == endpoint.name:
            return endpoint
    if "://" not in words:
        names = ", ".join(endpoint.name for endpoint in known) or "none"
        raise NotFound(f"No engine is named {words}; the configuration names {names}.", "Name one, or give its URL.")
    url = checked_url(words)
    return next((endpoint for endpoint in known if endpoint.url == url), Endpoint(name=url, url=url))
