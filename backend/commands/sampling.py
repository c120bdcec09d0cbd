"""Commands about sampling: jobs planned, launched, watched, ended and taken up again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.background import Tell
from backend.commands.boundary import runs_of_one_benchmark
from backend.commands.plain import Plain, plain, records
from backend.errors import BadInput, Cancelled, EngineFailed
from backend.jobs import topping_up
from backend.jobs.planning import Order, estimate, launch, planned
from backend.jobs.runner import Jobs, jobs_of
from backend.records import JobState
from backend.sampling import engine
from backend.store import benchmark_problems as stored
from backend.store import jobs as kept
from backend.store import queries
from backend.store.database import Store

MOST_ENDED_LISTED = 200
LISTED = ("job", "kind", "state", "run", "key", "model", "benchmark", "done", "wanted", "failed", "correct", "error")


def runner(store: Store) -> Jobs:
    """Return the jobs of a store in this process. Raises BadInput for a store that cannot be written."""
    if store.path is None or store.read_only:
        raise BadInput("The store is open for reading only.", "Open it for writing to draw samples.")
    return jobs_of(store.path)


def order_of(store: Store, arguments: dict[str, Plain]) -> Order:
    """Return an order from a command's arguments; `undetermined` names two runs whose open problems are meant."""
    said = dict(arguments)
    pair = said.pop("undetermined", None)
    if pair:
        if len(pair) != 2:
            raise BadInput(f"{len(pair)} runs are named.", "Name a base run and an RLVR run, with a comma between.")
        said["problems"] = topping_up.undetermined(store, *runs_of_one_benchmark(store, pair))
        if not said["problems"]:
            raise BadInput("No problem is undetermined in this comparison.", "Name problems instead.")
    return Order(**{name: value for name, value in said.items() if value is not None})


def plan(store: Store, /, **arguments: Plain) -> dict[str, Plain]:
    """Tell what a job would draw and take, without launching it."""
    found = planned(store, order_of(store, arguments))
    first = next(iter(found.new.prompts.items()), ("", ""))
    return {
        "run": found.new.run["run"], "problems": len(found.new.wanted), **plain(estimate(store, found)),
        "settings": {**asdict(found.sampling), "stop": list(found.sampling.stop)},
        "verifier": found.new.run["verifier"], "warnings": found.warnings,
        "first_problem": first[0], "first_prompt": first[1],
    }  # fmt: skip


def start_sampling(store: Store, **arguments: Plain) -> dict[str, Plain]:
    """Launch a job in the background, and tell its number."""
    order = order_of(store, arguments)
    warnings = planned(store, order).warnings
    return {**_begun(store, launch(store, order)), "warnings": warnings}


def _begun(store: Store, job: int) -> dict[str, Plain]:
    runner(store).begin(job)
    known = kept.stored_job(store, job)
    return {"job": job, "run": known.run, "state": known.state}


def sample(store: Store, *, progress: Tell | None = None, **arguments: Plain) -> dict[str, Plain]:
    """Launch a job and stay until it has ended."""
    return finish(store, int(start_sampling(store, **arguments)["job"]), progress=progress)


def resume(store: Store, job: int, *, progress: Tell | None = None) -> dict[str, Plain]:
    """Take up again what a job has left, and stay until it has ended."""
    runner(store).resume(job)
    return finish(store, job, progress=progress)


def start_again(store: Store, job: int) -> dict[str, Plain]:
    """Take up again what a job has left, in the background."""
    return {"job": job, "left": runner(store).resume(job)}


def finish(store: Store, job: int, *, progress: Tell | None = None) -> dict[str, Plain]:
    """Stay until a job of this process has ended, and tell what it did. Cancelled watching cancels the job."""
    known, jobs = kept.stored_job(store, job), runner(store)

    def tell() -> None:
        if progress:
            row = kept.jobs(store, job).iloc[0]
            control = jobs.control(job)
            phase = control.phase if control and control.phase else known.run
            progress(phase, int(row["done"]), int(row["wanted"]), 0)

    try:
        jobs.wait(job, tell)
    except Cancelled:
        jobs.cancel(job)
        jobs.wait(job, lambda: None)
        words = f"Job {job} was cancelled."
        raise Cancelled(words, f"What had arrived is kept; `resume {job}` draws the rest.") from None
    return result(store, job)


def result(store: Store, job: int) -> dict[str, Plain]:
    """Tell what an ended job did. Raises EngineFailed where it failed."""
    row = told(store, job)
    if row["state"] == JobState.FAILED:
        raise EngineFailed(f"Job {job} failed: {row['error']}", f"`resume {job}` takes it up again.")
    problems = kept.job_problems(store, job)
    failed = problems[problems["failed"] > 0]
    return {
        "job": job, "run": row["run"], "samples": row["done"], "wanted": row["wanted"], "correct": row["correct"],
        "tokens": row["tokens"], "tokens_per_second": row["tokens_per_second"], "state": row["state"],
        "failed": [
            {"problem": f["problem"], "samples": int(f["failed"]), "error": f["error"]}
            for f in failed.to_dict("records")
        ],
    }  # fmt: skip


def jobs(store: Store) -> list[dict[str, Plain]]:
    """List the jobs, the newest first."""
    return [_listed(store, row) for row in kept.jobs(store).head(MOST_ENDED_LISTED).to_dict("records")]


def told(store: Store, job: int) -> dict[str, Plain]:
    """Tell how one job stands. Raises NotFound where there is none."""
    kept.stored_job(store, job)
    return _listed(store, kept.jobs(store, job).iloc[0].to_dict())


def job(store: Store, job: int) -> dict[str, Plain]:
    """Tell how one job stands, problem by problem."""
    return {**told(store, job), "problems": records(kept.job_problems(store, job))}


def _listed(store: Store, row: dict[Any, Any]) -> dict[str, Plain]:
    """One job as it is told: what runs nowhere any more was interrupted."""
    number = int(row["job"])
    control = None if store.path is None or store.read_only else jobs_of(store.path).control(number)
    if control is None and row["state"] in (JobState.QUEUED, JobState.RUNNING):
        row = {**row, "state": JobState.FAILED, "error": kept.INTERRUPTED}
    speed = control.tokens_per_second() if control else None
    if speed is None and row["seconds"]:
        speed = row["tokens"] / row["seconds"]
    said = json.loads(row["settings"])
    return {
        **plain({name: row[name] for name in LISTED}), "tokens": int(row["tokens"]),
        "tokens_per_second": speed, "eta_seconds": _eta(row, speed) if control else None,
        "engines": said["engines"], "purpose": said.get("purpose"), "under": said.get("under"),
        "prefix_run": said.get("prefix_run"),
        "phase": control.phase if control else "", "cancelling": bool(control and control.cancelled),
        "notes": list(control.notes) if control else [],
        "repeated_replies": control.repeated if control else 0, "asked_by": row["asked_by"],
        **plain({name: row[name] for name in ("asked_at", "began_at", "ended_at", "seconds")}),
    }  # fmt: skip


def _eta(row: dict[Any, Any], speed: float | None) -> float | None:
    """How many seconds are left, by the mean length of what has arrived and the speed of late."""
    if not speed or not row["done"]:
        return None
    return float((row["wanted"] - row["done"] - row["failed"]) * row["tokens"] / row["done"] / speed)


def cancel(store: Store, job: int) -> dict[str, Plain]:
    """End a job; what has arrived is kept."""
    runner(store).cancel(job)
    return {"job": job, "cancelled": True}


def title_of_sample(model: str, benchmark: str, **_: Plain) -> str:
    """Say in a few words what a sampling does."""
    return f"Sampling of {Path(model).name} on {benchmark}"


def title_of_resume(job: int, **_: Plain) -> str:
    """Say in a few words what a resumption does."""
    return f"The rest of job {job}"


def add_problem(
    store: Store, benchmark: str, problem: str, question: str, reference_answer: str | None = None
) -> dict[str, Plain]:
    """Add a problem that is typed in."""
    stored.add_problem(store, benchmark, problem, question, reference_answer)
    return {"benchmark": benchmark, "problem": problem}


def settle(
    store: Store, base: str, rlvr: str, problems: Sequence[str] | None = None, *, most: int = 4096,
    confirm: int | None = None, engines: Sequence[str] = (), dry_run: bool = False, asked_by: str | None = None,
) -> dict[str, Plain]:  # fmt: skip
    """Launch what would settle undetermined problems, for both models; with `confirm`, so many fresh samples apart.

    The numbers are fixed beforehand and are drawn whole.
    """
    keys = runs_of_one_benchmark(store, [base, rlvr])
    if confirm is None:
        wanted, beyond = topping_up.settling(store, keys[0], keys[1], problems, most=most)
    else:
        names = topping_up.undetermined(store, *keys) if problems is None else problems
        wanted, beyond = dict.fromkeys(names, confirm), {}
    answer = {"samples": wanted, "not_within_reach": beyond, "most": most}
    if dry_run or not wanted:
        return {**answer, "jobs": []}
    make = topping_up.order_like if confirm is None else topping_up.confirming
    changes = {"allocation": wanted, "engines": tuple(engines), "asked_by": asked_by}
    orders = [make(store, key, **changes) for key in keys]
    for order in orders:  # both can be launched, or neither is
        planned(store, order)
    launched = [launch(store, order) for order in orders]
    loaded = [bool(order.engines) or _is_loaded(store, order.model) for order in orders]
    begun = {job: _begun(store, job) for _, job in sorted(zip([not it for it in loaded], launched, strict=True))}
    return {**answer, "jobs": [begun[job] for job in launched]}


def _is_loaded(store: Store, model: str) -> bool:
    """Whether the local engine serves this model already, so that its job is best begun before those of others."""
    return store.path is not None and engine.usable(store.path, model) is not None


def settle_and_stay(store: Store, *, progress: Tell | None = None, **arguments: Plain) -> dict[str, Plain]:
    """Draw what would settle undetermined problems from both models, and stay until all of it is there."""
    found = settle(store, **arguments)
    return {**found, "jobs": [finish(store, each["job"], progress=progress) for each in found["jobs"]]}


def title_of_settling(base: str, rlvr: str, **_: Plain) -> str:
    """Say in a few words what a settling does."""
    return f"What {base} and {rlvr} leave open"


def continue_from(
    store: Store, run: str, problem: str, prefix: str, samples: int, *, by: str | None = None,
    engines: Sequence[str] = (), asked_by: str | None = None,
) -> dict[str, Plain]:  # fmt: skip
    """Launch samples that go on from the beginning of an answer; they never enter any run's counts.

    by: the run whose model goes on; the one that wrote the beginning unless said.
    """
    wrote = queries.find_run(store, run)
    drawer = wrote if by is None else queries.find_run(store, by)
    if drawer != wrote:
        runs_of_one_benchmark(store, [wrote, drawer])
    order = topping_up.continuing(
        store, wrote, problem, prefix, samples, by=drawer, engines=tuple(engines), asked_by=asked_by
    )  # fmt: skip
    return _begun(store, launch(store, order))


def continue_and_stay(store: Store, *, progress: Tell | None = None, **arguments: Plain) -> dict[str, Plain]:
    """Draw samples that go on from the beginning of an answer, and stay until all are there."""
    return finish(store, int(continue_from(store, **arguments)["job"]), progress=progress)


def title_of_continuing(run: str, problem: str, **_: Plain) -> str:
    """Say in a few words what such samples are."""
    return f"Samples that go on from a beginning of {run} on {problem}"
