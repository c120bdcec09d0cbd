"""Log-probabilities of samples under the base model, summed up by problem."""

from pathlib import Path

import pytest

from backend.importers import import_file
from backend.store.database import Store
from backend.store.likelihoods import likelihoods
from tests.conftest import drawn, write_rows

BASE = {"p": [-2.0, -4.0], "q": [-1.0, -1.0]}
RLVR = {"p": [-1.0, -2.0, -9.0], "q": [-3.0]}
TOKENS = 10


def add(store: Store, folder: Path, name: str, column: str, values: dict[str, list[float]]) -> None:
    rows = [
        {**row, column: value, "token_count": TOKENS}
        for problem, each in values.items()
        for row, value in zip(
            drawn(problem, [True] * len(each), model=name, run=name, benchmark="b"), each, strict=True
        )
    ]
    rows += drawn("r", [True], model=name, run=name, benchmark="b")
    import_file(store, write_rows(folder / f"{name}.jsonl", rows))


def test_each_problem_has_both_means_a_token_and_how_the_correct_samples_lie(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", "sum_logprob", BASE)
    add(store, tmp_path, "rlvr", "logprob:base", RLVR)
    found = likelihoods(store, "base", "rlvr")
    assert found["problem"].tolist() == ["p", "q"], "r has no log-probabilities"
    assert found["base"].tolist() == pytest.approx([-0.3, -0.1])
    assert found["rlvr"].tolist() == pytest.approx([-0.4, -0.3])
    counted = found[["samples_base", "samples_rlvr", "correct", "within", "below"]]
    assert counted.to_numpy().tolist() == [[2, 3, 3, 1, 1], [2, 1, 1, 0, 1]]


def test_scores_under_another_model_do_not_count(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", "sum_logprob", BASE)
    add(store, tmp_path, "rlvr", "logprob:elsewhere", RLVR)
    assert likelihoods(store, "base", "rlvr").empty
    assert likelihoods(store, "base", "base").empty


def test_samples_without_a_verdict_or_without_tokens_are_left_out(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "base", "sum_logprob", BASE)
    rows = [
        {**row, "logprob:base": -5.0, "token_count": tokens}
        for row, tokens in zip(
            drawn("p", [True, None, True], model="m", run="m", benchmark="b"), (10, 10, 0), strict=True
        )
    ]
    import_file(store, write_rows(tmp_path / "m.jsonl", rows))
    found = likelihoods(store, "base", "m")
    assert found[["samples_rlvr", "rlvr"]].to_numpy().tolist() == [[1, -0.5]]
