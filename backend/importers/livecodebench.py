"""LiveCodeBench: `*_eval_all.json`, one array, an element a problem with lists of programs and grades."""

import re
from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, lists_of, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import default_model, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch

FILE_NAME = re.compile(
    r"^(?P<model>.*?)[._]?(?:Scenario\.)?(?:codegeneration|selfrepair)_(?P<n>\d+)_(?P<temperature>\d+(?:\.\d+)?)_eval_all$"
)


def recognises(source: Source) -> bool:
    """Tell by the first element's keys."""
    seen = look(source)
    return seen.rows and seen.has("question_id") and seen.lists("graded_list", "code_list")


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
        lists = lists_of(row, ("output_list", "code_list", "graded_list"))
        texts = lists.get("output_list") or lists.get("code_list") or [None] * len(lists["graded_list"])
        same = {"problem_id": needed(row, "question_id"), **settings}
        once = without_none(
            question=row.get("question_content"), level=row.get("difficulty"), topic=row.get("platform")
        )
        gathered.add(line, same, {"completion": texts, "correct": lists["graded_list"]}, once)

    yield from batches(source, given, rows_of(source), add)


FORMAT = Format(
    "livecodebench",
    "LiveCodeBench *_eval_all.json",
    recognises,
    read,
    ("question_id", "question_content", "output_list", "code_list", "graded_list", "difficulty", "platform"),
)
