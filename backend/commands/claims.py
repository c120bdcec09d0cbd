"""The command that holds the paper's claims against runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from backend.commands.boundary import runs_of_one_benchmark
from backend.commands.comparisons import check_level
from backend.commands.plain import Plain, plain
from backend.commands.planning import check_budget, check_share
from backend.comparison.claim_rows import DISTILLED, OTHER, RLVR, Asked, ClaimRun, Row
from backend.comparison.claims import Claim, evaluated, headline, last_of_training
from backend.comparison.difference import POWER
from backend.comparison.finding import labels_of
from backend.comparison.likelihood import TOLERANCE as LIKELIHOOD_TOLERANCE
from backend.comparison.novelty import TOLERANCE as NOVELTY_TOLERANCE
from backend.errors import BadInput
from backend.published import PAPER
from backend.records import Training
from backend.statistics.bootstrap import SEED
from backend.store import queries
from backend.store.database import Store
from backend.store.likelihoods import likelihoods
from backend.store.places import SETTINGS
from backend.store.training_logs import family_of

LEAST = {"q": 0.0, "tolerance": 0.0, "difference": 0.0, "power": 0.5}


def claims(
    store: Store,
    base: str,
    others: Sequence[str],
    *,
    k: int | None = None,
    m: int | None = None,
    level: float = 0.95,
    q: float = 0.1,
    seed: int = SEED,
    tolerance: float = NOVELTY_TOLERANCE,
    likelihood_tolerance: float = LIKELIHOOD_TOLERANCE,
    difference: float = 0.02,
    power: float = POWER,
) -> dict[str, Plain]:
    """Hold the seven claims of the paper against a base run and others of one benchmark.

    The settings are those of `comparison.claim_rows.Asked`. A run marked distilled or SFT is taken as such, any other
    as RLVR. Of the checkpoints of one training only the last stands for RLVR.
    """
    wanted = Asked(
        k=k, m=m, level=level, q=q, seed=seed, tolerance=tolerance, likelihood_tolerance=likelihood_tolerance,
        difference=difference, power=power,
    )  # fmt: skip
    _check(wanted)
    keys = runs_of_one_benchmark(store, [base, *others])
    frame = queries.runs(store).set_index("run", drop=False).loc[keys]
    about, labels = {str(row["run"]): row for row in frame.to_dict("records")}, labels_of(frame)
    taken = [_claim_run(about[key], about[keys[0]], labels[key]) for key in keys]
    counts = queries.correct_counts(store, keys)
    scored = {one.run: likelihoods(store, keys[0], one.run) for one in last_of_training(taken[1:])}
    found = evaluated(taken[0], taken[1:], counts, scored, wanted)
    benchmark = str(about[keys[0]]["benchmark"])
    told = [_in_plain(claim, benchmark, keys[0]) for claim in found]
    tests = sum(row["q"] is not None for claim in told for row in claim["rows"])
    return {
        "headline": headline(found, benchmark),
        "benchmark": benchmark,
        "base": keys[0],
        "runs": [{"run": one.run, "name": one.name, "taken_as": one.role} for one in taken[1:]],
        "notes": _notes(about, taken),
        "tests": tests,
        **plain(asdict(wanted)),
        "claims": told,
    }


def _check(wanted: Asked) -> None:
    """Raise BadInput for what cannot be asked."""
    check_level(wanted.level)
    for name, above in LEAST.items():
        check_share(name, getattr(wanted, name), above)
    if not 0 < wanted.likelihood_tolerance < 100:
        raise BadInput(
            f"likelihood_tolerance is {wanted.likelihood_tolerance:g}.",
            "Name a number of nats a token above 0, like 0.1.",
        )
    for name in ("k", "m"):
        check_budget(name, getattr(wanted, name))


Described = Mapping[Any, Any]
"""A run as `queries.runs` describes it."""


def _claim_run(one: Described, base: Described, label: str) -> ClaimRun:
    step: int | None = None if pd.isna(one["checkpoint_step"]) else int(one["checkpoint_step"])
    settings = [_said(one[name]) for name in SETTINGS]
    roles = {str(Training.DISTILLED): DISTILLED, str(Training.SFT): OTHER}
    return ClaimRun(
        run=str(one["run"]),
        name=label,
        role=roles.get(str(one["training"]), RLVR),
        training="|".join([family_of(str(one["model"]), step), *settings]),
        step=step,
        alike=settings == [_said(base[name]) for name in SETTINGS] and _stems_from(one, base),
    )


def _said(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _stems_from(one: Described, base: Described) -> bool:
    """Whether a run's model is of this base; one that does not say is taken to be."""
    return _said(one["base_model"]) in ("", str(base["model"]))


def _notes(about: Mapping[str, Described], taken: Sequence[ClaimRun]) -> list[str]:
    """What a reader must know of how the runs were taken, one sentence each."""
    base, others = taken[0], taken[1:]
    origin, final = about[base.run], [one.run for one in last_of_training(others)]
    earlier = [one.name for one in others if one.role == RLVR and one.run not in final]
    notes = [f"Earlier checkpoints enter the claim on training only: {', '.join(earlier)}."] if earlier else []
    for one in others:
        row = about[one.run]
        if one.role == RLVR and row["training"] != Training.RLVR:
            said = _said(row["training"]) or "no training"
            notes.append(f"{one.name} is not marked as RLVR ({said}); it is taken as such.")
        if one.role == OTHER:
            notes.append(f"{one.name} is an SFT model, of which the paper claims nothing; it is left out.")
        elif not _stems_from(row, origin):
            notes.append(f"{one.name} is said to stem from {row['base_model']}, not from {origin['model']}.")
        elif not one.alike:
            notes.append(f"{one.name} was sampled with other settings than {base.name}; differences are theirs too.")
    return notes


def _in_plain(claim: Claim, benchmark: str, base: str) -> dict[str, Plain]:
    """Return a claim as plain data; where it has one row, with that row's effect."""
    rows = [
        {**plain(asdict(row)), "runs": list(row.runs), "view": view(claim.key, row, benchmark, base)}
        for row in claim.rows
    ]
    only = rows[0] if len(rows) == 1 else {}
    names = ("effect", "low", "high", "unit", "p", "q", "k", "problems", "problems_needed", "needed")
    return {
        "key": claim.key,
        "statement": claim.statement,
        "source": f"{PAPER}, arXiv 2504.13837, {claim.source}",
        "verdict": claim.verdict,
        "sentence": claim.sentence,
        "effect_is": claim.effect,
        **{name: only.get(name) for name in names},
        "view": _view_of_all(claim, benchmark, base),
        "rows": rows,
    }


def _view_of_all(claim: Claim, benchmark: str, base: str) -> str | None:
    """Return the link to the view that shows all rows of a claim; None where each has a view of its own."""
    if len(claim.rows) > 1 and claim.key in ("within", "likelihood"):
        return None
    runs = list(dict.fromkeys(run for row in claim.rows for run in row.runs))
    return view(claim.key, replace(claim.rows[0], runs=tuple(runs)), benchmark, base) if claim.rows else None


def view(claim: str, row: Row, benchmark: str, base: str) -> str:
    """Return the link to the view that shows a row, from the app's address on."""
    page, parameters = _page(claim, row, benchmark, base)
    return f"{page}?{urlencode(parameters, doseq=True)}"


def _page(claim: str, row: Row, benchmark: str, base: str) -> tuple[str, dict[str, Any]]:
    """Return the page that shows a row of a claim, and the parameters of its link."""
    pair = {"benchmark": benchmark, "base": base, "rlvr": row.runs[0]}
    if claim == "within":
        return "boundary", {**pair, **({"m": row.k} if row.k else {})}
    if claim == "likelihood":
        return ("problem", {**pair, "problem": row.shows}) if row.shows is not None else ("library", {})
    runs = list(row.runs) if claim == "training" else [base, *row.runs]
    return "curves", {"benchmark": benchmark, "run": runs}
