"""The servers that a job draws from: asked what they are, and written down with each start of theirs."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.errors import EngineFailed
from backend.jobs.control import Control
from backend.sampling import engine
from backend.sampling.client import Client
from backend.sampling.drive import Source
from backend.sampling.endpoints import Endpoint, endpoint_named
from backend.sampling.environment import flavour
from backend.sampling.wire import Refused, Trouble
from backend.store.arrivals import record_start
from backend.store.database import Store
from backend.store.jobs import Job, seeds_used

LOCAL_REQUESTS = {"cpu": 8, "gpu": 32}
"""Requests that the local engine is given at once: with 32 samples each about twice of what it draws side by side, so
that it never waits for what is asked next."""


def local_source(store: Store, job: Job, control: Control, *, scoring: bool = False) -> Source:
    """Start the local engine with the job's model, where it does not serve it already, and return it when ready."""
    path = Path(str(store.path))
    model, asked = str(job.settings["model"]), job.settings.get("seed")
    running = engine.usable(path, model, scoring=scoring)
    used = seeds_used(store)
    if running is None or (asked is not None and running.seed != asked and asked not in used):
        control.phase = "starting the engine"
        engine.start(path, model, seed=engine.fresh_seed(used, asked), scoring=scoring)

    def tell(words: str) -> None:
        control.phase = words

    up = engine.wait_ready(path, tell=tell, halt=control.stop)
    engine.touch(path)
    start_id = record_start(
        store, name=up.start, url=up.url, model=up.model, version=f"vllm {up.version}", seed=up.seed,
        settings=json.dumps({"scoring": up.scoring, "started_at": up.started_at}),
    )  # fmt: skip

    def is_up() -> bool:
        now = engine.status(path)
        return now.start == up.start and now.state is engine.Up.READY

    return Source(
        endpoint=up.endpoint(LOCAL_REQUESTS[flavour()]), model=up.name, start_id=start_id, seed=up.seed, alive=is_up
    )


def remote_sources(store: Store, job: Job) -> list[Source]:
    """Return the servers of a job that serve its model. Raises EngineFailed where none of them can be reached."""
    sources, troubles = [], []
    for words in job.settings["engines"]:
        endpoint = endpoint_named(words)
        try:
            version, models = asyncio.run(about(endpoint))
        except Trouble as trouble:
            troubles.append(f"{endpoint.name}: {trouble}")
            continue
        model = served_name(str(job.settings["model"]), models)
        start_id = record_start(
            store, name=f"{endpoint.url} {model} {version or ''}".strip(), url=endpoint.url, model=model,
            version=version, seed=None, settings=None,
        )  # fmt: skip
        sources.append(Source(endpoint=endpoint, model=model, start_id=start_id))
    if not sources:
        raise EngineFailed(
            f"No engine can be reached: {'; '.join(troubles)}.", "See that it is up, then resume the job."
        )
    return sources


async def about(endpoint: Endpoint) -> tuple[str | None, list[dict[str, Any]]]:
    """Return a server's version and models, as far as it tells them. Raises Trouble where it cannot be reached."""
    async with Client(endpoint) as client:
        version: str | None = None
        models: list[dict[str, Any]] = []
        try:
            said = (await client.get("/v1/models")).get("data")
            models = [model for model in said if isinstance(model, dict)] if isinstance(said, list) else []
        except Refused:
            pass
        try:
            told = (await client.get("/version")).get("version")
            version = f"vllm {told}" if isinstance(told, str) else None
        except (Refused, Trouble):
            pass
    return version, models


def served_name(model: str, models: list[dict[str, Any]] | list[Mapping[str, Any]]) -> str:
    """Return what a server calls a model: the words asked for, else what was loaded from them, or ends alike."""
    names = [str(m.get("id")) for m in models]
    if model in names or not names:
        return model
    roots = [str(m.get("id")) for m in models if m.get("root") == model]
    alike = [name for name in names if name.rpartition("/")[2] == model.rstrip("/").rpartition("/")[2]]
    return (roots or alike or [model])[0]
