"""A sampling job, up to its stored and judged samples, against a bare asyncio client that sends the very same requests,
as many at once, in turns to one warm vLLM server; beside them vLLM's offline `LLM.generate`."""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from backend.commands.imports import demo
from backend.jobs.planning import Order, launch, planned
from backend.jobs.runner import jobs_of
from backend.jobs.sources import LOCAL_REQUESTS
from backend.sampling import engine, environment
from backend.sampling.wire import draw_request
from backend.store.database import Store, open_store
from backend.store.jobs import jobs as listed
from bench.measure import ROOT, machine, ratio_interval

MODEL, SAMPLES, ROUNDS = "tiny-base", 32, 12
OFFLINE_PROMPTS, OFFLINE_SECONDS, OFFLINE_LIMIT_SECONDS = 48, 60, 600
"""Prompts that are given to `LLM.generate` at once; after so many seconds it is given no more; and with loading, when
it is ended, whatever it does."""
AT_ONCE = LOCAL_REQUESTS[environment.flavour()]

OFFLINE = """
import json, sys, time
from vllm import LLM, SamplingParams
said = json.loads(sys.argv[1])
llm = LLM(said["model"], seed=20261125, **said["engine"])
settings = SamplingParams(**said["sampling"])
llm.generate(said["prompts"][:4], settings, use_tqdm=False)
samples = tokens = 0
begin = time.perf_counter()
for first in range(0, len(said["prompts"]), said["at_once"]):
    for reply in llm.generate(said["prompts"][first : first + said["at_once"]], settings, use_tqdm=False):
        samples += len(reply.outputs)
        tokens += sum(len(each.token_ids) for each in reply.outputs)
    seconds = time.perf_counter() - begin
    print("\\ndrawn " + json.dumps([samples, tokens, seconds]), flush=True)
    if seconds > said["seconds"]:
        break
"""
"""Tells after each part what was drawn so far, so that there is a number also where it is ended."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What was drawn, and what that took."""

    samples: int
    tokens: int
    seconds: float
    cpu_seconds: float | None = None
    """Of the client alone: its threads and the processes that it ended, not the server."""

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds

    def __str__(self) -> str:
        cpu = "" if self.cpu_seconds is None else f", {self.cpu_seconds:4.1f} s of the client's CPU"
        return f"{self.rate:7,.0f} tokens/s {self.samples / self.seconds:6,.1f} samples/s ({self.seconds:5.1f} s{cpu})"


def measured(draw: Callable[[], tuple[int, int]]) -> Pace:
    """Return the pace of what draws samples and returns how many, and of how many tokens."""
    cpu, begin = sum(os.times()[:4]), time.perf_counter()
    samples, tokens = draw()
    seconds = time.perf_counter() - begin
    return Pace(samples=samples, tokens=tokens, seconds=seconds, cpu_seconds=sum(os.times()[:4]) - cpu)


def bare(url: str, bodies: Sequence[tuple[str, dict[str, Any]]]) -> tuple[int, int]:
    """Send these requests, read what comes back, and do nothing more; return how many samples and tokens came."""

    async def all_() -> tuple[int, int]:
        free = asyncio.Semaphore(AT_ONCE)
        limits = httpx.Limits(max_connections=AT_ONCE + 1)
        async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits, trust_env=False) as client:

            async def one(path: str, body: dict[str, Any]) -> tuple[int, int]:
                async with free:
                    told = orjson.loads((await client.post(path, json=body)).raise_for_status().content)
                    return len(told["choices"]), told["usage"]["completion_tokens"]

            drawn = await asyncio.gather(*(one(path, body) for path, body in bodies))
        return sum(samples for samples, _ in drawn), sum(tokens for _, tokens in drawn)

    return asyncio.run(all_())


def job(store: Store, order: Order) -> tuple[int, int]:
    """Do a job from its launch to its last stored sample; return how many samples and tokens are stored."""
    number, jobs = launch(store, order), jobs_of(Path(str(store.path)))
    jobs.begin(number)
    jobs.wait(number, lambda: None, every_seconds=0.05)
    row = listed(store, number).iloc[0]
    if row["state"] != "finished":
        raise RuntimeError(f"the job ended as {row['state']}: {row['error']}")
    return int(row["done"]), int(row["tokens"])


def offline(bodies: Sequence[tuple[str, dict[str, Any]]]) -> Pace | str:
    """Return the pace of vLLM in its own process, without any server, with the same settings; or why there is none."""
    first = {name: value for name, value in bodies[0][1].items() if name not in ("model", "prompt")}
    on_cpu = {"dtype": "float32", "enforce_eager": True, "gpu_memory_utilization": 0.3}
    said = {
        "model": str(ROOT / "data/zoo" / MODEL), "engine": on_cpu if environment.flavour() == "cpu" else {},
        "sampling": first, "prompts": [body["prompt"] for _, body in bodies], "at_once": OFFLINE_PROMPTS,
        "seconds": OFFLINE_SECONDS,
    }  # fmt: skip
    alone = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        try:
            code = subprocess.run(
                [str(environment.python()), "-c", OFFLINE, json.dumps(said)], stdout=out, stderr=errors, check=False,
                stdin=subprocess.DEVNULL, env={**os.environ, **alone}, timeout=OFFLINE_LIMIT_SECONDS,
            ).returncode  # fmt: skip
            why = f"it ended with exit code {code}"
        except subprocess.TimeoutExpired:
            why = f"it had drawn nothing after {OFFLINE_LIMIT_SECONDS} s"
        out.seek(0)
        drawn = [line.removeprefix("drawn ") for line in out if line.startswith("drawn ")]
        errors.seek(0)
        last = next((line.strip() for line in reversed(errors.readlines()) if line.strip()), "")
    if not drawn:
        return f"{why}: {last}"
    samples, tokens, seconds = json.loads(drawn[-1])
    return Pace(samples=samples, tokens=tokens, seconds=seconds)


def compared(store: Store, order: Order, bodies: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Print the pace of both, round by round, and the ratio."""
    job(store, order)  # starts the engine, and lets it compile
    url = engine.status(Path(str(store.path))).url
    bare(url, bodies)
    ways: dict[str, Callable[[], tuple[int, int]]] = {
        "bare client": lambda: bare(url, bodies), "job": lambda: job(store, order),
    }  # fmt: skip
    ratios, cpu = [], []
    for turn in range(ROUNDS):
        found = {name: measured(ways[name]) for name in sorted(ways, reverse=bool(turn % 2))}
        ours, theirs = found["job"], found["bare client"]
        if ours.samples != theirs.samples:
            raise RuntimeError(f"the job drew {ours.samples:,} samples, the bare client {theirs.samples:,}")
        ratios.append(ours.rate / theirs.rate)
        cpu.append(((ours.cpu_seconds or 0.0) - (theirs.cpu_seconds or 0.0)) / ours.seconds)
        for name, pace in found.items():
            print(f"  {name:12} {pace}")
        print(f"  ratio {ratios[-1]:.3f}", flush=True)
    mean, low, high = ratio_interval(ratios)
    print(f"  job / bare client: {mean:.3f} [{low:.3f}, {high:.3f}] (95 %, {ROUNDS} rounds; wanted: 0.95 or more); "
          f"the job's client took {100 * sum(cpu) / len(cpu):.0f} % of a core more")  # fmt: skip


def main() -> None:
    """Print what a job, a bare client and vLLM alone draw a second."""
    print(f"sampling, {machine()}: {MODEL}, 144 problems × {SAMPLES} samples a round, {AT_ONCE} requests at once")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "bench.duckdb")
        try:
            demo(store)
            order = Order(model=MODEL, benchmark="countdown", samples=SAMPLES, batch=SAMPLES, run="bench")
            plan = planned(store, order)
            bodies = [
                draw_request(MODEL, prompt, plan.sampling, SAMPLES, seed=None, logprobs=True)
                for prompt in plan.new.prompts.values()
            ]
            compared(store, order, bodies)
        finally:
            engine.stop(Path(str(store.path)))
            store.close()
    alone = offline(bodies)
    print(f"  LLM.generate {alone}" if isinstance(alone, Pace) else f"  LLM.generate gave no number: {alone}")
