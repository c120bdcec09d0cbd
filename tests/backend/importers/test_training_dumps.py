"""What training writes as it goes: verl's dumps and TRL's completions; two trainings never become one."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each
from tests.conftest import write_rows


def completions(path: Path, **columns: list[Any]) -> Path:
    """Write TRL's completions of one prompt."""
    count = len(next(iter(columns.values())))
    same = {"step": [5] * count, "prompt": ["2+2?"] * count, "completion": [str(i) for i in range(count)]}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({**same, **columns, "advantage": [0.0] * count}), path)
    return path


@pytest.mark.parametrize(
    ("rewards", "counts"),
    [
        (
            {"match_format_exactly": [3.0, 3.0], "check_answer": [3.0, -1.5], "check_numbers": [1.5, 0.0]},
            "check_answer",
        ),
        ({"xmlcount_reward_func": [0.1, 0.5], "correctness_reward_func": [2.0, 0.0]}, "correctness_reward_func"),
        ({"answer_format_reward": [1.0, 1.0], "reward": [1.0, 0.0]}, "reward"),
    ],
)
def test_a_reward_for_the_form_never_counts_as_correct(
    rewards: dict[str, list[Any]], counts: str, tmp_path: Path
) -> None:
    told = inspect(completions(tmp_path / "completions_00005.parquet", **rewards))
    assert {row["verifier"] for row in told["first"]} == {f"{counts} ≥ 0.5"}
    assert (told["runs"][0]["correct"], told["runs"][0]["samples"]) == (1, 2)


def test_two_rewards_of_which_none_speaks_of_the_answer_leave_the_samples_unscored(tmp_path: Path) -> None:
    told = inspect(completions(tmp_path / "completions_00005.parquet", brevity=[1.0, 0.0], style=[0.0, 1.0]))
    assert (told["runs"][0]["unscored"], told["first"][0].get("verifier")) == (2, None)


def test_a_step_that_was_written_as_text_is_a_step(tmp_path: Path) -> None:
    path = completions(tmp_path / "completions_00005.parquet", step=["5", "5"], accuracy_reward=[1.0, None])
    told = inspect(path)
    assert told["rejected"] == []
    assert {row["checkpoint_step"] for row in told["first"]} == {5}
    assert (told["runs"][0]["correct"], told["runs"][0]["unscored"]) == (1, 1)


def test_completions_of_two_trainings_are_two_runs_even_where_their_bytes_are_the_same(
    tmp_path: Path, store: Store
) -> None:
    for training in ("first", "second"):
        completions(tmp_path / training / "completions" / "completions_00005.parquet", accuracy_reward=[1.0, 0.0])
    each(store, [tmp_path])
    frame = queries.runs(store)
    assert set(zip(frame["model"], frame["samples"], strict=True)) == {("first step 5", 2), ("second step 5", 2)}


def test_dumps_of_two_trainings_and_of_their_validation_are_runs_of_their_own(tmp_path: Path, store: Store) -> None:
    for training in ("first", "second"):
        for kind in ("rollouts", "validation"):
            path = tmp_path / training / kind / "10.jsonl"
            path.parent.mkdir(parents=True)
            write_rows(path, [{"input": "2+2?", "output": "4", "score": 1.0, "step": 10}])
    each(store, [tmp_path])
    models = {f"{training}/{kind} step 10" for training in ("first", "second") for kind in ("rollouts", "validation")}
    assert set(queries.runs(store)["model"]) == models


def test_verl_says_from_which_score_on_a_sample_is_correct(tmp_path: Path) -> None:
    scores = [1.0, -1.0, 0.1, 0.5, None, float("nan")]
    path = tmp_path / "10.jsonl"
    path.write_text("".join(json.dumps({"input": "p", "output": "", "score": s, "step": 10}) + "\n" for s in scores))
    told = inspect(path)
    assert {row["verifier"] for row in told["first"]} == {"verl score ≥ 0.5"}
    run = told["runs"][0]
    assert (run["correct"], run["incorrect"], run["unscored"], run["problems"]) == (2, 2, 2, 1)
