"""What the list of problems says of each, and which comparison a page opens on."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.describing import ready_made
from backend.comparison.problem_words import words

ROW = {
    "verdict": "shared", "ratio_base": np.nan, "ratio_rlvr": np.nan, "c_base": 9, "c_rlvr": 3, "n_base": 16,
    "n_rlvr": 16, "upper_base": 0.7, "upper_rlvr": 0.3, "fragile": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "said"),
    [(1.019, "base at least 1.01 × as often"), (2.999, "base at least 2.99 × as often"),
     (12.39, "base at least 12.3 × as often"), (1234.9, "base at least 1,234 × as often"), (1.004, "both solve it")],
)  # fmt: skip
def test_a_lower_bound_is_never_rounded_up_and_one_of_nothing_is_left_out(bound: float, said: str) -> None:
    assert words({**ROW, "ratio_base": bound}, 0.95) == said


def _run(run: str, training: str, temperature: float | None, step: int | None = None) -> dict[str, object]:
    return {
        "run": run, "model": run.split("@")[0], "training": training, "base_model": "b" if step else None,
        "checkpoint_step": step, "samples": 100, "temperature": temperature, "top_p": None,
    }  # fmt: skip


def test_a_page_opens_on_two_runs_of_the_same_settings_where_most_checkpoints_are() -> None:
    runs = pd.DataFrame(
        [
            _run("b@0.6", "base", 0.6), _run("b@1", "base", 1.0), _run("r600@0.6", "rlvr", 0.6, 600),
            _run("r300@1", "rlvr", 1.0, 300), _run("r600@1", "rlvr", 1.0, 600),
        ]
    )  # fmt: skip
    assert ready_made(runs) == ("b@1", "r600@1")
    assert ready_made(runs[runs["run"] != "b@1"]) == ("b@0.6", "r600@1")
    assert ready_made(runs.assign(temperature=None)) == ("b@0.6", "r600@0.6")
    assert ready_made(runs.iloc[:0]) == (None, None)
