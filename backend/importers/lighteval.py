"""lighteval: details in Parquet, one row a document, its completions in a list.

The harness keeps no verdict a completion: with several completions the samples come unscored.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, without_none
from backend.importers.parquet import columns_in_parquet, parquet_rows
from backend.importers.places import place, read_object, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.importers.values import Unfit
from backend.store.incoming import Batch

FILE_NAME = re.compile(r"^details_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)$")
SUITES = frozenset(["lighteval", "custom", "community", "extended", "helm", "leaderboard", "original", "bigbench"])
WANTED = {
    "doc": ("query", "choices", "gold_index", "id", "task_name"),
    "model_response": ("text", "final_text", "output_tokens", "reasonings"),
}
PREFERRED = re.compile(r"pass@|exact|extractive|math|acc|em\b|qem", re.IGNORECASE)
ROWS_AT_ONCE = 16
"""A row may hold the tokens of 64 long completions."""


def _name(columns: set[str], name: str) -> str | None:
    """Return a column under either of its names; lighteval wrote `__doc__` up to 0.12, `doc` since."""
    return next((n for n in (name, f"__{name}__") if n in columns), None)


def recognises(source: Source) -> bool:
    """Tell by the columns."""
    if not source.is_parquet:
        return False
    columns = columns_in_parquet(source)
    return bool(_name(columns, "doc") and _name(columns, "model_response"))


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the completions of every document. Of the wide columns only what is wanted is read."""
    columns = columns_in_parquet(source)
    names = {name: _name(columns, name) for name in ("doc", "model_response", "metric")}
    wanted = [f"{names[name]}.{part}" for name, parts in WANTED.items() for part in parts]
    metric = metric_of(source, names["metric"])
    settings = {**settings_of(source), "seed": seed_of_content(source)}

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        parts = {name: row.get(column) for name, column in names.items() if column}
        _add(gathered, line, parts, settings, metric)

    columns_read = [*wanted, names["metric"] or wanted[0]]
    yield from batches(source, given, parquet_rows(source, columns=columns_read, at_once=ROWS_AT_ONCE), add)


def _add(gathered: Gathering, number: int, parts: dict[str, Any], settings: dict[str, Any], metric: str | None) -> None:
    doc, response, metrics = parts["doc"], parts["model_response"], parts.get("metric")
    if not isinstance(doc, dict) or not isinstance(response, dict):
        raise Unfit("doc or model_response is missing")
    texts = response.get("text") or response.get("final_text")
    texts = [texts] if isinstance(texts, str) else texts or []
    said = metrics.get(metric) if isinstance(metrics, dict) and metric else None
    if not isinstance(texts, list) or not (texts or said is not None):
        raise Unfit("model_response.text is missing")
    # A choice by likelihood writes no text: its verdict is all that there is.
    lists: dict[str, list[Any]] = {"completion": texts or [None]}
    tokens = response.get("output_tokens")
    if isinstance(tokens, list) and len(tokens) == len(texts) and all(isinstance(t, list) for t in tokens):
        lists["token_count"] = [len(t) for t in tokens] or [None]
    same = {
        "problem_id": str(number - 1) if doc.get("id") in (None, "") else doc["id"],
        "benchmark": task_of(str(doc.get("task_name") or "")),
        **settings,
    }
    if metric and len(texts) <= 1:
        same |= {"correct": said, "verifier": metric}
    gathered.add(number, same, lists, without_none(question=doc.get("query"), reference_answer=_gold(doc)))


def metric_of(source: Source, column: str | None) -> str | None:
    """Return the metric that says right or wrong of a document's only completion: in no row it says anything else."""
    said: dict[str, set[Any]] = {}
    for _, row in parquet_rows(source, columns=[column]) if column else ():
        metrics = row[str(column)]
        for name, value in metrics.items() if isinstance(metrics, dict) else ():
            said.setdefault(name, set()).add(_score(value))
    names = [n for n, scores in said.items() if scores <= {0.0, 1.0, None} and scores != {None}]
    return next((n for n in names if PREFERRED.search(n)), None) or next(iter(names), None)


def _score(value: Any) -> Any:
    """Return a metric's value: a number, None where there is none, and a word for what is no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value) if isinstance(value, bool | int | float) else "other"


def _gold(doc: dict[str, Any]) -> Any:
    """Return the reference answer: the choice that the gold index names."""
    choices, index = doc.get("choices"), doc.get("gold_index")
    index = index[0] if isinstance(index, list) and index else index
    if isinstance(choices, list) and isinstance(index, int) and -1 < index < len(choices):
        return label(choices[index])
    return None


def task_of(name: str) -> str | None:
    """Return the benchmark in a task's name: `lighteval|aime24|0` is `aime24`."""
    pieces = [p for p in name.split("|") if p and p not in SUITES and not p.isdigit()]
    return pieces[0] if pieces else None


def settings_of(source: Source) -> dict[str, Any]:
    """Return model, benchmark and sampling settings from the names of file and folders, and the results beside."""
    named = FILE_NAME.match(source.stem)
    found = place(source)
    details = next((p for p in found.parents if p.name == "details"), None) if found else None
    said: dict[str, Any] = {"benchmark": task_of(named["task"]) if named else None}
    if found and details:
        model = found.parent.parent.relative_to(details) if found.parent.parent != details else Path(found.parent.name)
        said["model"] = model.as_posix()
        results = details.parent / "results" / model / f"results_{named['date'] if named else found.parent.name}.json"
        said |= _generation(read_object(results))
    return without_none(**said)


def _generation(results: dict[str, Any]) -> dict[str, Any]:
    general = results.get("config_general")
    general = general if isinstance(general, dict) else {}
    config = general.get("model_config")
    config = config if isinstance(config, dict) else general
    parameters = config.get("generation_parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    return without_none(
        model=config.get("model_name") or general.get("model_name"),
        temperature=parameters.get("temperature"),
        top_p=parameters.get("top_p"),
        max_tokens=parameters.get("max_new_tokens"),
    )


FORMAT = Format(
    "lighteval",
    "lighteval details (Parquet)",
    recognises,
    read,
    ("doc.id", "doc.query", "doc.choices", "doc.gold_index", "model_response.text", "model_response.output_tokens",
     "metric"),
)  # fmt: skip
