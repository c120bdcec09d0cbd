"""What is to leave the program as a figure or a table: of which runs, asked how, and what both are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from backend.commands import claims
from backend.commands.plain import Plain
from backend.comparison.extrapolation import Extrapolation
from backend.comparison.series import checkpoint_series
from backend.comparison.words import counted
from backend.errors import BadInput
from backend.exports import overlays
from backend.exports.material import Asked, Material, gather
from backend.exports.trees import find_level
from backend.store.database import Store
from backend.store.sample_trees import benchmark_paths
from backend.store.training_logs import family_of, training_steps
from backend.trees.paths import Paths

COLUMN = "column"
OF_TREES = ("tree", "tree-difference", "paths", "paths-curves", "retention")
"""Figures and tables that say how steps are merged, and rest on the seed of trees."""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What is to leave: of which runs (keys), asked how, of which problem."""

    store: Store
    keys: tuple[str, ...]
    asked: Asked = field(default_factory=Asked)
    problem: str | None = None
    width: str = COLUMN
    """Of a picture: trees stand side by side only on a page."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only the command `claims` is asked."""

    @cached_property
    def material(self) -> Material:
        """The runs with their counts and where these are from."""
        return gather(self.store, self.keys, self.asked)

    @cached_property
    def paths(self) -> Paths:
        """The correct paths of the benchmark."""
        return benchmark_paths(self.store, self.keys, find_level(self.asked.merge))

    @property
    def one_problem(self) -> str:
        """The problem. Raises BadInput where none is named."""
        if self.problem is None:
            raise BadInput("No problem is named.", "Name one with --problem.")
        return self.problem

    @cached_property
    def claims(self) -> dict[str, Plain]:
        """What the command `claims` tells of the runs, the first being base."""
        if len(self.keys) < 2:
            raise BadInput("One run is named.", "Name the base run, then those that are held against it.")
        asked = self.asked
        settings: dict[str, Any] = {"m": asked.m, "q": asked.q, "level": asked.level, "seed": asked.seed, **self.more}
        return claims.claims(self.store, self.keys[0], self.keys[1:], **settings)

    @cached_property
    def beyond(self) -> dict[str, Extrapolation]:
        """The curves of the runs beyond their n."""
        return overlays.beyond(self.material.counts, self.keys, self.asked.found, self.asked.seed)

    def in_steps(self) -> tuple[list[str], list[str]]:
        """The runs by their step where all but the first have one, and what the steps are called."""
        step = self.material.runs.set_index("run")["checkpoint_step"]
        base, *others = self.keys
        if not others:
            raise BadInput("One run is named.", "Name base, then the checkpoints of one training.")
        if not step.loc[others].isna().any():
            others.sort(key=lambda key: int(step[key]))
        named = [self.material.labels[key] if pd.isna(step[key]) else f"{int(step[key]):,}" for key in others]
        return [base, *others], ["base", *named]

    @cached_property
    def series(self) -> pd.DataFrame:
        """pass@1 and pass@k over the runs' steps (`comparison.series.checkpoint_series`), base at step 0."""
        step = self.material.runs.set_index("run")["checkpoint_step"].fillna(0).astype(int)
        if step.duplicated().any():
            raise BadInput("Two of the runs are of one step.", "Name base and a run of each checkpoint of a training.")
        counts = {int(step[key]): self.material.counts_of(str(key)) for key in step.sort_values().index}
        asked = self.asked
        return checkpoint_series(counts, interval=asked.interval, level=asked.level, seed=asked.seed)

    @cached_property
    def log(self) -> tuple[str, pd.DataFrame]:
        """The name and the steps of the log of the training that the runs' checkpoints are of."""
        stepped = self.material.runs[self.material.runs["checkpoint_step"].notna()]
        each = zip(stepped["model"].astype(str), stepped["checkpoint_step"].astype(int), strict=True)
        names = sorted({family_of(model, step) for model, step in each})
        if len(names) != 1:
            raise BadInput(
                f"The runs are of {counted(len(names), 'training')} that names its steps.", "Name checkpoints of one."
            )
        steps = training_steps(self.store, names[0])
        if steps.empty:
            raise BadInput(f"The store holds no log of the training {names[0]}.", "Import its log.")
        return names[0], steps
