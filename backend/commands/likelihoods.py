"""Commands about how likely samples are under models: scoring jobs, perplexities, and where a sampler closes a path."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from backend.background import Tell
from backend.commands.boundary import runs_of_one_benchmark
from backend.commands.plain import Plain, plain, records
from backend.commands.sampling import finish, runner
from backend.commands.sampling import result as drawn
from backend.comparison.perplexity import PAIRS, contrasts, log_perplexities, perplexity_of
from backend.errors import BadInput
from backend.jobs import topping_up
from backend.statistics.nucleus import MARGIN, closed
from backend.store import jobs as kept
from backend.store import queries
from backend.store import scores as stored
from backend.store.database import Store
from backend.store.prefix_samples import prefix_samples as continued


def start_scoring(
    store: Store, run: str, under: str, *, per_token: bool = False, problems: Sequence[str] | None = None,
    most: int | None = None, engines: Sequence[str] = (), asked_by: str | None = None,
) -> dict[str, Plain]:  # fmt: skip
    """Launch the reading of a run's samples by a model, in the background, and tell the job's number."""
    key = queries.find_run(store, run)
    new = topping_up.scoring(
        store, key, under, engines=tuple(engines), per_token=per_token, problems=problems, most=most, asked_by=asked_by
    )
    job = kept.record_job(store, new)
    runner(store).begin(job)
    return {"job": job, "run": kept.stored_job(store, job).run, "under": new.settings["under"]}


def score(
    store: Store, run: str, under: str, *, per_token: bool = False, problems: Sequence[str] | None = None,
    most: int | None = None, engines: Sequence[str] = (), progress: Tell | None = None,
) -> dict[str, Plain]:  # fmt: skip
    """Let a model read a run's samples token by token, and stay until that is done."""
    begun = start_scoring(store, run, under, per_token=per_token, problems=problems, most=most, engines=engines)
    finish(store, int(begun["job"]), progress=progress)
    return result(store, int(begun["job"]))


def result(store: Store, job: int) -> dict[str, Plain]:
    """Tell what an ended job did; of a scoring, how likely the samples were. Raises EngineFailed where it failed."""
    done, known = drawn(store, job), kept.stored_job(store, job)
    if known.kind != "scores":
        return done
    under = str(known.settings["under"])
    frame = stored.likelihoods(store, [known.key], under)
    other = int((~frame["same_tokens"].astype("boolean").fillna(True)).sum()) if len(frame) else 0
    return {**done, "samples": len(frame), "under": under, **_summed(frame), "other_tokens": other}


def _summed(frame: pd.DataFrame) -> dict[str, Plain]:
    """Tokens and perplexities over all scored samples: of the tokens together, and as the mean over samples."""
    if frame.empty:
        return {"tokens": 0, "perplexity": None}
    return plain({
        "tokens": int(frame["tokens"].sum()),
        "perplexity": float(np.exp(-(frame["sum_logprob"] / frame["tokens"]).mean())),
    })  # fmt: skip


def title_of_score(run: str, under: str, **_: Plain) -> str:
    """Say in a few words what a scoring does."""
    return f"Scoring of {run} under {Path(under).name}"


def likelihoods(store: Store, run: str, under: str | None = None) -> list[dict[str, Plain]]:
    """List how likely a run's samples are under the models that read them."""
    return records(stored.likelihoods(store, [queries.find_run(store, run)], under))


def perplexity(store: Store, base: str, rlvr: str) -> dict[str, Plain]:
    """Give the perplexity of each model's samples under both models, by problem and over the benchmark."""
    keys = runs_of_one_benchmark(store, [base, rlvr])
    models = [str(m) for m in queries.runs(store).set_index("run").loc[keys, "model"]]
    if models[0] == models[1]:
        raise BadInput(f"Both runs are of {models[0]}.", "Name runs of two models.")
    frame = stored.likelihoods(store, keys)
    frame = frame[frame["model"].isin(models)]
    roles = dict(zip(keys, ("base", "rlvr"), strict=True)), dict(zip(models, ("base", "rlvr"), strict=True))
    means = log_perplexities(frame.assign(wrote=frame["run"].map(roles[0]), reads=frame["model"].map(roles[1])))
    missing = [
        {"run": keys[("base", "rlvr").index(wrote)], "under": models[("base", "rlvr").index(reads)]}
        for reads, wrote in PAIRS
        if means[(means["reads"] == reads) & (means["wrote"] == wrote)].empty
    ]
    return {
        "runs": keys,
        "models": models,
        "perplexity": {f"PPL_{r}(Y_{w})": plain({"v": perplexity_of(means, r, w)})["v"] for r, w in PAIRS},
        "contrasts": [plain(asdict(each)) for each in contrasts(means)],
        "to_be_scored": missing,
        "problems": records(means.assign(perplexity=np.exp(means["log_perplexity"]))),
    }


def tokens(store: Store, run: str, problem: str, sample_index: int, under: str) -> list[dict[str, Plain]]:
    """List the tokens of one sample as a model read them, where that was kept."""
    frame = stored.token_likelihoods(store, queries.find_run(store, run), under, problem)
    return records(frame[frame["sample_index"] == sample_index].drop(columns=["sample_index", "verdict"]))


def blocked(
    store: Store, run: str, under: str, *, temperature: float | None = None, top_p: float | None = None,
    top_k: int | None = None, only_correct: bool = True,
) -> dict[str, Plain]:  # fmt: skip
    """Tell which samples another model's sampler could never draw, and at which token it closes the way.

    The sampler is the run's own unless said otherwise; the temperature must be the one that was scored for.
    """
    key = queries.find_run(store, run)
    known = queries.runs(store).set_index("run").loc[key]
    scored_at: float | None = None if pd.isna(known["temperature"]) else float(known["temperature"])
    if temperature is not None and not stored.alike(temperature, scored_at):
        raise BadInput(
            f"The tokens were scored for temperature {scored_at}, not {temperature}.", "Ask at that temperature."
        )
    nucleus = top_p if top_p is not None else (1.0 if pd.isna(known["top_p"]) else float(known["top_p"]))
    if nucleus >= 1 and top_k is None:
        raise BadInput("At top-p 1 a sampler may draw every token, so that no path is closed.", "Name a --top-p below.")
    frame = stored.likelihoods(store, [key], under)
    if only_correct:
        frame = frame[frame["verdict"] == "correct"]
    paths = [
        path
        for problem in dict.fromkeys(frame["problem"])
        for path in _closed_paths(store, key, under, str(problem), nucleus, top_k, only_correct)
    ]
    if not paths:
        raise BadInput(f"No samples of {run} were read token by token by {under}.", "`score --per-token` reads them.")
    return {
        "under": under, "temperature": scored_at, "top_p": nucleus, "top_k": top_k, "margin": MARGIN,
        "samples": len(paths), "blocked": sum(path["blocked"] is True for path in paths), "paths": paths,
    }  # fmt: skip


def _closed_paths(
    store: Store, run: str, under: str, problem: str, top_p: float, top_k: int | None, only_correct: bool
) -> list[dict[str, Plain]]:
    """One row a sample: whether it is blocked (None: that cannot be told), and its first closed token."""
    tokens = stored.token_likelihoods(store, run, under, problem)
    if only_correct:
        tokens = tokens[tokens["verdict"] == "correct"]
    paths = []
    for index, own in tokens.groupby("sample_index", sort=True):
        rows = own.to_dict("records")
        hit = next((r for r in rows if closed(r["likelier_least"], r["rank"], top_p, top_k)), None)
        open_ = hit is None and any(r["likelier_most"] >= top_p > r["likelier_least"] for r in rows)
        place = {"position": hit["position"], "token": hit["token"], "logprob": hit["logprob"], "rank": hit["rank"]}\
            if hit else {}  # fmt: skip
        paths.append(plain({
            "problem": problem, "sample_index": int(str(index)), "verdict": rows[0]["verdict"],
            "blocked": True if hit else None if open_ else False, **place,
        }))  # fmt: skip
    return paths


def prefix_samples(store: Store, run: str, problem: str | None = None) -> list[dict[str, Plain]]:
    """List the samples that a run's model drew from given beginnings; none of them is in the run's counts."""
    return records(continued(store, queries.find_run(store, run), problem))
