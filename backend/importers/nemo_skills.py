"""NeMo-Skills: `output-rs{seed}.jsonl`, a file a seed, a line a problem; seeds are joined by problem, not by line."""

import re
from collections.abc import Iterator
from typing import Any

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, counting, id_of, label, needed, without_none
from backend.importers.look import look, rows_of
from backend.importers.places import benchmark_in, default_model, folder_above, folder_under, seed_of_content
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.records import Verdict
from backend.store.incoming import Batch

FILE_NAME = re.compile(r"^output-rs(?P<seed>\d+)")
JUDGEMENT = re.compile(r"Judg(?:e)?ment:\s*\**\s*(Yes|No)", re.IGNORECASE)
SIGNS = {"symbolic_correct", "is_correct", "judgement", "predicted_answer", "num_generated_tokens", "graded_list"}


def recognises(source: Source) -> bool:
    """Tell by the first row: a generation, its problem, and one of the harness's own fields."""
    seen = look(source)
    return (
        seen.rows
        and seen.has("generation")
        and bool({"problem", "question", "expected_answer"} & set(seen.first))
        and bool(SIGNS & set(seen.first))
    )


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a line."""
    named = FILE_NAME.match(source.stem)
    benchmark = folder_under(source, "eval-results") or benchmark_in(source)
    settings = without_none(
        seed=int(named["seed"]) if named else seed_of_content(source),
        benchmark=benchmark,
        model=folder_above(source, "eval-results") or default_model(source) or FILE_NAME.sub("output", source.stem),
        # The harness writes `output.jsonl` for greedy decoding alone; those samples are a run of their own.
        temperature=0.0 if source.stem == "output" else None,
    )

    counts = counting(verdicts_of(row) for _, row in rows_of(source) if isinstance(row, dict))

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        gathered.add(line, {**settings, **row_of(row, counts)})

    yield from batches(source, given, rows_of(source), add)


def row_of(row: dict[str, Any], counts: str | None) -> dict[str, Any]:
    """Return the columns of one line; `counts` is the verifier whose verdict counts in the file.

    Raises Unfit where it names no problem.
    """
    question = needed(row, "problem", "question", "id")
    verdicts = verdicts_of(row)
    answer = row.get("predicted_answer")
    verdict = verdicts[counts] if counts else None
    if verdict == Verdict.INCORRECT and "predicted_answer" in row and answer in (None, ""):
        verdict = Verdict.NO_ANSWER
    return without_none(
        problem_id=row["id"] if row.get("id") is not None else id_of(question),
        question=row.get("problem") or row.get("question"),
        reference_answer=label(row.get("expected_answer")),
        level=row.get("level"),
        topic=row.get("type") or row.get("subject") or row.get("subset_for_metrics"),
        completion=row.get("_full_generation") or row.get("generation"),
        answer=label(answer),
        verdict=verdict,
        verifier=counts,
        finish_reason=row.get("finish_reason"),
        token_count=row.get("num_generated_tokens"),
        **{f"verdict:{name}": v for name, v in verdicts.items() if name != counts},
        reward_model_score=row.get("reward_model_score"),
    )


def verdicts_of(row: dict[str, Any]) -> dict[str, str | None]:
    """Return what each of the harness's verifiers says, the one that counts first."""
    judged = JUDGEMENT.search(row["judgement"]) if isinstance(row.get("judgement"), str) else None
    graded = row.get("graded_list")
    return {
        "symbolic_correct": _verdict(row.get("symbolic_correct")),
        "is_correct": _verdict(row.get("is_correct")),
        "judgement": _verdict(judged[1].lower() == "yes") if judged else None,
        "graded_list": _verdict(all(graded)) if isinstance(graded, list) and graded else None,
    }


def _verdict(value: Any) -> Any:
    """Return the verdict of a truth value; what is none is passed on, to be rejected by name."""
    return (Verdict.CORRECT if value else Verdict.INCORRECT) if isinstance(value, bool) else value


FORMAT = Format(
    "nemo-skills",
    "NeMo-Skills output-rs*.jsonl",
    recognises,
    read,
    ("problem", "expected_answer", "generation", "predicted_answer", "symbolic_correct", "judgement", "is_correct",
     "graded_list", "finish_reason", "num_generated_tokens"),
)  # fmt: skip
