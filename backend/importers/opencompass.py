"""OpenCompass: `predictions/*.json` (completions without verdicts) and the details in `results/*.json`."""

from collections.abc import Iterator
from typing import Any

from backend.importers.documents import Row, object_of, parts
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, id_of, label, lists_of, needed, without_none
from backend.importers.look import first_of, look
from backend.importers.messages import said_by
from backend.importers.places import default_model, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

CORRECTNESS = ("correct", "is_correct", "cascade_correct")
COMPLETIONS = ("origin_prediction", "prediction", "llm_judge", "pred")


def recognises_predictions(source: Source) -> bool:
    """Tell by the document's members: `0`, `1`, … with a prediction each."""
    seen = look(source)
    entry = next(iter(seen.first.values()), None)
    return seen.document and seen.has("0") and isinstance(entry, dict) and "prediction" in entry


def read_predictions(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the completions, unscored. Replicas of the dataset follow each other; they are joined by their prompt."""
    settings = _settings(source)

    def rows() -> Iterator[tuple[int, Row]]:
        for line, path, text in parts(source, frozenset()):
            yield line, object_of(text) if path else text.decode()

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        prompt = row.get("origin_prompt")
        question = said_by(_in_our_words(prompt), "user")
        gold = label(row.get("gold"))
        said = needed(row, "prediction")
        same = {"problem_id": id_of(prompt, gold), **settings}
        once = without_none(question=question, reference_answer=gold)
        gathered.add(line, same, {"completion": said if isinstance(said, list) else [said]}, once)

    yield from batches(source, given, rows(), add)


def _in_our_words(prompt: Any) -> Any:
    """Return a prompt's messages with the roles and keys that others use."""
    if not isinstance(prompt, list):
        return prompt
    roles = {"HUMAN": "user", "BOT": "assistant"}
    return [
        {"role": roles.get(str(m.get("role")), m.get("role")), "content": m.get("prompt")}
        for m in prompt
        if isinstance(m, dict)
    ]


def recognises_details(source: Source) -> bool:
    """Tell by the document's `details`, whose entries say whether they are correct."""
    seen = look(source)
    if not seen.document or not isinstance(seen.first.get("details"), list | dict):
        return False
    entry = first_of(source, "details")
    return isinstance(entry, dict) and any(name in entry for name in CORRECTNESS)


def read_details(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the scored samples: an entry a problem with lists of samples, or an entry a sample."""
    settings = {**_settings(source), "verifier": "opencompass"}

    def rows() -> Iterator[tuple[int, Row]]:
        for line, path, text in parts(source, frozenset({"details"})):
            if not path:
                yield line, text.decode()
            elif path[0] == "details" and len(path) > 1 and text.startswith(b"{"):
                row = object_of(text)
                yield line, {"entry": str(path[1]), **row} if isinstance(row, dict) else row

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        counted = next((c for c in CORRECTNESS if row.get(c) is not None), "correct")
        needed(row, counted)
        text = next((c for c in COMPLETIONS if row.get(c) is not None), "prediction")
        names = [n for n in dict.fromkeys((counted, text, "pred")) if row.get(n) is not None]
        lists = lists_of({n: row[n] if isinstance(row[n], list) else [row[n]] for n in names}, names)
        columns = {"correct": lists[counted]}
        if text in lists:
            columns["completion"] = [label(t) for t in lists[text]]
        if "pred" in lists:
            columns["answer"] = [label(p) for p in lists["pred"]]
        once = without_none(question=_first(row.get("prompt")), reference_answer=_first(row.get("answer")))
        gathered.add(line, {"problem_id": row.get("example_abbr") or row["entry"], **settings}, columns, once)

    yield from batches(source, given, rows(), add)


def _first(value: Any) -> Any:
    """Return the first of the repeats, which all say the same of a problem."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str | int | float) else None


def _settings(source: Source) -> dict[str, Any]:
    return without_none(benchmark=source.stem, model=default_model(source), seed=seed_of_content(source))


PREDICTIONS = Format(
    "opencompass-predictions",
    "OpenCompass predictions (JSON), without verdicts",
    recognises_predictions,
    read_predictions,
    ("origin_prompt", "prediction", "gold"),
)
DETAILS = Format(
    "opencompass-details",
    "OpenCompass results with details (JSON)",
    recognises_details,
    read_details,
    ("details", "example_abbr", *CORRECTNESS, "pred", "answer"),
)
