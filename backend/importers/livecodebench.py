"""LiveCodeBench: `*_eval_all.json`, one array, an element a problem with lists of completions and grades."""

import re
from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, lists_of, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import default_model, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

FILE_NAME = re.compile(
    r"^(?P<model>.*?)[._]?(?:Scenario\.)?(?:codegeneration|selfrepair|codeexecution|testoutputprediction)_(?P<n>\d+)_(?P<temperature>\d+(?:\.\d+)?)_eval_all$"
)

EXTRACTED = ("code_list", "pred_list")


def recognises(source: Source) -> bool:
    """Tell by the first element's keys."""
    seen = look(source)
    return seen.rows and seen.has("question_id") and seen.lists("graded_list") and any(map(seen.lists, EXTRACTED))


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of every problem, one problem in memory at a time."""
    named = FILE_NAME.match(source.stem)
    settings = without_none(
        benchmark="livecodebench",
        model=(named["model"] if named else None) or (default_model(source) if named else None),
        temperature=float(named["temperature"]) if named else None,
        seed=seed_of_content(source),
        verifier="livecodebench",
    )

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        needed(row, "graded_list")
        lists = lists_of(row, ("output_list", *EXTRACTED, "graded_list"))
        texts = lists.get("output_list") or lists.get("code_list") or [None] * len(lists["graded_list"])
        columns = {"completion": texts, "correct": lists["graded_list"]}
        if "pred_list" in lists:
            columns["answer"] = [label(p) for p in lists["pred_list"]]
        once = without_none(
            question=row.get("question_content") or row.get("code"),
            reference_answer=row.get("output"),
            level=row.get("difficulty"),
            topic=row.get("platform"),
        )
        gathered.add(line, {"problem_id": _problem(row), **settings}, columns, once)

    yield from batches(source, given, rows_of(source), add)


def _problem(row: dict[str, Any]) -> Any:
    """Name the problem: a question may be asked of several programs (executed) or tests (outputs predicted)."""
    if "input" in row and row.get("id") is not None:
        return row["id"]
    question, test = needed(row, "question_id"), row.get("test_id")
    return question if test is None else f"{question}/{test}"


FORMAT = Format(
    "livecodebench",
    "LiveCodeBench *_eval_all.json",
    recognises,
    read,
    ("question_id", "question_content", "output_list", *EXTRACTED, "graded_list", "difficulty", "platform"),
)
