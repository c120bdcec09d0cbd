"""The Qwen2.5-Math evaluation's JSON Lines, as limit-of-RLVR and SimpleRL write them: a line a problem.

ToRA, from which it descends, writes the same lines without `score`: its samples come unscored.
"""

import re
from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, lists_of, name_of, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import benchmark_in, folders, json_beside, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

FILE_NAME = re.compile(
    r"(?P<before>.*?)(?:^|[._-])(?:test|train|val|validation|dev)_(?P<prompt>.+)_(?P<cut>-?\d+)_seed(?P<seed>\d+)"
    r"_t(?P<temperature>\d+(?:\.\d+)?)_s(?P<start>\d+)_e(?P<end>-?\d+)$"
)
RUN_FOLDER = re.compile(
    r"^(?P<run>.+)_temp(?P<temperature>[\d.]+)(?:_topp(?P<top_p>[\d.]+))?(?:_n\d+)?(?:_seed(?P<seed>\d+))?$"
)
STEP_FOLDER = re.compile(r"^global_step_?(\d+)$")
BETWEEN = frozenset(("eval_results", "math_eval", "outputs", "results", "checkpoints"))
"""Folders between a benchmark's and its model's."""
SEED = re.compile(r"[._-]?seed_?(\d+)")


def recognises(source: Source) -> bool:
    """Tell by the first row: an `idx`, the reference `gt`, and lists of completions and predictions."""
    seen = look(source)
    return seen.rows and seen.has("idx", "gt") and seen.lists("code", "pred")


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of all problems; settings come from the names of file and folders."""
    settings = settings_of(source)
    seen: set[Any] = set()

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        problem = name_of(row, "idx")
        if problem in seen:
            gathered.reject(line, f"idx {problem} stands on an earlier line already")
            return
        add_problem(gathered, line, row, settings)
        seen.add(problem)

    yield from batches(source, given, rows_of(source), add)


def add_problem(gathered: Gathering, line: int, row: dict[str, Any], settings: dict[str, Any]) -> None:
    """Add the samples of one line."""
    needed(row, "code")
    lists = lists_of(row, ("code", "pred", "score", "finish_reason"))
    columns = {"completion": lists["code"]}
    if "pred" in lists:
        # An empty answer with a wrong score is "no answer": nothing could be parsed from the completion.
        columns["answer"] = [("" if "score" in lists else None) if p is None else label(p) for p in lists["pred"]]
    if "score" in lists:
        columns["correct"] = lists["score"]
    if "finish_reason" in lists:
        columns["finish_reason"] = lists["finish_reason"]
    same = {
        "problem_id": row["idx"],
        "benchmark": row.get("dataset"),
        **settings,
    }
    if "score" in lists:
        same["verifier"] = "qwen-math"
    once = without_none(
        question=row.get("question"),
        reference_answer=label(row.get("gt")),
        level=row.get("level"),
        topic=row.get("type") or row.get("subfield") or row.get("subject"),
    )
    gathered.add(line, same, columns, once)


def settings_of(source: Source) -> dict[str, Any]:
    """Read model, benchmark and sampling settings from the names that the evaluation gives files and folders."""
    above = folders(source)
    named = FILE_NAME.match(source.stem)
    run = next((m for m in map(RUN_FOLDER.match, above) if m), None)
    step = next((int(m[1]) for m in map(STEP_FOLDER.match, above) if m), None)
    benchmark = (_benchmark(source, above) if named else None) or benchmark_in(source)
    seed = next((int(name["seed"]) for name in (named, run) if name and name["seed"]), None)
    said: dict[str, Any] = {"benchmark": benchmark, "seed": seed_of_content(source) if seed is None else seed}
    if run:
        said |= {"temperature": float(run["temperature"]), "top_p": float(run["top_p"]) if run["top_p"] else None}
    if named:
        said |= {"temperature": float(named["temperature"]), "prompt_template": named["prompt"]}
    said["model"] = _model(source, above, named, run, benchmark)
    if step:
        said |= {"checkpoint_step": step, "model": f"{said['model']} step {step}"}
    return without_none(**said)


def _benchmark(source: Source, above: list[str]) -> str | None:
    """Return the folder that holds the file, where it is plain that the evaluation made it."""
    if len(above) < 2:
        return None
    made = above[1] in BETWEEN or STEP_FOLDER.match(above[1]) or json_beside(source, "*_metrics.json", "num_samples")
    return above[0] if made else None


def _model(
    source: Source, above: list[str], named: re.Match[str] | None, run: re.Match[str] | None, benchmark: str | None
) -> str:
    """Return the model that names say: a run's folder, the file's name, the folder that holds the results."""
    if run:
        return run["run"].removesuffix(f"_{benchmark}")
    if not named:
        return SEED.sub("", source.stem)
    rest = above[1:] if above and above[0] == benchmark else above
    holding = next((f for f in rest if f not in BETWEEN and not STEP_FOLDER.match(f)), None)
    return named["before"].strip("._-") or holding or SEED.sub("", source.stem)


FORMAT = Format(
    "qwen-math",
    "limit-of-RLVR, Qwen2.5-Math and SimpleRL evaluation (JSON Lines); ToRA without verdicts",
    recognises,
    read,
    ("idx", "question", "gt", "code", "pred", "score", "finish_reason", "level", "type"),
)
