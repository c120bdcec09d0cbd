"""The nouns of the project, as frozen values: what every other room speaks about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a verifier says of one sample."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    NO_ANSWER = "no_answer"
    """The completion holds no answer that could be compared; it counts as a draw that did not solve."""
    ERROR = "error"
    """The verifier or the engine failed; the sample is no draw and stays out of n."""


class JobState(StrEnum):
    """How a sampling job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    """All that could be drawn was; single problems may have failed, and say why."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class Training(StrEnum):
    """How a model came to be; it decides the model's colour everywhere."""

    BASE = "base"
    SFT = "sft"
    RLVR = "rlvr"
    DISTILLED = "distilled"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem of a benchmark."""

    benchmark: str
    problem: str
    """The problem's id within its benchmark."""
    question: str | None = None
    reference_answer: str | None = None
    level: str | None = None
    topic: str | None = None
    answer_space: int | None = None
    """How many answers a guesser could choose from, where that is known (1,000 for AIME)."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the file said of the problem."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One attempt of one run at one problem."""

    run: str
    """The run's key."""
    problem: str
    sample_index: int
    verdict: Verdict | None
    """None: not scored by any verifier."""
    answer: str | None = None
    verifier: str | None = None
    finish_reason: str | None = None
    token_count: int | None = None
    sum_logprob: float | None = None
    """Summed natural log-probability of the sampled tokens under the model that drew them."""
    min_logprob: float | None = None
    """The least probable sampled token's natural log-probability."""
    seed: int | None = None
    completion: str | None = None
    """None: the run came without texts."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    other_verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """Verdicts of further verifiers, by verifier; the run says which one counts."""
    other_logprobs: Mapping[str, float] = field(default_factory=dict)
    """Summed log-probability of the same tokens under other models, by model."""


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """How a run's samples are drawn: what must be the same for all of them."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    """None: all tokens may be drawn."""
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    """Texts that end a completion; they are not part of it."""
    prompt_template: str = "{question}"
    """The prompt, with the problem's statement and facts in braces."""
    chat: bool = False
    """Whether the prompt is put as a user's message, by the model's own chat template."""
    system: str | None = None
    """The system message of a chat."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One completion as an engine gave it."""

    text: str
    finish_reason: str | None = None
    stop_reason: str | None = None
    """The stop string that ended it, where one did."""
    token_count: int | None = None
    sum_logprob: float | None = None
    """Summed natural log-probability of its tokens at temperature 1, end token included."""
    min_logprob: float | None = None
