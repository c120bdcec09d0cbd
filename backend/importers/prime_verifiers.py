"""PrimeIntellect verifiers: `results.jsonl`, one line a rollout, with `metadata.json` beside it."""

from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.messages import said_by
from backend.importers.places import default_model, folders, json_beside, seed_of_content
from backend.importers.rows import Given
from backend.importers.scores import HALF, HIGHEST_REWARD, threshold_told, verdict_from
from backend.importers.source import Source
from backend.records import Verdict
from backend.store.incoming import Batch


def recognises(source: Source) -> bool:
    """Tell by the first row's keys."""
    seen = look(source)
    return seen.rows and seen.has("example_id", "prompt", "completion", "reward")


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a line."""
    metadata = json_beside(source, "metadata.json", "env_id")
    arguments = metadata.get("sampling_args")
    arguments = arguments if isinstance(arguments, dict) else {}
    said = metadata.get("pass_threshold")
    threshold, highest = (said, None) if isinstance(said, int | float) else (HALF, HIGHEST_REWARD)
    environment, model = _folder(source)
    settings = without_none(
        seed=seed_of_content(source),
        benchmark=metadata.get("env_id") or environment,
        model=metadata.get("model") or model or default_model(source),
        temperature=arguments.get("temperature"),
        top_p=arguments.get("top_p"),
        max_tokens=arguments.get("max_completion_tokens") or arguments.get("max_tokens"),
    )

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {"benchmark": row.get("task"), **settings, **row_of(row, threshold, highest)})
        gathered.note(None if row.get("error") else threshold_told(row.get("reward"), threshold, "reward"))

    yield from batches(source, given, rows_of(source), add)


def _folder(source: Source) -> tuple[str | None, str | None]:
    """Return environment and model from the folder of a run without metadata: `{environment}--{model}/{run}`."""
    folder = next((name for name in folders(source)[:2] if "--" in name), "")
    environment, _, model = folder.partition("--")
    return environment or None, model.replace("--", "/") or None


def row_of(row: dict[str, Any], threshold: float, highest: float | None) -> dict[str, Any]:
    """Return the columns of one rollout. Raises Unfit where its reward is no number."""
    usage = row.get("token_usage")
    return without_none(
        problem_id=needed(row, "example_id"),
        question=said_by(row.get("prompt"), "user"),
        reference_answer=label(row.get("answer")) if row.get("answer") != "" else None,
        completion=said_by(row.get("completion"), "assistant"),
        verdict=_verdict(row, threshold, highest),
        verifier="reward",
        finish_reason="length" if row.get("is_truncated") is True else row.get("stop_condition"),
        token_count=usage.get("output_tokens") if isinstance(usage, dict) else None,
        reward=row.get("reward"),
        error=label(row.get("error")) or None,
    )


def _verdict(row: dict[str, Any], threshold: float, highest: float | None) -> str | None:
    if row.get("error"):
        return Verdict.ERROR
    return verdict_from(row.get("reward"), threshold, "reward", highest)


FORMAT = Format(
    "verifiers",
    "verifiers results.jsonl",
    recognises,
    read,
    ("example_id", "prompt", "completion", "answer", "reward", "error", "is_truncated", "token_usage"),
)
