"""verl's rollout and validation dumps, `{step}.jsonl`: one line a sample, grouped by prompt and reference answer."""

from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, id_of, label, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import run_folder, seed_of_content
from backend.importers.rows import Given
from backend.importers.scores import HALF, HIGHEST_REWARD, threshold_told, verdict_from
from backend.importers.source import Source
from backend.records import Verdict
from backend.store.incoming import Batch

PASS_THRESHOLD = HALF
"""Rule-based rewards are 0 or 1, −1 or 1, or a small part of 1 for the form alone."""


def recognises(source: Source) -> bool:
    """Tell by the first row's keys."""
    seen = look(source)
    return seen.rows and seen.has("input", "output", "score", "step") and not seen.has("problem_id")


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a line."""
    folder, seed = run_folder(source), seed_of_content(source)

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {"seed": seed, **row_of(row, folder)})
        name = _judge(row)
        gathered.note(threshold_told(row[name], PASS_THRESHOLD, name) if name in row else None)

    yield from batches(source, given, rows_of(source), add)


def row_of(row: dict[str, Any], folder: str | None) -> dict[str, Any]:
    """Return the columns of one line. Each training step is a model of its own."""
    prompt, reference, step = needed(row, "input"), label(row.get("gts")), row.get("step")
    verdict, verifier = _verdict(row)
    answer = label(row.get("pred"))
    if verdict == Verdict.INCORRECT and "pred" in row and answer in (None, "", "[INVALID]"):
        verdict = Verdict.NO_ANSWER
    return without_none(
        problem_id=id_of(prompt, reference),
        benchmark=row.get("data_source"),
        question=prompt,
        reference_answer=reference,
        model=f"{folder or 'verl'} step {step}",
        checkpoint_step=step,
        completion=row.get("output"),
        answer=answer,
        verdict=verdict,
        verifier=verifier,
        score=row.get("score"),
    )


def _verdict(row: dict[str, Any]) -> tuple[str | None, str]:
    name = _judge(row)
    said = "verl acc" if name == "acc" else f"verl score ≥ {PASS_THRESHOLD}"
    return verdict_from(row.get(name), PASS_THRESHOLD, name, HIGHEST_REWARD), said


def _judge(row: dict[str, Any]) -> str:
    """Return which column of a line says whether the sample is correct."""
    return "acc" if row.get("acc") is not None else "score"


FORMAT = Format(
    "verl",
    "verl rollout and validation dumps ({step}.jsonl)",
    recognises,
    read,
    ("input", "output", "gts", "score", "acc", "pred", "step", "data_source"),
)
