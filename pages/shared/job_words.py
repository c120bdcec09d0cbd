"""Sampling jobs in words: what one does, how far it is, how it ended; numbers with their units."""

from typing import Any

from backend.jobs.planning import CONFIRMATION
from pages.shared.texts import counted

OPEN = ("queued", "running")
KINDS = {"samples": "Samples", "prefix": "Continuation", "scores": "Scoring"}


def kind(job: dict[str, Any]) -> str:
    """What a job is, in a word."""
    return "Confirmation" if job["purpose"] == CONFIRMATION else KINDS[job["kind"]]


def title(job: dict[str, Any]) -> str:
    """What a job does, in a line."""
    if job["kind"] == "scores":
        return f"{job['run']} read by {job['under'].rstrip('/').rpartition('/')[2]}"
    if job["kind"] != "prefix":
        return str(job["run"])
    other = job["prefix_run"] if job["prefix_run"] not in (None, job["key"]) else None
    return f"{job['run']} · " + (f"going on from {other}" if other else "continued")


def where(job: dict[str, Any]) -> str:
    """Which engines a job draws from."""
    return ", ".join(job["engines"]) or "local engine"


def share(job: dict[str, Any]) -> float:
    """How much of a job is done or given up, 0 to 1."""
    return float(min((job["done"] + job["failed"]) / max(job["wanted"], 1), 1.0))


def seconds(value: float) -> str:
    """A duration in a reader's units: `12 s`, `3 min`, `2 h 10 min`."""
    if value < 90:
        return f"{value:,.0f} s"
    minutes = round(value / 60)
    return f"{minutes:,} min" if minutes < 90 else f"{minutes // 60:,} h {minutes % 60} min"


def size(count: float) -> str:
    """So many bytes in a reader's units."""
    return f"{count / 1e3:,.0f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


def far(job: dict[str, Any]) -> str:
    """How far a job is: samples, speed, time left, what was correct so far."""
    said = [f"{job['done']:,} of {counted(job['wanted'], 'sample')}"]
    if job["cancelling"]:
        return f"{said[0]} · being cancelled …"
    if job["phase"] and job["phase"] not in ("drawing", "scoring"):
        said.append(job["phase"])
    if job["tokens_per_second"]:
        said.append(f"{job['tokens_per_second']:,.0f} tokens/s")
    if job["eta_seconds"] is not None:
        said.append(f"about {seconds(max(job['eta_seconds'], 1))} left")
    if job["kind"] != "scores" and job["done"]:
        said.append(f"{job['correct']:,} correct so far ({100 * job['correct'] / job['done']:.1f} %)")
    if job["failed"]:
        said.append(f"{job['failed']:,} given up")
    return " · ".join(said)


def ended(job: dict[str, Any]) -> str:
    """What an ended job did, in a sentence or two."""
    said = f"{job['done']:,} of {counted(job['wanted'], 'sample')}"
    if job["kind"] == "scores":
        done = f"Job {job['job']} {job['state']}: {said} read, {job['tokens']:,} tokens"
    else:
        right = f", {job['correct']:,} correct" if job["done"] else ""
        done = f"Job {job['job']} {job['state']}: {said}{right}, {job['tokens']:,} tokens"
    if job["tokens_per_second"]:
        done += f" at {job['tokens_per_second']:,.0f} tokens/s"
    return done + (f". {counted(job['failed'], 'sample')} given up." if job["failed"] else ".")


def of_all(jobs: list[dict[str, Any]]) -> str:
    """What is under way, in a few words."""
    going = [job for job in jobs if job["state"] in OPEN]
    running = [job for job in going if job["state"] == "running"]
    if not going:
        return ""
    waiting = len(going) - len(running)
    if not running:
        return f"{counted(waiting, 'job')} waiting"
    return f"{counted(len(running), 'job')} running" + (f", {waiting:,} waiting" if waiting else "")


def refusals(problems: list[dict[str, Any]]) -> list[str]:
    """Why problems were given up, in the server's words, one sentence for all that failed alike."""
    alike: dict[str, list[str]] = {}
    for problem in problems:
        if problem["failed"]:
            alike.setdefault(problem["error"] or "no reason was given", []).append(problem["problem"])
    return [
        f"Given up, {', '.join(names[:3])}{f' and {len(names) - 3:,} more' if len(names) > 3 else ''}: {words}"
        for words, names in sorted(alike.items(), key=lambda item: -len(item[1]))
    ]
