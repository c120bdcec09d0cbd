"""EvalPlus: `*_eval_results.json`, one document; the base tests and the added tests give a verdict each."""

import re
from collections.abc import Iterator
from typing import Any

from backend.importers.documents import Row, parse, parts
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, without_none
from backend.importers.inspect_log import is_log
from backend.importers.look import LongDict, first_of, look
from backend.importers.places import model_named, seed_of_content, whole_name
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.importers.values import Unfit, told
from backend.records import Verdict
from backend.store.incoming import Batch

FILE_NAME = re.compile(
    r"^(?P<model>.+?)(?:_(?:vllm|hf|openai|anthropic|google|bedrock|ollama|gptqmodel))?(?:_temp_(?P<temperature>[\d.]+))?"
    r"(?:[-_]sanitized)?(?:_eval_results)?$"
)
STATUS = {
    "pass": Verdict.CORRECT,
    "fail": Verdict.INCORRECT,
    "timeout": Verdict.INCORRECT,
    "success": Verdict.CORRECT,
    "failed": Verdict.INCORRECT,
    "timed out": Verdict.INCORRECT,
}
"""The second three are the older form's words."""
BASE, PLUS = "evalplus base", "evalplus plus"


def recognises(source: Source) -> bool:
    """Tell by the document's `eval`: an entry a task, with base and plus results."""
    seen = look(source)
    if not seen.document or not isinstance(seen.first.get("eval"), dict) or is_log(seen.first):
        return False
    said = seen.first["eval"]
    entries = [first_of(source, "eval")] if isinstance(said, LongDict) else said.values()
    results = [e[0] if isinstance(e, list) and e else e for e in entries]
    return any(isinstance(r, dict) and ("base_status" in r or "base" in r) for r in results)


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of all tasks, one task in memory at a time."""
    # Of a folder of programs the harness writes `eval_results.json` into it: then the folder is named as a file is.
    stem = whole_name(source.stem.removesuffix("_eval_results"))
    named = FILE_NAME.match(model_named(source, stem) or source.stem)
    settings = without_none(
        model=named["model"] if named else None,
        temperature=float(named["temperature"]) if named and named["temperature"] else None,
        seed=seed_of_content(source),
    )

    with_plus = any(_has_plus(row) for _, row in _tasks(source))

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        ((task, entry),) = row.items()
        same = {"problem_id": task, "benchmark": benchmark_of(task), **settings}
        for sample in _samples(task, entry):
            try:
                gathered.add(line, {**same, **row_of(sample, with_plus=with_plus)})
            except Unfit as unfit:
                gathered.reject(line, f"{task}: {unfit}")

    yield from batches(source, given, _tasks(source), add)


def _tasks(source: Source) -> Iterator[tuple[int, Row]]:
    """Yield each task as an object of one member, under its id."""
    for line, path, text in parts(source, frozenset({"eval"})):
        if not path:
            yield line, text.decode()
        elif path[0] == "eval" and len(path) > 1:
            yield line, {str(path[1]): parse(text)}


def _has_plus(row: Row) -> bool:
    """Tell whether any sample of a task was put to the added tests; a run of the base tests alone leaves them null."""
    entries = row.values() if isinstance(row, dict) else ()
    samples = [s for e in entries for s in (e if isinstance(e, list) else [e]) if isinstance(s, dict)]
    return any(s.get("plus_status") is not None or s.get("plus") for s in samples)


def benchmark_of(task: str) -> str | None:
    """Return the benchmark that a task's id names: `HumanEval/0` belongs to `humaneval`."""
    return task.split("/", 1)[0].lower() if "/" in task else None


def _samples(task: str, entry: Any) -> list[Any]:
    """Return a task's samples in the newer form; the older one kept base and plus in lists side by side."""
    if isinstance(entry, list):
        return entry
    if not isinstance(entry, dict) or not isinstance(entry.get("base"), list):
        raise Unfit(f"{task} is {told(entry)}; it must be a list of results")
    base = entry["base"]
    plus = entry.get("plus") or [None] * len(base)
    if not isinstance(plus, list) or len(plus) != len(base):
        raise Unfit(f"{task} has {len(base)} results of the base tests and others of the added ones; they must pair up")
    return [{"base_status": _first(b), "plus_status": _first(p)} for b, p in zip(base, plus, strict=True)]


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, list) and result else result


def row_of(sample: Any, *, with_plus: bool) -> dict[str, Any]:
    """Return the columns of one sample: it is correct where it passes both the base tests and the added ones.

    Where the file has results of the added tests, a sample without any is wrong by its base tests, or unscored.
    """
    if not isinstance(sample, dict):
        raise Unfit(f"a result is {told(sample)}; it must be an object")
    base, plus = _status(sample, "base_status"), _status(sample, "plus_status")
    said = {base, plus} if with_plus else {base}
    verdict = next((v for v in (Verdict.INCORRECT, None, Verdict.CORRECT) if v in said), None)
    return without_none(
        completion=sample.get("solution"),
        verdict=verdict,
        verifier="evalplus base and plus" if with_plus else BASE,
        **{f"verdict:{BASE}": base, f"verdict:{PLUS}": plus},
    )


def _status(sample: dict[str, Any], name: str) -> str | None:
    value = sample.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value.lower() not in STATUS:
        raise Unfit(f"{name} is {told(value)}; it must be pass, fail, timeout or null")
    return STATUS[value.lower()]


FORMAT = Format(
    "evalplus",
    "EvalPlus *_eval_results.json",
    recognises,
    read,
    ("eval", "task_id", "solution", "base_status", "plus_status"),
)
