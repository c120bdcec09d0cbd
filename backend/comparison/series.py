"""What becomes of pass@1 and of pass@k over the checkpoints of one training, on the problems that all of them have."""

from collections.abc import Mapping

import pandas as pd

from backend.comparison.counts import shared_problems, smallest_n
from backend.comparison.metrics import POPULATION, metric_curve
from backend.statistics.bootstrap import SEED


def checkpoint_series(
    counts: Mapping[int, pd.DataFrame], *, interval: str = POPULATION, level: float = 0.95, seed: int = SEED
) -> pd.DataFrame:
    """Return pass@1 and pass@k of each checkpoint, k being the largest that all have.

    counts: one run's counts (problem, n, c) by training step; the base model's stand at step 0. One row a step and
    budget: step, k, value, low, high, problems; empty where no problem is shared.
    """
    shared = shared_problems(counts.values())
    kept = {step: frame[frame["problem"].isin(shared)] for step, frame in counts.items()}
    k = min((smallest_n(frame) for frame in kept.values()), default=0)
    if not k:
        return pd.DataFrame(columns=["step", "k", "value", "low", "high", "problems"])
    ks = sorted({1, k})
    each = [
        metric_curve(frame, ks, interval=interval, level=level, seed=seed).assign(step=step)
        for step, frame in sorted(kept.items())
    ]
    points = pd.concat(each, ignore_index=True)
    return points[["step", "k", "value", "low", "high", "problems"]]


def series_in_words(points: pd.DataFrame) -> str:
    """Say how pass@1 and pass@k moved from the first to the last step, in one sentence."""
    first, last = (points[points["step"] == step] for step in (points["step"].min(), points["step"].max()))
    said = [
        f"pass@{k:,} {_moved(100 * float(before), 100 * float(after))}"
        for k, before, after in zip(first["k"], first["value"], last["value"], strict=True)
    ]
    return f"From step {int(first['step'].iloc[0]):,} to {int(last['step'].iloc[0]):,} {' and '.join(said)}"


def _moved(before: float, after: float) -> str:
    word = "rises" if after > before else "falls" if after < before else "stays"
    return f"{word} from {before:.1f} to {after:.1f} %" if word != "stays" else f"stays at {after:.1f} %"


def running_mean(values: pd.Series) -> tuple[pd.Series, int]:
    """Return the centred mean over a fortieth of the values, at each of them, and over how many that is."""
    window = max(1, len(values) // 40)
    return values.rolling(window, center=True, min_periods=1).mean(), window


LOG_WORDS = {"reward": "mean reward", "entropy": "entropy, nats", "length": "tokens a sample"}
"""What a training log says at each step, by its column."""


def log_in_words(steps: pd.DataFrame, column: str) -> str:
    """Say how the running mean of one column of a log moved from its first to its last step, in one sentence."""
    known = steps[["step", column]].dropna()
    mean, _ = running_mean(known[column])
    first, last = (f"{float(mean.iloc[end]):,.3g}" for end in (0, -1))
    moved = f"stays at {last}" if first == last else f"goes from {first} to {last}"
    what = LOG_WORDS[column].partition(",")[0]
    return f"From step {int(known['step'].iloc[0]):,} to {int(known['step'].iloc[-1]):,} the {what} {moved}"
