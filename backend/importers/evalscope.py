"""EvalScope's reviews: one line a sample, its score nested in `sample_score`."""

from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, label, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.messages import said_by
from backend.importers.places import default_model, folder_under, seed_of_content
from backend.importers.rows import Given
from backend.importers.scores import FULL, verdict_from
from backend.importers.source import Source
from backend.importers.values import Unfit
from backend.records import Verdict
from backend.store.incoming import Batch

PLAIN_SUBSETS = ("_default", "_main")


def recognises(source: Source) -> bool:
    """Tell by the first row's keys."""
    seen = look(source)
    score = seen.first.get("sample_score")
    return seen.rows and seen.has("index") and isinstance(score, dict) and "score" in score


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a line."""
    benchmark = source.stem
    for subset in PLAIN_SUBSETS:
        benchmark = benchmark.removesuffix(subset)
    settings = without_none(
        seed=seed_of_content(source),
        benchmark=benchmark,
        model=folder_under(source, "reviews") or default_model(source),
    )

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {**settings, **row_of(row)})

    yield from batches(source, given, rows_of(source), add)


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one review. Raises Unfit where it holds no score."""
    scored = needed(row, "sample_score")
    score = scored.get("score") if isinstance(scored, dict) else None
    if not isinstance(score, dict) or not isinstance(score.get("value"), dict):
        raise Unfit("sample_score.score.value is missing")
    values = score["value"]
    main = score.get("main_score_name")
    main = main if isinstance(main, str) and main in values else next(iter(values), None)
    messages = row.get("messages") if isinstance(row.get("messages"), list) else []
    said = [m for m in messages or [] if isinstance(m, dict) and m.get("role") == "assistant"]
    last = said[-1] if said else {}
    answer = score.get("extracted_prediction")
    verdict = verdict_from(values[main], FULL, str(main), FULL) if main else None
    if verdict == Verdict.INCORRECT and "extracted_prediction" in score and answer in (None, ""):
        verdict = Verdict.NO_ANSWER
    performance = last.get("perf_metrics")
    group = scored.get("group_id") if scored.get("group_id") is not None else scored.get("sample_id")
    return without_none(
        problem_id=row.get("index") if group is None else group,
        question=said_by(row.get("messages"), "user") or said_by(row.get("input"), "user"),
        reference_answer=label(row.get("target")),
        model=last.get("model"),
        completion=score.get("prediction") or said_by(row.get("messages"), "assistant"),
        answer=label(answer),
        verdict=verdict,
        verifier=f"evalscope {main}" if main else None,
        token_count=performance.get("output_tokens") if isinstance(performance, dict) else None,
        generation_index=scored.get("generation_index"),
        **{f"verdict:{n}": v for n, v in _others(values, main).items() if v is not None},
    )


def _others(values: dict[str, Any], main: str | None) -> dict[str, str | None]:
    return {name: verdict_from(value, FULL, name) for name, value in values.items() if name != main and value in (0, 1)}


FORMAT = Format(
    "evalscope",
    "EvalScope reviews (JSON Lines)",
    recognises,
    read,
    ("index", "target", "messages", "sample_score.score", "sample_score.group_id", "sample_score.generation_index"),
)
