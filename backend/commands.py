"""What the program can be asked, as functions from plain arguments to plain data: the command line and the app's
HTTP interface both call these, so that each gives the same answer."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from backend import hygiene as sample_hygiene
from backend import regrade as grading
from backend.boundary import (
    UNDETERMINED,
    mcnemar_of_sets,
    more_samples,
    problem_verdicts,
    rerun_budget,
    self_null,
    solved_table,
)
from backend.comparison import compared_counts, curve, k_grid, smallest_n, solved_sets
from backend.config import ROOT, settings
from backend.errors import AppError, BadInput, NotFound
from backend.handover import error_in_plain
from backend.importers import Wanted, import_file, import_paths, mapping_for, previews, saved_mappings
from backend.importers.source import Source
from backend.store import queries
from backend.store.database import Store
from backend.store.verdicts import set_counting_verifier, verdicts_of
from backend.store.writes import ImportReport, delete_run
from backend.verifiers import VERIFIERS

DEMO = ROOT / "data" / "demo"
RUN_COLUMNS = (
    *("run", "key", "model", "training", "base_model", "checkpoint_step", "benchmark", "problems", "samples"),
    *("correct", "no_answer", "errors", "unscored", "temperature", "top_p", "max_tokens", "verifier"),
)

Plain = Any
"""What JSON can say: None, bool, int, float, str, and lists and dicts of these."""


@dataclass(frozen=True)
class Command:
    """One command: what answers it, and whether it changes the store."""

    answer: Callable[..., Plain]
    writes: bool = False


def runs(store: Store) -> list[dict[str, Plain]]:
    """List the runs."""
    frame = queries.runs(store).rename(columns={"run": "key"}).rename(columns={"name": "run"})
    return records(frame[list(RUN_COLUMNS)])


def counts(store: Store, run: str) -> list[dict[str, Plain]]:
    """List n and c of each problem of a run."""
    return records(queries.correct_counts(store, [queries.find_run(store, run)])[["problem", "n", "c"]])


def curves(store: Store, runs: Sequence[str], ks: Sequence[int] | None = None) -> list[dict[str, Plain]]:
    """Give the pass@k curve of each run, at these k or at the grid of its own."""
    if ks is not None and any(k < 1 for k in ks):
        raise BadInput(f"k is {min(ks)}.", "k counts samples; name whole numbers from 1.")
    rows: list[dict[str, Plain]] = []
    for words in runs:
        frame = queries.correct_counts(store, [queries.find_run(store, words)])
        points = curve(frame, k_grid(smallest_n(frame)) if ks is None else ks)
        rows += [{"run": words, **row} for row in records(points)]
    return rows


def compare(store: Store, base: str, rlvr: str, m: int | None = None, q: float = 0.1) -> dict[str, Plain]:
    """Hold two runs of one benchmark against each other, problem by problem.

    The sets are of problems solved at least once; table, rates and self null are at the budget m, by default half the
    smallest n, the largest at which a rerun can be judged; q is the false discovery rate of the verdicts.
    """
    keys = [queries.find_run(store, words) for words in (base, rlvr)]
    known = queries.runs(store).set_index("run")["benchmark"]
    if known[keys[0]] != known[keys[1]]:
        raise BadInput(
            f"{base} is a run on {known[keys[0]]}, {rlvr} one on {known[keys[1]]}.", "Compare runs on one benchmark."
        )
    frame = queries.correct_counts(store, keys)
    sides = [frame[frame["run"] == key] for key in keys]
    sets = solved_sets(*sides)
    drawn = set(frame["problem"])
    undrawn = [name for name in queries.problem_names(store, str(known[keys[0]])) if name not in drawn]
    honest = _boundary(compared_counts(*sides), m, q)
    return {**sets, "not_compared": sets["not_compared"] + undrawn, **honest}


def _boundary(counts: pd.DataFrame, m: int | None, q: float) -> dict[str, Plain]:
    """Return the solved table at one budget, its rates, the rerun null, and a verdict for each problem."""
    if counts.empty:
        return {"m": None, "verdicts": []}
    smallest = int(counts[["n_base", "n_rlvr"]].to_numpy().min())
    budget = max(1, rerun_budget(counts)) if m is None else m
    if not 1 <= budget <= smallest or not 0 < q < 1:
        raise BadInput(
            f"m is {budget} and q is {q:g}.", f"m must lie between 1 and the smallest n, {smallest}; q between 0 and 1."
        )
    table = solved_table(counts, budget)
    verdicts = problem_verdicts(counts, m=budget, q=q)
    sides = verdicts[["c_base", "n_base", "c_rlvr", "n_rlvr"]].itertuples(index=False, name=None)
    open_ = verdicts["verdict"] == UNDETERMINED
    alpha = q / len(counts)
    wanted = [more_samples(*side, alpha=alpha) if o else 0 for side, o in zip(sides, open_, strict=True)]
    rates = {name: getattr(table, name) for name in ("srr", "ndr", "sds", "nscr")}
    return {
        "m": budget,
        "table": {name: getattr(table, name) for name in ("both", "base_only", "rlvr_only", "neither")},
        **plain(rates),
        "mcnemar_p": mcnemar_of_sets(counts),
        "self_null": plain(
            {
                "base": self_null(counts["n_base"], counts["c_base"], budget),
                "rlvr": self_null(counts["n_rlvr"], counts["c_rlvr"], budget),
            }
        ),
        "verdicts": [{**row, "more_samples": w} for row, w in zip(records(verdicts), wanted, strict=True)],
    }


def samples(store: Store, run: str, problem: str) -> list[dict[str, Plain]]:
    """List a run's samples of one problem with their texts, as rows that can be imported again."""
    key = queries.find_run(store, run)
    known = queries.runs(store).set_index("run").loc[key]
    frame = queries.samples_with_texts(store, key, problem)
    if frame.empty:
        raise NotFound(
            f"Run {run} has no samples of problem {problem}.", "`python -m backend counts` lists its problems."
        )
    stated = queries.problem(store, str(known["benchmark"]), problem)
    correct = frame["verdict"].map({"correct": True, "incorrect": False, "no_answer": False})
    head = {"benchmark": known["benchmark"], "problem_id": problem}
    if stated:
        head |= {"question": stated.question, "reference_answer": stated.reference_answer}
    head |= {"model": known["model"], "training": known["training"], "base_model": known["base_model"],
             "checkpoint_step": known["checkpoint_step"], "run": known["name"]}  # fmt: skip
    settings = {s: known[s] for s in ("temperature", "top_p", "max_tokens")}
    frame = frame.drop(columns=["metadata"])
    frame.insert(3, "correct", correct)
    return [plain({**head, **row, **settings}) for row in frame.to_dict("records")]


def import_(
    store: Store,
    paths: Sequence[str],
    *,
    benchmark: str | None = None,
    model: str | None = None,
    training: str | None = None,
    run: str | None = None,
    strict: bool = False,
    format_name: str | None = None,
    mapping: str | None = None,
    map_fields: Sequence[str] = (),
    texts: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Plain]:
    """Import files and folders; what was refused stands under `error`, after the reports of what came before it."""
    wanted = Wanted(format_name=format_name, mapping=mapping, map_fields=tuple(map_fields), texts=texts)
    given = {"benchmark": benchmark, "model": model, "training": training, "run": run}
    imports: list[dict[str, Plain]] = []
    files = [Path(path) for path in paths]
    try:
        for report in import_paths(store, files, wanted=wanted, **given, strict=strict, progress=progress):
            imports.append(report_in_plain(report))
    except AppError as error:
        told = error_in_plain(error)
        if error.rejected:
            imports.append({"file": files[0].name, "added": 0, "rejected": told["rejected"]})
        return {"imports": imports, "error": told}
    return {"imports": imports}


def formats(_: Store) -> list[dict[str, Plain]]:
    """List the formats that are read, with their fields."""
    return previews.formats()


def inspect(
    store: Store,
    path: str,
    *,
    format_name: str | None = None,
    mapping: str | None = None,
    map_fields: Sequence[str] = (),
) -> dict[str, Plain]:
    """Say what a file is and what would be stored of it, storing nothing."""
    wanted = Wanted(format_name=format_name, mapping=mapping, map_fields=tuple(map_fields))
    return previews.inspect(Path(path), wanted=wanted, database=store.path)


def save_mapping(
    store: Store, name: str, path: str, *, mapping: str | None = None, map_fields: Sequence[str] = ()
) -> dict[str, Plain]:
    """Keep a mapping under a name, for files like this one."""
    wanted = Wanted(mapping=mapping, map_fields=tuple(map_fields))
    database = store.path or settings().database
    kept = saved_mappings.save_mapping(database, name, mapping_for(Source(Path(path), path), wanted, database))
    return {"mapping": name, "kept_in": str(kept)}


def verifiers(_: Store) -> list[dict[str, Plain]]:
    """List the verifiers that can grade."""
    return [{"name": v.name, "version": v.version, "meaning": v.meaning} for v in VERIFIERS.values()]


def regrade(
    store: Store,
    run: str,
    verifier: str,
    *,
    counts: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Plain]:
    """Grade a run's samples with a verifier of ours; its verdicts then count, unless `counts` is off."""
    key = queries.find_run(store, run)
    return plain(asdict(grading.regrade(store, key, verifier, counts=counts, progress=progress)))


def verdicts(store: Store, run: str) -> list[dict[str, Plain]]:
    """List which verifiers have judged a run, which one counts, and how far they disagree."""
    return records(verdicts_of(store, queries.find_run(store, run)))


def count_by(store: Store, run: str, verifier: str) -> dict[str, Plain]:
    """Let the verdicts of a verifier that has judged a run be those that count."""
    changed = set_counting_verifier(store, queries.find_run(store, run), verifier)
    return {"run": run, "verifier": verifier, "changed": changed}


def correct(store: Store, benchmark: str, problem: str, answer: str) -> dict[str, Plain]:
    """Correct a problem's reference answer, which grades the problem's samples again."""
    return plain(asdict(grading.correct_reference_answer(store, benchmark, problem, answer)))


def hygiene(store: Store, run: str, *, texts: bool = False) -> list[dict[str, Plain]]:
    """Report what may be wrong with a run's samples; `texts` adds the findings that read every completion."""
    key = queries.find_run(store, run)
    found = sample_hygiene.findings(store, key) + (sample_hygiene.text_findings(store, key) if texts else [])
    return [
        plain({**vars(finding), "rows": None if finding.rows is None else records(finding.rows)}) for finding in found
    ]


def delete(store: Store, run: str) -> dict[str, Plain]:
    """Delete a run and give its space back."""
    return {"deleted": run, "bytes_freed": delete_run(store, queries.find_run(store, run))}


def demo(store: Store, folder: str | None = None) -> dict[str, Plain]:
    """Fill an empty store with the samples that come with the project; a store that holds runs stays as it is."""
    if queries.totals(store)["runs"]:
        return {"imports": []}
    files = sorted(Path(folder or DEMO).glob("*.parquet"), key=lambda p: (p.stem != "problems", p.name))
    wanted = [p for p in files if not p.stem.startswith("training-log")]
    return {"imports": [report_in_plain(import_file(store, path)) for path in wanted]}


COMMANDS: Mapping[str, Command] = {
    "import": Command(import_, writes=True),
    "formats": Command(formats),
    "inspect": Command(inspect),
    "save_mapping": Command(save_mapping),
    "verifiers": Command(verifiers),
    "regrade": Command(regrade, writes=True),
    "verdicts": Command(verdicts),
    "count_by": Command(count_by, writes=True),
    "correct": Command(correct, writes=True),
    "hygiene": Command(hygiene),
    "runs": Command(runs),
    "counts": Command(counts),
    "curve": Command(curves),
    "compare": Command(compare),
    "samples": Command(samples),
    "delete": Command(delete, writes=True),
    "demo": Command(demo, writes=True),
}


def report_in_plain(report: ImportReport) -> dict[str, Plain]:
    """Return an import's report as plain data."""
    return asdict(report)


def records(frame: pd.DataFrame) -> list[dict[str, Plain]]:
    """Return a frame's rows as plain data, undefined values as None."""
    return [plain(row) for row in frame.to_dict("records")]


def plain(row: Mapping[Any, Any]) -> dict[str, Plain]:
    """Return one row as plain data, undefined values as None."""
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Plain:
    if isinstance(value, datetime) and value is not pd.NaT:
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
