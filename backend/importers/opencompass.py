"""OpenCompass: `predictions/*.json` (completions without verdicts) and the details in `results/*.json`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.importers.documents import Row, object_of, parts
from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, id_of, label, lists_of, needed, without_none
from backend.importers.look import first_of, look
from backend.importers.messages import said_by
from backend.importers.places import default_model, place, read_object, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

PART = re.compile(r"(.+)_\d+$")
CORRECTNESS = ("correct", "is_correct", "cascade_correct")
COMPLETIONS = ("origin_prediction", "prediction", "llm_judge", "pred")
ANSWERS = ("pred", "predictions")
REFERENCES = ("answer", "references", "gold")


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
        question = _asked(prompt)
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
    predictions = _Predictions(source)

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
        text, answer = (
            next((c for c in names if row.get(c) is not None), names[0]) for names in (COMPLETIONS, ANSWERS)
        )
        names = [n for n in dict.fromkeys((counted, text, answer)) if row.get(n) is not None]
        lists = lists_of({n: row[n] if isinstance(row[n], list) else [row[n]] for n in names}, names)
        columns = {"correct": lists[counted]}
        written = predictions.of(len(lists[counted]))
        if written:
            columns["completion"] = [p.get("prediction") for p in written]
        elif text in lists:
            columns["completion"] = [label(t) for t in lists[text]]
        if answer in lists:
            columns["answer"] = [label(p) for p in lists[answer]]
        asked = _asked(row.get("prompt")) or (_asked(written[0].get("origin_prompt")) if written else None)
        reference = next((_first(row[r]) for r in REFERENCES if row.get(r) is not None), None)
        once = without_none(question=asked, reference_answer=reference)
        gathered.add(line, {"problem_id": row.get("example_abbr") or row["entry"], **settings}, columns, once)

    yield from batches(source, given, rows(), add)


class _Predictions:
    """The completions of the same model and dataset, which the details are in the order of."""

    def __init__(self, source: Source) -> None:
        path = counterpart(place(source), "results", "predictions")
        said = read_object(path) if path else {}
        rows = [said.get(str(i)) for i in range(len(said))]
        self._rows = [row for row in rows if isinstance(row, dict) and isinstance(row.get("prediction"), str)]
        self._rows = self._rows if len(self._rows) == len(said) else []
        self._at = 0

    def of(self, replicas: int) -> list[dict[str, Any]]:
        """Return the replicas of the next problem; none where they are not its own."""
        size = len(self._rows) // max(1, replicas)
        found = self._rows[self._at :: size] if size and len(self._rows) == size * replicas else []
        self._at += 1
        prompts = [row.get("origin_prompt") for row in found]
        return found if len(found) == replicas and all(prompt == prompts[0] for prompt in prompts) else []


def counterpart(path: Path | None, folder: str, other: str) -> Path | None:
    """Return the file of the same name below the other of two folders that lie side by side."""
    names = list(path.parts) if path else []
    if folder not in names or path is None:
        return None
    at = len(names) - 1 - names[::-1].index(folder)
    return Path(*names[:at], other, *names[at + 1 :])


def _asked(prompt: Any) -> str | None:
    """Return what a prompt asks: a text, a conversation, or the first of the repeats of either."""
    if isinstance(prompt, list) and prompt and not isinstance(prompt[0], dict):
        prompt = prompt[0]
    return said_by(_in_our_words(prompt), "user")


def _first(value: Any) -> Any:
    """Return the first of the repeats, which all say the same of a problem."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str | int | float) else None


def _settings(source: Source) -> dict[str, Any]:
    return without_none(benchmark=_benchmark(source), model=default_model(source), seed=seed_of_content(source))


def _benchmark(source: Source) -> str:
    """Name the dataset; its parts (`name_0.json`, `name_1.json`), which no whole file joins, are one."""
    part, found = PART.match(source.stem), place(source)
    if not part or not found or not found.with_name(f"{part[1]}_0.json").exists():
        return source.stem
    return source.stem if found.with_name(f"{part[1]}.json").exists() else part[1]


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
