"""The vLLM server that the program starts itself, on the loopback address: one a store, one model at a time."""

import contextlib
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from backend.config import ROOT, settings
from backend.errors import BadInput, EngineFailed
from backend.sampling.endpoints import Endpoint
from backend.sampling.environment import alive, flavour, log_tail, require
from backend.sampling.keeper import STOP_SECONDS, write_note

ZOO = ROOT / "data" / "zoo"
START_SECONDS = 1800.0
"""How long an engine may take to be ready: large models are loaded, or downloaded first."""
LOOK_SECONDS = 0.2
SEEDS = 2**31
ON_CPU = ("--dtype", "float32", "--enforce-eager", "--gpu-memory-utilization", "0.3",
          "--distributed-executor-backend", "uni")  # fmt: skip
"""The share of memory is that of the processor's here."""

_keepers: list["subprocess.Popen[bytes]"] = []
"""Those that this process started, so that none that has ended stays in the system's list."""


class Up(StrEnum):
    """How the engine stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The local engine as it stands now."""

    state: Up
    start: str = ""
    """What tells this start from all others."""
    model: str = ""
    """The model's path or Hugging Face id."""
    name: str = ""
    """What the server calls it."""
    url: str = ""
    seed: int | None = None
    scoring: bool = False
    """Whether it keeps no prefixes, as scoring needs."""
    version: str | None = None
    pid: int | None = None
    started_at: float = 0.0
    """Seconds since 1970."""
    ready_at: float | None = None
    idle_seconds: float = 0.0
    error: str = ""
    log: tuple[str, ...] = ()
    """The last lines of its log."""

    def endpoint(self, requests: int) -> Endpoint:
        """Return it as a server to ask. It bears no seeds with requests: on a CPU they end it."""
        return Endpoint(name="the local engine", url=self.url, models=(self.name,), requests=requests)


def folder_of(database: Path) -> Path:
    """Return where a store's engine keeps its note and log."""
    path = database.expanduser().resolve()
    return path.with_name(f"{path.name}.engine")


def status(database: Path) -> Engine:
    """Return how the store's engine stands."""
    folder = folder_of(database)
    try:
        note: dict[str, Any] = json.loads((folder / "engine.json").read_text())
    except (OSError, ValueError):
        return Engine(state=Up.STOPPED)
    facts = {k: note[k] for k in Engine.__dataclass_fields__ if k in note and k not in ("state", "log")}
    state, error = Up(note["state"]), note.get("error", "")
    if state in (Up.STARTING, Up.READY) and not _kept(note):
        state, error = Up.FAILED, "The engine was ended from outside."
    return Engine(**{**facts, "state": state, "error": error, "log": log_tail(folder / "engine.log")})


def _kept(note: dict[str, Any]) -> bool:
    """Whether the process that keeps the engine is there, or is just being started."""
    keeper = note.get("keeper")
    return time.time() - note["started_at"] < 10 if keeper is None else alive(int(keeper))


def resolved(model: str) -> tuple[str, str]:
    """Return the path or Hugging Face id that these words name, and what the model is called.

    Raises BadInput where they name nothing that could be a model.
    """
    for path in (Path(model).expanduser(), ZOO / model):
        if (path / "config.json").is_file():
            return str(path.resolve()), path.resolve().name
    if model.startswith((".", "/", "~", "-")) or model.count("/") != 1 or any(c.isspace() for c in model):
        raise BadInput(
            f"{model} is no model: no folder with a config.json, and no Hugging Face id.",
            "Give a model's folder, an id such as Qwen/Qwen2.5-7B, or one of the tiny family, such as tiny-base.",
        )
    return model, model


def fresh_seed(used: Collection[int], asked: int | None = None) -> int:
    """Return the seed to start an engine with: the one asked for, where none was started with it before.

    A seed that was used would repeat the same draws, which would then be counted twice.
    """
    if asked is not None and asked not in used:
        return asked
    return next(seed for seed in iter(lambda: secrets.randbelow(SEEDS), None) if seed not in used)


def start(database: Path, model: str, *, seed: int, scoring: bool = False, max_model_len: int | None = None) -> Engine:
    """Start the engine with a model, in place of the one that runs; it is ready some time later.

    Raises EngineFailed where vLLM is not installed, BadInput where the model is none.
    """
    path, name = resolved(model)
    runs = require()
    stop(database)
    folder = folder_of(database)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "used").touch()
    (folder / "engine.log").write_bytes(b"")
    port = free_port()
    command = [
        str(runs), "-m", "vllm.entrypoints.openai.api_server", "--model", path, "--served-model-name", name,
        "--host", "127.0.0.1", "--port", str(port), "--seed", str(seed), "--disable-uvicorn-access-log",
        *(ON_CPU if flavour() == "cpu" else ()), *(("--no-enable-prefix-caching",) if scoring else ()),
        *(() if max_model_len is None else ("--max-model-len", str(max_model_len))),
    ]  # fmt: skip
    offline = {"HF_HUB_OFFLINE": "1"} if Path(path).is_dir() else {}
    write_note(folder, {
        "state": Up.STARTING, "start": secrets.token_hex(8), "model": path, "name": name, "seed": seed,
        "scoring": scoring, "url": f"http://127.0.0.1:{port}", "started_at": time.time(), "command": command,
        "environment": {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **offline},
        "idle_seconds": settings().engine_idle_seconds,
    })  # fmt: skip
    _keepers.append(subprocess.Popen(
        [sys.executable, "-m", "backend.sampling.keeper", str(folder)], cwd=ROOT, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ))  # fmt: skip
    return status(database)


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on. Raises OSError where a hundred were all taken.

    Below the ports that a system gives to outgoing connections: one of them could take it while the server starts.
    """
    for port in random.SystemRandom().sample(range(15_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("A hundred ports of the loopback address were all taken.")


def wait_ready(
    database: Path, *, tell: Callable[[str], None] | None = None, halt: threading.Event | None = None
) -> Engine:
    """Wait until the engine that was started is ready, and return it. Raises EngineFailed, with its log's last words.

    tell: told how long it has taken; halt: ends the waiting when set.
    """
    began = time.monotonic()
    while not (halt and halt.is_set()):
        engine = status(database)
        if engine.state is Up.READY:
            return engine
        if engine.state is not Up.STARTING or time.monotonic() - began > START_SECONDS:
            words = engine.error or "It was stopped, or took too long."
            raise EngineFailed(f"The engine did not start: {words} {last_words(engine.log)}".strip(), _where(database))
        if tell:
            tell(f"{engine.name} is being loaded, {time.monotonic() - began:,.0f} s")
        time.sleep(LOOK_SECONDS)
    raise EngineFailed("The waiting for the engine was ended.")


def _where(database: Path) -> str:
    return f"{folder_of(database) / 'engine.log'} has its whole log."


def last_words(log: Collection[str]) -> str:
    """Return the line of a log that most likely says what went wrong."""
    lines = [line.strip() for line in log if line.strip()]
    errors = [line for line in lines if "Error" in line or "error:" in line]
    return (errors or lines or [""])[-1]


def stop(database: Path) -> bool:
    """Stop the engine and wait for its end; return whether one was running."""
    folder = folder_of(database)
    if status(database).state not in (Up.STARTING, Up.READY):
        return False
    deadline = time.monotonic() + 10
    while "keeper" not in (note := json.loads((folder / "engine.json").read_text())) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    keeper = note.get("keeper")
    if keeper is None:
        return False
    deadline = time.monotonic() + 3 * STOP_SECONDS
    while alive(keeper) and time.monotonic() < deadline:
        if status(database).state in (Up.STARTING, Up.READY):
            os.kill(keeper, signal.SIGTERM)
        time.sleep(LOOK_SECONDS)
    _keepers[:] = [ours for ours in _keepers if ours.poll() is None]
    return True


def touch(database: Path) -> None:
    """Say that the engine is in use."""
    (folder_of(database) / "used").touch()


def usable(database: Path, model: str, *, scoring: bool = False) -> Engine | None:
    """Return the running engine where it serves this model and fits what it is wanted for."""
    engine = status(database)
    fits = engine.model == resolved(model)[0] and (engine.scoring or not scoring)
    return engine if fits and engine.state in (Up.STARTING, Up.READY) else None
