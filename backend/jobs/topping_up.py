"""Jobs that follow from what is known: what would settle a verdict, fresh samples that confirm, samples from a node."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from backend.comparison.counts import compared_counts, smallest_n
from backend.comparison.verdicts import UNDETERMINED, problem_verdicts
from backend.errors import BadInput, NotFound
from backend.jobs.planning import CONFIRMATION, Order, filled_prompts, sampling_of
from backend.sampling.endpoints import endpoint_named
from backend.sampling.engine import ZOO, resolved
from backend.store import benchmark_problems as stored
from backend.store import queries
from backend.store.database import Store
from backend.store.jobs import NewJob

SCORED_AT_ONCE = 16


def verdicts(store: Store, base: str, rlvr: str) -> pd.DataFrame:
    """Return one row a problem that both runs drew, with its verdict and how many more samples would settle it."""
    frame = queries.correct_counts(store, [base, rlvr])
    counts = compared_counts(frame[frame["run"] == base], frame[frame["run"] == rlvr])
    m = min(smallest_n(frame[frame["run"] == key]) for key in (base, rlvr)) if len(counts) else 1
    return problem_verdicts(counts, m=max(1, m))


def undetermined(store: Store, base: str, rlvr: str) -> list[str]:
    """Return the problems of which the samples of two runs do not tell which one is ahead."""
    found = verdicts(store, base, rlvr)
    return [str(name) for name in found["problem"][found["verdict"] == UNDETERMINED]]


def settling(
    store: Store, base: str, rlvr: str, problems: Sequence[str] | None = None, *, most: int = 4096
) -> tuple[dict[str, int], dict[str, int | None]]:
    """Return how many more samples of each problem both runs need, and those of which more than `most` would be needed.

    The number is fixed before anything is drawn and is drawn whole, whatever comes first: a run that stopped at its
    first success would overstate its success rate. problems: None for all that are undetermined.
    """
    found = verdicts(store, base, rlvr).set_index("problem")
    names = [n for n in found.index if found.at[n, "verdict"] == UNDETERMINED] if problems is None else list(problems)
    if missing := [name for name in names if name not in found.index]:
        raise NotFound(f"Problem {missing[0]} is not drawn by both runs.", "`compare` lists those that are.")
    more: dict[str, int | None] = {
        name: None if pd.isna(count) else int(count)
        for name, count in zip(names, found["more_samples"].loc[names].tolist(), strict=True)
    }
    wanted = {name: count for name, count in more.items() if count is not None and 0 < count <= most}
    beyond = {name: count for name, count in more.items() if count is None or count > most}
    return wanted, beyond


def order_like(store: Store, run: str, **changes: Any) -> Order:
    """Return an order for more samples just as those of a run: its model, settings, prompts and verifier."""
    known = stored.run_named(store, run)
    if known is None:
        raise NotFound(f"The store holds no run {run}.", "`python -m backend runs` lists the runs there are.")
    benchmark = str(queries.runs(store).set_index("run").at[known["key"], "benchmark"])
    order = Order(
        model=model_of(store, str(known["model"])), benchmark=benchmark, run=str(known["name"]),
        temperature=known["temperature"], top_p=known["top_p"], max_tokens=known["max_tokens"],
        template=known["prompt_template"], verifier=None,
    )  # fmt: skip
    return replace(order, **changes)


def confirming(store: Store, run: str, **changes: Any) -> Order:
    """Return an order for fresh samples like those of a run, kept apart in a run of their own, which confirms it."""
    order = order_like(store, run, **changes)
    return replace(order, run=f"{order.run} · {CONFIRMATION}", purpose=CONFIRMATION)


def model_of(store: Store, model: str) -> str:
    """Return the path or id by which a model of the store can be loaded: as it last was, else by its name."""
    path = stored.model_source(store, model) or (str(ZOO / model) if (ZOO / model / "config.json").exists() else model)
    if Path(path).is_absolute() and not Path(path).exists():
        raise BadInput(f"{model} was loaded from {path}, which is gone.", "Name the model's path.")
    return path


def continuing(
    store: Store, run: str, problem: str, prefix: str, samples: int, *, by: str | None = None, **changes: Any
) -> Order:
    """Return an order for samples that go on from the beginning of an answer of a run; they are no draws of any run.

    by: the run whose model goes on, by its own settings and prompt; None for the one that wrote the beginning.
    Raises BadInput where no sample of the run begins so, or the beginning is empty.
    """
    texts = queries.samples_with_texts(store, run, problem)["completion"].dropna()
    if not prefix or not texts.str.startswith(prefix).any():
        raise BadInput("No sample of this run begins like that.", "Pick a node of the tree, or a sample and a length.")
    return order_like(
        store, by or run, problems=[problem], samples=samples, prefix=prefix, prefix_run=run, **changes
    )  # fmt: skip


def scoring(
    store: Store, run: str, under: str, *, engines: Sequence[str] = (), per_token: bool = False,
    problems: Sequence[str] | None = None, most: int | None = None, asked_by: str | None = None,
) -> NewJob:  # fmt: skip
    """Return the job that reads a run's samples through another model, or through the one that drew them.

    most: samples a problem, from the first on. Raises BadInput where the run has no texts.
    """
    known = stored.run_named(store, run)
    if known is None:
        raise NotFound(f"The store holds no run {run}.", "`python -m backend runs` lists the runs there are.")
    for engine in engines:
        endpoint_named(engine)
    path = under if engines else resolved(model_of(store, under))[0]
    drawn = stored.drawn_texts(store, str(known["key"]))
    chosen = {n: c if most is None else min(c, most) for n, c in drawn.items() if problems is None or n in problems}
    if not chosen:
        raise BadInput(f"Run {run} has no texts to score.", "Import its completions, or draw samples.")
    benchmark = str(queries.runs(store).set_index("run").at[known["key"], "benchmark"])
    stated = stored.problems_named(store, benchmark, list(chosen))
    sampling = sampling_of(known, list(stated.values()))
    name = _reader_name(store, under, path, engines)
    return NewJob(
        kind="scores", benchmark=benchmark, run={"run": known["name"], "model": known["model"]}, wanted=chosen,
        settings={"model": path, "under": name, "sampling": asdict(sampling), "engines": list(engines), "seed": None,
                  "per_token": per_token},
        prompts=filled_prompts(sampling, stated), batch=SCORED_AT_ONCE, asked_by=asked_by,
    )  # fmt: skip


def _reader_name(store: Store, under: str, path: str, engines: Sequence[str]) -> str:
    """Name the model that reads as the store's runs name it, so that its likelihoods are found beside theirs."""
    if stored.knows_model(store, under):
        return under
    return resolved(path)[1] if not engines else (under if under.count("/") == 1 else Path(under).name)
