"""The paper's published curves and tables, found by a benchmark's name; data/published/README.md tells the source."""

import re
from functools import cache

import pandas as pd

from backend.config import ROOT

FOLDER = ROOT / "data" / "published"
PAPER = "Yue et al. 2025"
PRECISION = {"Figure": "read off the figure, ± 0.05 points", "Table": "as printed, ± 0.05 points"}
_LEFT_OUT = re.compile(r"(?:bench|benchmark|test|main|v\d+)$")
_SAME = {
    "aime2024": "aime24", "amc2023": "amc23", "amc": "amc23", "hendrycksmath500": "math500", "minervamath": "minerva",
    "omnimathtest": "omnimathtest", "openaigsm8k": "gsm8k",
}  # fmt: skip
"""Other names that benchmarks go by, once letters and digits are all that is left of them."""


def same_name(benchmark: str) -> str:
    """Return what is left of a benchmark's name without case, punctuation, owner and words like `test`."""
    letters = re.sub(r"[^a-z0-9]", "", benchmark.lower().rsplit("/", 1)[-1])
    if letters in _SAME:
        return _SAME[letters]
    bare = _LEFT_OUT.sub("", letters)
    return _SAME.get(bare, bare)


@cache
def _all() -> pd.DataFrame:
    frames = [pd.read_csv(FOLDER / name) for name in ("figures.csv", "tables.csv")]
    kept = pd.concat(frames, ignore_index=True)
    return kept.assign(name=kept["benchmark"].map(same_name))


def published_sets(benchmark: str) -> list[str]:
    """Return which published comparisons there are on a benchmark of this name, each as its source and base model."""
    found = _all()[_all()["name"] == same_name(benchmark)]
    return list(dict.fromkeys(map(_set_of, found["source"], found["model"])))


def published(benchmark: str, which: str) -> pd.DataFrame:
    """Return one comparison: one row a point, with source, model, training, k, pass_at_k and precision; maybe empty."""
    found = _all()[_all()["name"] == same_name(benchmark)]
    kept = found.loc[[name == which for name in map(_set_of, found["source"], found["model"])]]
    precision = kept["source"].map(lambda source: PRECISION[source.split()[0]])
    columns = ["source", "model", "training", "k", "pass_at_k"]
    return kept[columns].assign(precision=precision).reset_index(drop=True)


def _set_of(source: str, model: str) -> str:
    return f"{source}, {model}" if source.startswith("Figure") else source
