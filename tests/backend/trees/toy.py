"""The toy tree of two runs with six samples each, whose every number is known by hand."""

from collections.abc import Mapping, Sequence

import pandas as pd

from backend.records import Problem
from backend.trees.build import Tree, build_tree
from backend.trees.merge import Level

RUNS = ("base", "rlvr")
PROBLEM = Problem(benchmark="toy", problem="p", question="Which letters lead to the answer?")
BASE = ("abc+", "abd-", "abd-", "aef+", "gh-", "gh-")
RLVR = ("abc+", "abc+", "abc+", "abc+", "abd-", "gh-")


def step(letter: str) -> str:
    """Return a step that is long enough to stand alone."""
    return f"Now we take the step named {letter}."


def walked(run: str, walks: Sequence[str]) -> pd.DataFrame:
    """Return samples that took these walks: a letter a step, then + for correct, - for incorrect."""
    verdicts = {"+": "correct", "-": "incorrect", "0": "no_answer", "!": "error", "?": None, "%": "incorrect"}
    rows = [
        {
            "run": run, "sample_index": at, "completion": "\n\n".join(map(step, walk[:-1])),
            "verdict": verdicts[walk[-1]], "answer": {"+": "7", "-": "8"}.get(walk[-1]),
            "finish_reason": "length" if walk[-1] == "%" else "stop",
        }
        for at, walk in enumerate(walks)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["run", "sample_index", "completion", "verdict", "answer", "finish_reason"])


def tree_of(walks: Mapping[str, Sequence[str]], level: Level = Level.NORMALISED) -> Tree:
    """Build the tree of these walks, by run."""
    samples = pd.concat([walked(run, taken) for run, taken in walks.items()], ignore_index=True)
    return build_tree(samples, PROBLEM, list(walks), level)


def toy_tree() -> Tree:
    """Build the toy tree."""
    return tree_of({"base": BASE, "rlvr": RLVR})
