"""A sampling job, up to its stored and judged samples, against a bare asyncio client with the same requests, in turns
on the same vLLM server; beside them vLLM's offline `LLM.generate`."""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from backend.commands.imports import demo
from backend.jobs.planning import Order, launch, planned
from backend.jobs.runner import jobs_of
from backend.jobs.sources import LOCAL_REQUESTS
from backend.sampling import engine, environment
from backend.sampling.wire import draw_request
from backend.store.database import Store, open_store
from backend.store.jobs import jobs as listed
from bench.measure import ROOT, machine, median

MODEL, SAMPLES, ROUNDS = "tiny-base", 32, 6
OFFLINE_SECONDS = 600
AT_ONCE = LOCAL_REQUESTS[environment.flavour()]

OFFLINE = """
import sys, time, json
from vllm import LLM, SamplingParams
prompts, count = json.loads(sys.argv[2]), int(sys.argv[3])
on_cpu = {"dtype": "float32", "enforce_eager": True, "gpu_memory_utilization": 0.3}
llm = LLM(sys.argv[1], seed=20261125, **(on_cpu if sys.argv[4] == "cpu" else {}))
settings = SamplingParams(n=count, max_tokens=64, temperature=1.0, logprobs=0)
llm.generate(prompts[:4], settings, use_tqdm=False)
begin = time.perf_counter()
drawn = llm.generate(prompts, settings, use_tqdm=False)
seconds = time.perf_counter() - begin
print(sum(len(each.token_ids) for reply in drawn for each in reply.outputs) / seconds)
"""


def bare(url: str, bodies: list[tuple[str, dict[str, Any]]]) -> float:
    """Return tokens a second of a client that sends these requests and reads what comes back, and nothing more."""

    async def all_() -> int:
        free = asyncio.Semaphore(AT_ONCE)
        limits = httpx.Limits(max_connections=AT_ONCE + 1)
        async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits, trust_env=False) as client:

            async def one(path: str, body: dict[str, Any]) -> int:
                async with free:
                    return int((await client.post(path, json=body)).json()["usage"]["completion_tokens"])

            return sum(await asyncio.gather(*(one(path, body) for path, body in bodies)))

    begin = time.perf_counter()
    tokens = asyncio.run(all_())
    return tokens / (time.perf_counter() - begin)


def job(store: Store, order: Order) -> float:
    """Return tokens a second of a job, from its launch to its last stored sample."""
    begin = time.perf_counter()
    number, jobs = launch(store, order), jobs_of(Path(str(store.path)))
    jobs.begin(number)
    jobs.wait(number, lambda: None, every_seconds=0.01)
    row = listed(store, number).iloc[0]
    if row["state"] != "finished":
        raise RuntimeError(f"the job ended as {row['state']}: {row['error']}")
    return float(row["tokens"]) / (time.perf_counter() - begin)


def offline(prompts: list[str]) -> float | None:
    """Return tokens a second of vLLM in its own process, without any server; None where it does not run."""
    command = [
        str(environment.python()), "-c", OFFLINE, str(ROOT / "data/zoo" / MODEL), json.dumps(prompts), str(SAMPLES),
        environment.flavour(),
    ]  # fmt: skip
    alone = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **alone}, timeout=OFFLINE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def main() -> None:
    """Print tokens a second of both, round by round, and the ratio of their medians."""
    print(f"sampling, {machine()}: {MODEL}, 144 problems × {SAMPLES} samples a round, {AT_ONCE} requests at once")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "bench.duckdb")
        demo(store)
        order = Order(model=MODEL, benchmark="countdown", samples=SAMPLES, batch=SAMPLES, run="bench")
        plan = planned(store, order)
        bodies = [
            draw_request(MODEL, prompt, plan.sampling, SAMPLES, seed=None, logprobs=True)
            for prompt in plan.new.prompts.values()
        ]
        try:
            job(store, order)  # starts the engine, and lets it compile
            url = engine.status(Path(str(store.path))).url
            rates = []
            for turn in range(ROUNDS):
                both = {"bare": lambda: bare(url, bodies), "job": lambda: job(store, order)}
                names = ["bare", "job"] if turn % 2 else ["job", "bare"]
                found = {name: both[name]() for name in names}
                rates.append(found)
                print(f"  bare client {found['bare']:7,.0f} tokens/s   job {found['job']:7,.0f}   "
                      f"ratio {found['job'] / found['bare']:.3f}", flush=True)  # fmt: skip
        finally:
            engine.stop(Path(str(store.path)))
            store.close()
        ratios = sorted(r["job"] / r["bare"] for r in rates)
        print(f"  median ratio {median(ratios):.3f}, from {ratios[0]:.3f} to {ratios[-1]:.3f} (wanted: 0.95 or more)")
        alone = offline(list(plan.new.prompts.values()))
        print("  offline LLM.generate " + ("did not run" if alone is None else f"{alone:,.0f} tokens/s"))
