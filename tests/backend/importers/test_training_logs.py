"""Training logs: recognised by content, stored once, gone with the last model of their training."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.config import ROOT
from backend.errors import BadInput, NotFound
from backend.importers import import_file, recognise
from backend.importers.source import Source
from backend.store.database import Store
from backend.store.queries import runs
from backend.store.training_logs import delete_training_log, family_of, training_logs, training_steps
from backend.store.writes import delete_run
from tests.conftest import drawn, write_rows

STEPS: list[dict[str, Any]] = [
    {"run": "r", "step": 1, "reward": 0.1, "entropy": 0.5},
    {"run": "r", "step": 2, "reward": 0.2, "entropy": None, "length": 30.5},
]


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet"])
def test_a_log_is_read_from_every_form(store: Store, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"log.{ending}"
    if ending == "jsonl":
        write_rows(path, STEPS)
    elif ending == "json":
        path.write_text(json.dumps(STEPS))
    elif ending == "csv":
        path.write_text("run,step,reward,entropy,length\nr,1,0.1,0.5,\nr,2,0.2,,30.5\n")
    else:
        pq.write_table(pa.Table.from_pylist([{"length": None, **row} for row in STEPS]), path)
    assert import_file(store, path).added == 2
    steps = training_steps(store, "r")
    assert steps["step"].tolist() == [1, 2]
    assert steps["reward"].tolist() == [0.1, 0.2]
    assert steps["entropy"].isna().tolist() == [False, True]
    assert steps["length"].isna().tolist() == [True, False]


def test_the_demos_logs_are_known(store: Store) -> None:
    path = ROOT / "data" / "demo" / "training-log-tiny-rlvr.parquet"
    assert recognise(Source(path, path.name)).name == "training-log"
    assert import_file(store, path).added == 600
    (log,) = training_logs(store).to_dict("records")
    assert (log["log"], log["first_step"], log["last_step"], log["models"]) == ("tiny-rlvr", 1, 600, [])


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"global_step": 3, "critic/rewards/mean": 0.5, "actor/entropy": 0.1, "response_length/mean": 99.0}, "mine"),
        ({"step": 3, "reward": 0.5, "completions/mean_length": 99, "loss": 0.1, "model": "m"}, "m"),
    ],
)
def test_trainers_own_names_are_known(store: Store, tmp_path: Path, row: dict[str, Any], name: str) -> None:
    import_file(store, write_rows(tmp_path / "training-log-mine.jsonl", [row]))
    assert training_steps(store, name)[["step", "reward", "length"]].to_numpy().tolist() == [[3, 0.5, 99]]


def test_a_name_that_is_given_wins(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "log.jsonl", STEPS), model="other")
    assert training_logs(store)["log"].tolist() == ["other"]


def test_the_same_steps_add_nothing_and_others_are_refused_with_their_line(store: Store, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "log.jsonl", STEPS)
    import_file(store, path)
    again = import_file(store, path)
    assert (again.added, again.duplicates, again.rejected) == (0, 2, [])
    other = import_file(
        store, write_rows(tmp_path / "more.jsonl", [{**STEPS[0], "reward": 0.9}, {**STEPS[0], "step": 3}])
    )
    assert (other.added, [(r.line, "other values" in r.reason) for r in other.rejected]) == (1, [(1, True)])


def test_bad_steps_are_refused_and_the_others_kept(store: Store, tmp_path: Path) -> None:
    rows = [STEPS[0], {"run": "r", "step": -1, "reward": 0.1}, {"run": "r", "reward": 0.1}, {"run": "r", "step": 9}]
    report = import_file(store, write_rows(tmp_path / "log.jsonl", rows))
    assert report.added == 1
    assert [(r.line, r.reason) for r in report.rejected] == [
        (2, "step is -1; it must be a whole number, 0 or more"),
        (3, "step is missing"),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"step": 1, "reward": 0.5, "completion": "text"},
        {"step": 1, "loss": 0.5},
        {"step": 1, "reward": 0.5, "prompt": "What is 2 + 2?"},
    ],
)
def test_what_holds_texts_or_no_number_of_ours_is_no_log(tmp_path: Path, row: dict[str, Any]) -> None:
    path = write_rows(tmp_path / "rows.jsonl", [row])
    with pytest.raises(BadInput):
        recognise(Source(path, path.name))


@pytest.mark.parametrize(
    ("model", "step", "family"),
    [
        ("tiny-rlvr-150", 150, "tiny-rlvr"), ("GRPO-step150", 150, "GRPO"), ("org/m_global_step_40", 40, "org/m"),
        ("m/checkpoint-12", 12, "m"), ("qwen2.5-7", None, "qwen2.5-7"), ("m-7", 8, "m-7"), ("150", 150, "150"),
        ("m/step_5/hf", 5, "m/step_/hf"), ("llama-3.1-5B/step_1/hf", 1, "llama-3.1-5B/step_/hf"),
    ],
)  # fmt: skip
def test_a_family_is_the_name_without_the_step(model: str, step: int | None, family: str) -> None:
    assert family_of(model, step) == family


def test_a_log_goes_when_it_is_deleted_or_with_its_last_model(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "log.jsonl", STEPS))
    import_file(store, write_rows(tmp_path / "other.jsonl", [{**STEPS[0], "run": "kept"}]))
    for step in (1, 2):
        about = {"model": f"r-{step}", "training": "rlvr", "checkpoint_step": step}
        import_file(store, write_rows(tmp_path / f"r{step}.jsonl", drawn("p", [True], **about)))
    assert training_logs(store).set_index("log")["models"].to_dict() == {"kept": [], "r": ["r-1", "r-2"]}
    first, last = runs(store)["run"]
    delete_run(store, first)
    assert training_logs(store)["log"].tolist() == ["kept", "r"]
    delete_run(store, last)
    assert training_logs(store)["log"].tolist() == ["kept"]
    assert delete_training_log(store, "kept") == 1
    assert store.rows("select count(*) from training_steps") == [(0,)]
    with pytest.raises(NotFound):
        delete_training_log(store, "kept")
