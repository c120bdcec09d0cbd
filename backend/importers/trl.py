"""TRL's GRPO completions: one Parquet file a step, one row a sample, a column a reward function."""

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from backend.importers.format import Format
from backend.importers.gathering import Gathering, batches, id_of, without_none
from backend.importers.messages import said_by
from backend.importers.parquet import columns_in_parquet, open_parquet, parquet_rows
from backend.importers.places import run_folder, seed_of_content
from backend.importers.rows import Given
from backend.importers.scores import HALF, HIGHEST_REWARD, threshold_told, verdict_from
from backend.importers.source import Source
from backend.store.incoming import Batch

OWN = frozenset(("step", "prompt", "completion", "advantage"))
CORRECTNESS = re.compile(r"acc|correct|exact|answer|solve|solution|verif|math", re.IGNORECASE)
FORM = re.compile(r"format|length|tag|xml", re.IGNORECASE)
"""Rewards for the form of an answer, whatever else their name holds (`match_format_exactly`)."""


def recognises(source: Source) -> bool:
    """Tell by the columns: a step, prompt and completion, and the advantage or a reward."""
    if not source.is_parquet:
        return False
    columns = columns_in_parquet(source)
    return {"step", "prompt", "completion"} <= columns and (
        "advantage" in columns or any(c.startswith("reward") for c in columns)
    )


def reward_that_counts(rewards: list[str]) -> str | None:
    """Return the reward that says whether the answer is right: the only one, or the one named so."""
    if len(rewards) == 1:
        return rewards[0]
    right = (r for r in rewards if CORRECTNESS.search(r) and not FORM.search(r))
    return next(right, "reward" if "reward" in rewards else None)


def read(source: Source, given: Given) -> Iterator[Batch]:
    """Yield one sample a row."""
    columns = open_parquet(source).schema_arrow
    rewards = [f.name for f in columns if f.name not in OWN and _is_number(f.type)]
    counted = reward_that_counts(rewards)
    folder, seed = (run_folder(source) or "trl").removesuffix("/completions"), seed_of_content(source)

    def add(gathered: Gathering, line: int, row: dict[str, Any]) -> None:
        prompt = said_by(row["prompt"], "user")
        value = row[counted] if counted else None
        columns = without_none(
            problem_id=id_of(prompt) if prompt else None,
            question=prompt,
            model=f"{folder} step {row['step']}",
            checkpoint_step=_step(row["step"]),
            seed=seed,
            completion=said_by(row["completion"], "assistant"),
            verdict=verdict_from(value, HALF, str(counted), HIGHEST_REWARD),
            verifier=f"{counted} ≥ {HALF}" if counted else None,
            advantage=row.get("advantage"),
            **{r: row[r] for r in rewards},
        )
        gathered.add(line, columns)
        gathered.note(threshold_told(value, HALF, str(counted)))

    yield from batches(source, given, parquet_rows(source), add)


def _step(value: Any) -> Any:
    """Return the step as a number; older releases wrote it as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


FORMAT = Format(
    "trl",
    "TRL GRPO completions (Parquet)",
    recognises,
    read,
    ("step", "prompt", "completion", "advantage", "one column a reward function"),
)
