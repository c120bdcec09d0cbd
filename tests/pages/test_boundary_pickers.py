"""Which runs are checkpoints of one training."""

import numpy as np
import pandas as pd
import pytest

from pages.shared.boundary_pickers import checkpoints


def trained(*models: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run": [name for name, _ in models], "model": [name for name, _ in models], "training": "rlvr",
            "base_model": "base", "temperature": 1.0, "top_p": np.nan,
            "max_tokens": np.nan, "prompt_template": None, "checkpoint_step": [step for _, step in models],
        }
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Qwen2.5-7B-step{}", "ckpt-{}-Qwen2.5-7B", "llama-3.1-8B/global_step_{}/hf", "m{}"])
def test_checkpoints_are_told_by_their_step_whatever_other_numbers_their_names_hold(name: str) -> None:
    steps = [5, 7, 8, 10, 25]
    runs = trained(*((name.format(step), step) for step in steps), ("another-10", 10))
    assert list(checkpoints(runs, name.format(5)).values()) == steps
    assert list(checkpoints(runs, "another-10").values()) == [10]


def test_runs_drawn_at_other_settings_are_no_checkpoints_of_this_one() -> None:
    for setting, values in (("temperature", [0.6, 1.0]), ("max_tokens", [1024, np.nan])):
        runs = trained(("m-5", 5), ("m-10", 10)).assign(**{setting: values})
        assert list(checkpoints(runs, "m-5").values()) == [5]
