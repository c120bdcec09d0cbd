"""lm-evaluation-harness: `samples_*.jsonl` (one line a document and filter), with `results_*.json` beside it.

The harness scores a document once, by its first repeat: with several repeats the samples come unscored.
"""

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, name_of, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import default_model, json_beside, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.importers.values import Unfit, told
from backend.records import Verdict
from backend.store.incoming import Batch

FILE_NAME = re.compile(r"^(?:samples_)?(?P<task>.+?)(?:_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+))?$")
FILTER = re.compile(rb'"filter"\s*:\s*"([^"\\]*)"')
ROWS_LOOKED_AT = 500
OWN_KEYS = frozenset(
    [
        "doc_id",
        "doc",
        "target",
        "arguments",
        "resps",
        "filtered_resps",
        "filter",
        "metrics",
        "doc_hash",
        "prompt_hash",
        "target_hash",
    ]
)
PREFERRED = ("exact_match", "math_verify", "pass@1", "pass_at_1", "acc", "acc_norm", "em")
QUESTION_KEYS = ("question", "problem", "Problem", "query", "prompt", "input", "text")
INVALID = "[invalid]"
"""What the harness's regular-expression filter writes where it finds nothing."""


def recognises(source: Source) -> bool:
    """Tell by the first row's keys."""
    seen = look(source)
    return seen.rows and seen.has("doc_id", "doc", "arguments") and seen.lists("resps")


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield each document's repeats once: the first filter's verdict counts, the others' stand beside it."""
    settings, metrics, seed = settings_of(source), metrics_of(source), seed_of_content(source)
    chosen, others = _filters(source, metrics)

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        if row.get("filter") == chosen:
            problem = name_of(row, "doc_id")
            same = {"problem_id": problem, "seed": seed, **settings, **_generation(row)}
            _add(gathered, line, row, same, metrics, others.get(problem, {}))

    yield from batches(source, given, rows_of(source), add)


def _add(
    gathered: Gathering,
    line: int,
    row: dict[str, Any],
    same: dict[str, Any],
    metrics: list[str],
    others: dict[str, str],
) -> None:
    repeats, filtered = _repeats(row)
    metric = next((m for m in metrics if m in row), None)
    once = {"question": _question(row), "reference_answer": _reference(row)}
    if len(repeats) == 1 and metric:
        verdict = verdict_of(row[metric], filtered[0] if filtered else None)
        beside = {f"verdict:{m}": verdict_of(row[m], None) for m in metrics if m != metric and m in row}
        filter_name = row.get("filter")
        same |= {"verdict": verdict, "verifier": f"{metric},{filter_name}" if filter_name else metric}
        same |= {**beside, **{f"verdict:{name}": v for name, v in others.items()}}
    lists = {"completion": repeats}
    if len(filtered) == len(repeats):
        lists["answer"] = [None if a == INVALID else label(a) for a in filtered]
    gathered.add(line, same, lists, once)


def metrics_of(source: Source) -> list[str]:
    """Return the metrics that say right or wrong, the one that counts first: in no row they say anything else."""
    said: dict[str, set[float | None]] = {}
    for _, row in islice(rows_of(source), ROWS_LOOKED_AT):
        if isinstance(row, dict):
            named = row.get("metrics")
            for name in named if isinstance(named, list) else [k for k in row if k not in OWN_KEYS]:
                if isinstance(name, str):
                    said.setdefault(name, set()).add(_score(row.get(name)))
    names = [n for n, scores in said.items() if scores <= {0.0, 1.0, None} and scores != {None}]
    return sorted(names, key=lambda n: PREFERRED.index(n) if n in PREFERRED else len(PREFERRED))


def _score(value: Any) -> float | None:
    """Return a metric as a number; older versions wrote texts."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, bool | int | float) and not math.isnan(value) else None


def verdict_of(value: Any, answer: Any) -> str | None:
    """Return the verdict of one metric."""
    score = _score(value)
    if score is None:
        return None
    if score == 1:
        return Verdict.CORRECT
    return Verdict.NO_ANSWER if answer in ("", INVALID) else Verdict.INCORRECT


def _repeats(row: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return completions and answers. A multiple choice has no completion: its likeliest choice is the answer."""
    if not isinstance(row.get("resps"), list):
        raise Unfit(f"resps is {told(row.get('resps'))}; it must be a list, one entry a request")
    repeats = [r for request in row["resps"] for r in (request if isinstance(request, list) else [request])]
    filtered = _filtered(row)
    if repeats and all(_is_likelihood(r) for r in repeats):
        likelihoods = [float(r[0]) for r in repeats]
        choices = _choices(row)
        if len(choices) != len(repeats):
            choices = [_argument(row, i, 1) for i in range(len(repeats))]
        return [None], [_stripped(choices[likelihoods.index(max(likelihoods))])]
    if not all(isinstance(r, str) for r in repeats):
        raise Unfit("resps holds something else than texts or likelihoods")
    if len(filtered) == 1 and isinstance(filtered[0], list):
        filtered = filtered[0]
    return repeats, filtered


def _filtered(row: dict[str, Any]) -> list[Any]:
    filtered = row.get("filtered_resps")
    return filtered if isinstance(filtered, list) else []


def _is_likelihood(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _score(value[0]) is not None


def _argument(row: dict[str, Any], request: int, position: int) -> Any:
    """Return an argument of a request, from either form in which the harness has written them."""
    said = row.get("arguments")
    if isinstance(said, dict):
        said = said.get(f"gen_args_{request}")
        return said.get(f"arg_{position}") if isinstance(said, dict) else None
    said = said[request] if isinstance(said, list) and request < len(said) else None
    return said[position] if isinstance(said, list) and position < len(said) else None


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _doc(row: dict[str, Any]) -> dict[str, Any]:
    doc = row.get("doc")
    return doc if isinstance(doc, dict) else {}


def _question(row: dict[str, Any]) -> str | None:
    doc = _doc(row)
    prompt = _argument(row, 0, 0)
    return next(
        (doc[k] for k in QUESTION_KEYS if isinstance(doc.get(k), str)), prompt if isinstance(prompt, str) else None
    )


def _choices(row: dict[str, Any]) -> list[Any]:
    """Return the texts to choose from, where the document lists them."""
    choices = _doc(row).get("choices")
    choices = choices.get("text") if isinstance(choices, dict) else choices
    return choices if isinstance(choices, list) else []


def _reference(row: dict[str, Any]) -> Any:
    """Return the reference answer: of a worked solution what follows its `####`, of a choice its text."""
    target, choices = row.get("target"), _choices(row)
    if str(target).isdigit() and int(str(target)) < len(choices):
        target = choices[int(str(target))]
    if isinstance(target, str):
        return target.rsplit("####", 1)[-1].strip()
    return label(target)


def _generation(row: dict[str, Any]) -> dict[str, Any]:
    said = _argument(row, 0, 1)
    if not isinstance(said, dict):
        return {}
    greedy = 0.0 if said.get("do_sample") is False else None
    return without_none(
        temperature=greedy if greedy is not None else said.get("temperature"),
        top_p=said.get("top_p"),
        max_tokens=said.get("max_gen_toks") or said.get("max_tokens"),
    )


def _filters(source: Source, metrics: list[str]) -> tuple[Any, dict[Any, dict[str, str]]]:
    """Return the filter whose verdict counts (the file's first), and by document what the others say."""
    first = look(source).first.get("filter")
    with source.open() as stream:
        named = {m for _, lines in stream.line_blocks() for line in lines for m in FILTER.findall(line)}
    others: dict[Any, dict[str, str]] = {}
    if len(named) > 1:
        for _, row in rows_of(source):
            metric = next((m for m in metrics if m in row), None) if isinstance(row, dict) else None
            if isinstance(row, dict) and metric and row.get("filter") != first:
                verdict = verdict_of(row[metric], next(iter(_filtered(row)), None))
                if verdict and isinstance(row.get("doc_id"), str | int | float):
                    others.setdefault(row["doc_id"], {})[f"{metric},{row.get('filter')}"] = verdict
    return first, others


def settings_of(source: Source) -> dict[str, Any]:
    """Return model and benchmark, from the results beside the file or from its name."""
    named = FILE_NAME.match(source.stem)
    date = named["date"] if named else None
    # Results of another time may be another model's: of those, only the sole ones beside a file without a date are its.
    results = json_beside(source, f"results*{date or ''}.json", "results")
    config = results.get("config") if isinstance(results.get("config"), dict) else {}
    pretrained = re.search(r"(?:pretrained|model|path)=([^,]+)", str((config or {}).get("model_args") or ""))
    tasks = [t for t in results.get("results") or {} if source.stem.endswith(f"_{t}") or (named and named["task"] == t)]
    folder = default_model(source) if date else None
    return without_none(
        benchmark=max(tasks, key=len, default=named["task"] if named and source.stem.startswith("samples_") else None),
        model=results.get("model_name") or (pretrained[1] if pretrained else folder),
    )


FORMAT = Format(
    "lm-eval",
    "lm-evaluation-harness samples (JSON Lines)",
    recognises,
    read,
    ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"),
)
