"""What an Inspect log says: header and samples of its schema (version 2) as our columns.

Inspect's *sample* is our problem, its *epoch* one of our samples.
"""

import math
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from backend.importers.gathering import label, needed, without_none
from backend.importers.messages import said_by, text_of
from backend.importers.values import OtherScale, number_in, told
from backend.records import Verdict

LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
CUT = {"max_tokens": "length", "model_length": "length"}
"""Inspect's words for a completion that was cut."""


def is_log(header: Mapping[str, Any]) -> bool:
    """Tell whether an object is the head of an Inspect log."""
    said = header.get("eval")
    return isinstance(said, dict) and isinstance(said.get("task"), str) and isinstance(said.get("model"), str)


def settings_of(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that hold for all samples of a log."""
    said = header["eval"]
    config = {**_dict(header, "plan", "config"), **_dict(said, "model_generate_config")}
    return without_none(
        benchmark=said["task"].rsplit("/", 1)[-1],
        model=said["model"],
        temperature=config.get("temperature"),
        top_p=config.get("top_p"),
        max_tokens=config.get("max_tokens"),
    )


def seed_of(header: Mapping[str, Any], epoch: Any) -> int:
    """Return a number for an epoch of a task.

    A retry keeps its task's id and its epochs, and a run that went on holds the epochs that it held before: both
    bring the same samples again, not new ones, whichever epochs were finished first.
    """
    said = header["eval"]
    task = said.get("task_id") or said.get("run_id") or said.get("created") or ""
    return zlib.crc32(f"{task} {epoch}".encode())


def scorers_of(header: Mapping[str, Any]) -> list[str]:
    """Return the scorers' names, the one that counts first."""
    said = (_dict(header, "results").get("scores"), header["eval"].get("scorers"))
    scores: list[Any] = next((s for s in said if isinstance(s, list) and s), [])
    return list(dict.fromkeys(str(s["name"]) for s in scores if isinstance(s, dict) and s.get("name")))


def _dict(value: Any, *path: str) -> dict[str, Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def verdict_of(value: Any) -> str | None:
    """Return the verdict that a score's value stands for; None where it is no score.

    As in Inspect's own `pass_at`, only a full score is correct: "P" and 0.5 are not.
    """
    if isinstance(value, bool | int | float):
        return None if math.isnan(value) else Verdict.CORRECT if value >= 1 else Verdict.INCORRECT
    if not isinstance(value, str):
        return None
    if value == "N":
        return Verdict.NO_ANSWER
    number = LETTERS.get(value, WORDS.get(value.strip().lower()))
    if number is None:
        try:
            number = float(value)
        except ValueError:
            return None
    return None if math.isnan(number) else Verdict.CORRECT if number >= 1 else Verdict.INCORRECT


def scales_of(samples: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the scorers that score above 1, each with its highest score: they grade on a scale of their own."""
    highest: dict[str, float] = {}
    for sample in samples:
        for name, value in values_of(sample, ()).items():
            number = _points(value)
            if number is not None and number > 1:
                highest[name] = max(number, highest.get(name, 0))
    return highest


def any_points(samples: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a scorer gives numbers, which may be points on a scale of its own, rather than words."""
    return any(_points(value) is not None for sample in samples for value in values_of(sample, ()).values())


def _points(value: Any) -> float | None:
    """Return the number that a score is, also one written as text; None where it is none."""
    if isinstance(value, str):
        value = number_in(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def verdicts_of(
    sample: Mapping[str, Any], scorers: Sequence[str], scales: Collection[str] = ()
) -> dict[str, str | None]:
    """Return the verdict of each scorer, None where it gave none, in the order in which the log names them.

    None gave those in `scales`, which grade on a scale of their own.
    """
    return {name: None if name in scales else verdict_of(value) for name, value in values_of(sample, scorers).items()}


def values_of(sample: Mapping[str, Any], scorers: Sequence[str]) -> dict[str, Any]:
    """Return what each scorer says; one that scores several parts says something of each, named with it."""
    scores = _dict(sample, "scores")
    found: dict[str, Any] = {}
    for name in [*(s for s in scorers if s in scores), *(s for s in scores if s not in scorers)]:
        value = scores[name].get("value") if isinstance(scores[name], dict) else scores[name]
        if isinstance(value, list):
            value = {str(i): v for i, v in enumerate(value)}
        if isinstance(value, dict):
            found |= {f"{name}/{part}": v for part, v in value.items()}
        else:
            found[name] = value
    return found


def row_of(
    sample: Mapping[str, Any], scorers: Sequence[str], counts: str | None, scales: Collection[str]
) -> dict[str, Any]:
    """Return the columns of one sample or of its summary; `counts` is the scorer whose verdict counts in the log.

    Raises Unfit where it has no id; OtherScale at a score above 1 of a scorer not known to grade on a scale of its own.
    """
    values = values_of(sample, scorers)
    if late := next((n for n, value in values.items() if n not in scales and (_points(value) or 0) > 1), None):
        raise OtherScale(
            f"{late} scores {told(values[late])} here and from 0 to 1 in the samples before: on such a scale it is "
            "not known from which score on a sample is correct"
        )
    verdicts = verdicts_of(sample, scorers, scales)
    counted = counts or next((name for name in verdicts if verdicts[name] or name in scales), None)
    verdict = verdicts.get(counted) if counted else None
    failed = verdict is None and bool(sample.get("error"))
    score = _score(_dict(sample, "scores"), counted)
    target = sample.get("target")
    row = {
        "problem_id": needed(sample, "id"),
        "question": _question(sample.get("input")),
        "reference_answer": _answer(target[0] if isinstance(target, list) and len(target) == 1 else target),
        "answer": _answer(score.get("answer")),
        "verdict": Verdict.ERROR if failed else verdict,
        "verifier": None if failed else counted,
        **{f"verdict:{name}": beside for name, beside in verdicts.items() if name != counted},
        **{f"score:{name}": values.get(name) for name in scales},
        "epoch": sample.get("epoch"),
        "limit": _kind(sample.get("limit")),
        "error": _kind(sample.get("error")) if failed else None,
    }
    return without_none(**row)


def _score(scores: dict[str, Any], name: str | None) -> dict[str, Any]:
    """Return the score of a scorer, or of the scorer that gave this part of one."""
    score = scores.get(name, scores.get(name.split("/", 1)[0])) if name else None
    return score if isinstance(score, dict) else {}


def _answer(value: Any) -> Any:
    value = label(value)
    return value.strip() if isinstance(value, str) else value


def _kind(value: Any) -> Any:
    return (value.get("message") or value.get("type")) if isinstance(value, dict) else value


def _question(value: Any) -> str | None:
    """Return the question: a text, or the last message of the user."""
    return said_by(value, "user")


def output_of(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that only the whole sample has: completion, why it ended, its tokens."""
    output = _dict(sample, "output")
    choices = output.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    reason = choice.get("stop_reason")
    return without_none(
        completion=text_of(_attached(_dict(choice, "message").get("content"), sample)),
        question=_question(_attached_in(sample.get("input"), sample)),
        finish_reason=CUT.get(reason, reason) if isinstance(reason, str) else None,
        token_count=_dict(output, "usage").get("output_tokens"),
    )


def _attached_in(messages: Any, sample: Mapping[str, Any]) -> Any:
    """Return messages with the texts that their references stand for."""
    if not isinstance(messages, list):
        return _attached(messages, sample)
    return [{**m, "content": _attached(m.get("content"), sample)} if isinstance(m, dict) else m for m in messages]


def _attached(content: Any, sample: Mapping[str, Any]) -> Any:
    """Return a message's content, a text or its parts, with the texts that its references stand for."""
    if isinstance(content, list):
        return [
            {k: _referred(v, sample) if isinstance(v, str) else v for k, v in part.items()}
            if isinstance(part, dict)
            else part
            for part in content
        ]
    return _referred(content, sample) if isinstance(content, str) else content


def _referred(text: str, sample: Mapping[str, Any]) -> str:
    """Return the text that an `attachment://` reference stands for; any other text as it is."""
    if not text.startswith("attachment://"):
        return text
    attachments = sample.get("attachments")
    key = text.removeprefix("attachment://")
    if isinstance(attachments, list):
        return str(attachments[int(key)]) if key.isdigit() and int(key) < len(attachments) else text
    return str(attachments[key]) if isinstance(attachments, dict) and key in attachments else text
