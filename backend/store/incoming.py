"""What may arrive at the store: the columns of a row, and the batches in which rows come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa


class Kind(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    LABEL = "text or number"
    COUNT = "whole number, 0 or more"
    INTEGER = "whole number"
    NUMBER = "number"
    CORRECT = "true, false or null"
    VERDICT = "correct, incorrect, no_answer or error"
    TRAINING = "base, sft, rlvr or distilled"


ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.LABEL: pa.string(),
    Kind.COUNT: pa.int64(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.CORRECT: pa.string(),
    Kind.VERDICT: pa.string(),
    Kind.TRAINING: pa.string(),
}


@dataclass(frozen=True)
class Field:
    """One column that a row may have."""

    name: str
    kind: Kind
    meaning: str


PROBLEM_FIELDS = (
    Field("benchmark", Kind.LABEL, "the named set of problems; `unnamed` where nothing names it"),
    Field("problem_id", Kind.LABEL, "the problem within its benchmark"),
    Field("question", Kind.TEXT, "the problem's statement"),
    Field("reference_answer", Kind.LABEL, "the answer that counts as correct"),
    Field("level", Kind.LABEL, "how hard the benchmark says the problem is"),
    Field("topic", Kind.LABEL, "what the problem is about"),
    Field("answer_space", Kind.COUNT, "how many answers a guesser could choose from"),
)
RUN_FIELDS = (
    Field("model", Kind.LABEL, "the model that was sampled; the file's name where nothing names it"),
    Field("training", Kind.TRAINING, "how the model came to be"),
    Field("base_model", Kind.LABEL, "the model that the training began from"),
    Field("checkpoint_step", Kind.COUNT, "the training step of the checkpoint"),
    Field("run", Kind.LABEL, "the run's name; made from model, benchmark and settings where absent"),
    Field("temperature", Kind.NUMBER, "sampling temperature"),
    Field("top_p", Kind.NUMBER, "nucleus sampling's share of probability"),
    Field("max_tokens", Kind.COUNT, "the most tokens a completion could have"),
    Field("prompt_template", Kind.TEXT, "how the question was put to the model"),
    Field("verifier", Kind.LABEL, "who gave the verdict"),
)
SAMPLE_FIELDS = (
    Field("sample_index", Kind.COUNT, "the sample's number within run and problem; file order where absent"),
    Field("completion", Kind.TEXT, "the text that the model wrote"),
    Field("answer", Kind.LABEL, "the answer found in the completion"),
    Field("correct", Kind.CORRECT, "whether the answer is right; null: not scored"),
    Field("verdict", Kind.VERDICT, "says more than `correct`, and wins where both are given"),
    Field("finish_reason", Kind.LABEL, "why the completion ended; `length` means cut"),
    Field("token_count", Kind.COUNT, "tokens in the completion"),
    Field("sum_logprob", Kind.NUMBER, "summed natural log-probability of the sampled tokens"),
    Field("min_logprob", Kind.NUMBER, "the least probable sampled token's natural log-probability"),
    Field("seed", Kind.INTEGER, "the seed of the draw or of its file"),
)
COUNT_FIELDS = (
    Field("n", Kind.COUNT, "samples drawn and scored"),
    Field("c", Kind.COUNT, "correct samples among them, at most n"),
)
TRAINING_FIELDS = (
    Field("step", Kind.COUNT, "the training step"),
    Field("reward", Kind.NUMBER, "the mean reward of the step's samples"),
    Field("entropy", Kind.NUMBER, "the mean entropy of the step's tokens, in nats"),
    Field("length", Kind.NUMBER, "the mean tokens of the step's samples"),
)
"""A step of a training log; no column of samples."""
FIELDS = {f.name: f for f in (*PROBLEM_FIELDS, *RUN_FIELDS, *SAMPLE_FIELDS, *COUNT_FIELDS)}
OTHER_VERDICT = "verdict:"
OTHER_LOGPROB = "logprob:"


class Form(StrEnum):
    """What the rows of a batch are."""

    SAMPLES = "samples"
    COUNTS = "counts"
    PROBLEMS = "problems"
    TRAINING = "training"


@dataclass(frozen=True)
class Rejection:
    """One row that was not taken."""

    line: int
    """The line of the file, from 1; the row where the format has no lines."""
    reason: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, checked column by column.

    `table` has a column `line`, one for each of FIELDS that the form uses (null where a row says nothing, of Arrow's
    null type where no row says anything; `correct` already folded into `verdict`), `metadata` (JSON text or null), and
    any number of columns `verdict:NAME` (verdicts of further verifiers) and `logprob:NAME` (log-probabilities under
    other models). That of a training log has `line`, `log` (its name) and TRAINING_FIELDS.
    """

    form: Form
    table: pa.Table
    rejected: list[Rejection] = field(default_factory=list)
    rows: int = 0
    """Rows read for this batch, rejected ones included."""
    bytes_done: int = 0
    """How far the file has been read."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """What somebody should know of how rows were read, with the number of rows it holds for."""


def columns_of(form: Form) -> tuple[Field, ...]:
    """Return the columns that a batch of this form has besides `line` and `metadata`."""
    fields = {
        Form.SAMPLES: (*PROBLEM_FIELDS, *RUN_FIELDS, *SAMPLE_FIELDS),
        Form.COUNTS: (*PROBLEM_FIELDS, *RUN_FIELDS, *COUNT_FIELDS),
        Form.PROBLEMS: PROBLEM_FIELDS,
        Form.TRAINING: TRAINING_FIELDS,
    }[form]
    return tuple(f for f in fields if f.name != "correct")
