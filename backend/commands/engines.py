"""Commands about engines: the local one built, started, stopped and looked at; the servers that are configured."""

import asyncio
from dataclasses import asdict
from pathlib import Path

from backend.background import Tell
from backend.commands.plain import Plain, plain
from backend.config import settings
from backend.errors import BadInput, EngineFailed
from backend.jobs.sources import about
from backend.sampling import engine, environment
from backend.sampling.endpoints import endpoint_named, endpoints
from backend.sampling.wire import Trouble
from backend.store.database import Store
from backend.store.jobs import seeds_used


def _database(store: Store) -> Path:
    return store.path or settings().database


def engine_status(store: Store) -> dict[str, Plain]:
    """Tell how the local engine and its environment stand, and which servers are configured."""
    return local_status(_database(store))


def local_status(database: Path) -> dict[str, Plain]:
    """Tell the same of a store's path, whoever has the store open."""
    up = engine.status(database)
    built = environment.environment()
    return {
        **plain({**asdict(up), "log": list(up.log)}),
        "environment": plain({**asdict(built), "log": list(built.log)}),
        "engines": [plain({**asdict(each), "models": list(each.models)}) for each in endpoints()],
        "family": sorted(path.parent.name for path in engine.ZOO.glob("*/config.json")),
    }


def engine_build(store: Store) -> dict[str, Plain]:  # noqa: ARG001
    """Begin to install vLLM in the background; `engine_status` tells how far it is."""
    built = environment.begin_building()
    return {"state": built.state, "folder": built.folder, "flavour": built.flavour}


def served(store: Store, engine: str) -> dict[str, Plain]:  # noqa: ARG001
    """Ask a server, by its name or address, what it is and which models it serves.

    Raises EngineFailed where it cannot be reached, NotFound or BadInput where it may not be asked.
    """
    endpoint = endpoint_named(engine)
    try:
        version, models = asyncio.run(about(endpoint))
    except Trouble as trouble:
        raise EngineFailed(f"{endpoint.name} cannot be reached: {trouble}.", "See that it is up.") from trouble
    names = [str(model["id"]) for model in models if "id" in model]
    return {"engine": endpoint.name, "url": endpoint.url, "version": version, "models": names or list(endpoint.models)}


def engine_start(
    store: Store, model: str, *, seed: int | None = None, scoring: bool = False, max_model_len: int | None = None,
    wait: bool = True, progress: Tell | None = None,
) -> dict[str, Plain]:  # fmt: skip
    """Start the local engine with a model, in place of the one that runs."""
    database, used = _database(store), seeds_used(store)
    if seed is not None and seed in used:
        raise BadInput(
            f"An engine was started with the seed {seed} before, and would repeat its draws.",
            "Leave the seed out, or name another.",
        )
    engine.start(database, model, seed=engine.fresh_seed(used, seed), scoring=scoring, max_model_len=max_model_len)
    if wait:
        engine.wait_ready(database, tell=lambda words: progress(words, 0, 0, 0) if progress else None)
    return local_status(database)


def title_of_start(model: str, **_: Plain) -> str:
    """Say in a few words what a start does."""
    return f"The start of the engine with {Path(model).name}"


def engine_stop(store: Store) -> dict[str, Plain]:
    """Stop the local engine."""
    return {"stopped": engine.stop(_database(store))}
