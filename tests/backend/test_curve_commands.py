"""Curves and training logs by command."""

from pathlib import Path

import pytest

from tests.backend.test_cli import run
from tests.conftest import drawn, write_rows


@pytest.fixture
def base(tmp_path: Path) -> None:
    """Import a run of three problems without answers."""
    rows = [
        *drawn("p1", [True, False, False, False]),
        *drawn("p2", [False] * 4),
        *drawn("p3", [True, False, False, True]),
    ]
    run("import", write_rows(tmp_path / "base.jsonl", rows), "--run", "base")


@pytest.mark.usefixtures("base")
def test_every_metric_is_given_by_command() -> None:
    assert [p["pass_hat_k"] for p in run("curve", "base", "--metric", "pass_hat_k", "--k", "1", "--json").json] == [
        pytest.approx(0.25)
    ]
    asked = ("curve", "base", "--metric", "g_pass_at_k", "--threshold", "3/4", "--k", "4", "--json")
    assert run(*asked).json[0]["threshold"] == "3/4"
    assert run(*asked).json[0]["g_pass_at_k"] == 0
    paths = run("curve", "base", "--metric", "paths_at_k", "--k", "1,2,4", "--json").json
    assert [p["paths_at_k"] for p in paths] == pytest.approx([0.25, 0.5, 1.0])
    cover = run("curve", "base", "--metric", "cover_at", "--json").json
    assert [p["threshold"] for p in cover][:2] == [0.01, 0.02]
    floor = run("curve", "base", "--k", "1,2", "--answer-space", "4", "--json").json
    assert [p["guess_floor"] for p in floor] == pytest.approx([1 / 4, 7 / 16])
    beyond = run("curve", "base", "--k", "1", "--extrapolate", "--json").json
    assert beyond[0]["guess_floor"] is None
    assert (beyond[1]["part"], "10 problems" in beyond[1]["refused"]) == ("extrapolated", True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metric", "maj_at_k"], "no answers are stored"),
        (["--metric", "cot_pass_at_k"], "no second verifier"),
        (["--metric", "cover_at", "--k", "1"], "runs over τ"),
        (["--metric", "g_pass_at_k", "--threshold", "half"], "The threshold is half."),
        (["--answer-space", "0"], "The answer space is 0."),
        (["--metric", "maj_at_k", "--extrapolate"], "not carried on"),
    ],
)
@pytest.mark.usefixtures("base")
def test_a_curve_that_cannot_be_given_is_refused_with_the_reason(options: list[str], said: str) -> None:
    answer = run("curve", "base", *options, "--json")
    assert answer.code == 2
    assert said in answer.said


def test_training_logs_are_listed_and_deleted_by_command(tmp_path: Path) -> None:
    rows = [{"run": "mine", "step": step, "reward": 0.5} for step in (1, 2)]
    run("import", write_rows(tmp_path / "log.jsonl", rows))
    (log,) = run("training-logs", "--json").json
    assert (log["log"], log["steps"], log["has_reward"], log["has_entropy"]) == ("mine", 2, True, False)
    assert run("delete-training-log", "mine", "--json").json == {"deleted": "mine", "steps": 2}
    assert run("training-logs", "--json").code == 1
    assert run("delete-training-log", "mine", "--json").code == 1
