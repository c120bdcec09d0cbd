"""What a view is made of, taken out of the store once: enough to draw and account for it when its runs are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pandas as pd

from backend.comparison.boundary import rerun_budget
from backend.comparison.counts import compared_counts
from backend.comparison.difference import smallest_budget
from backend.comparison.finding import labels_of
from backend.comparison.metrics import POPULATION, Metric, find_metric
from backend.comparison.words import counted
from backend.config import version
from backend.errors import BadInput
from backend.statistics.bootstrap import SEED
from backend.store import answers, problem_queries, provenance, queries
from backend.store.database import Store
from backend.trees.describing import ALL
from backend.trees.evidence import SMALLEST_SHARE
from backend.trees.merge import Level

RUN_FACTS = (
    *("run", "name", "model", "training", "base_model", "checkpoint_step", "problems", "samples", "errors", "unscored"),
    *("n_min", "n_max", "temperature", "top_p", "max_tokens", "prompt_template", "verifier"),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of the runs."""

    metric: str = "pass_at_k"
    threshold: str = "1/2"
    reasoning: str | None = None
    interval: str = POPULATION
    level: float = 0.95
    seed: int = SEED
    m: int | None = None
    """The budget of the solved table; None: half the smallest n."""
    q: float = 0.1
    merge: str = Level.NORMALISED
    """How the steps of sample trees are merged."""
    epsilon: float = SMALLEST_SHARE
    split_half: bool = False
    tree_seed: int = 0
    """The seed of trees and paths, which are told by commands and pages of their own."""
    shown: str = ALL
    """Which paths of a tree are drawn: all, correct, supported, or the correct ones that a run (its key) alone took."""
    nodes: int = 80
    """Nodes of a tree that are drawn before the rest is folded, as the Tree page opens."""
    opened: tuple[int, ...] = ()
    """Nodes of a tree whose folded branches are opened, as the Tree page's link numbers them."""
    node: int | None = None
    """The node of a tree that is picked."""
    walks: tuple[tuple[str, int], ...] = ()
    """Samples whose walks through a tree light up: run (its key), sample_index."""
    guess: int | None = None
    """How many answers a guesser chooses from, where the problems do not say it."""
    published: str | None = None
    """Which of the paper's curves stand beside."""
    beyond: bool = False
    """Whether curves are carried on beyond n."""
    zoomed: bool = False
    verifier: str | None = None
    """The verifier whose verdicts stand beside those that count."""

    def __post_init__(self) -> None:
        """Take the lists of a request or of a kept share for tuples."""
        object.__setattr__(self, "opened", tuple(int(node) for node in self.opened))
        object.__setattr__(self, "walks", tuple((str(run), int(index)) for run, index in self.walks))

    @property
    def of_tree(self) -> dict[str, Any]:
        """What is asked of sample trees, as `trees.describing.grown` takes it."""
        return {**self.of_claims, "seed": self.tree_seed}

    @property
    def of_claims(self) -> dict[str, Any]:
        """How sure the claim of a single path must be, as `trees.describing.sentences` takes it."""
        return {"q": self.q, "epsilon": self.epsilon, "split_half": self.split_half}

    @property
    def found(self) -> Metric:
        """The metric itself."""
        return find_metric(self.metric, Fraction(self.threshold))


@dataclass(frozen=True, kw_only=True)
class Material:
    """Runs on one benchmark with their counts, and where these came from."""

    benchmark: str
    runs: pd.DataFrame
    """One row a run, in the order asked: RUN_FACTS."""
    counts: pd.DataFrame
    """One row a run and problem: run, problem, n, c, no_answer, errors, unscored, and what the metric needs."""
    files: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `provenance.files_of` gives it."""
    regrades: pd.DataFrame = field(default_factory=pd.DataFrame)
    corrected: int = 0
    """Problems whose reference answer was corrected."""
    undrawn: int = 0
    """Problems of the benchmark that none of the runs has drawn."""
    store_version: int = 0
    app_version: str = field(default_factory=version)
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the runs, in their order."""
        return tuple(self.runs["run"].astype(str))

    @property
    def labels(self) -> dict[str, str]:
        """What to call the runs beside each other."""
        return labels_of(self.runs)

    @property
    def pair(self) -> tuple[str, str]:
        """Base and RLVR run. Raises BadInput where there are not two."""
        if len(self.keys) != 2:
            raise BadInput(f"{counted(len(self.keys), 'run')} named.", "Name two: the base run, then the RLVR run.")
        return self.keys[0], self.keys[1]

    def counts_of(self, run: str) -> pd.DataFrame:
        """The counts of one run."""
        return self.counts[self.counts["run"] == run]

    @property
    def sides(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The counts of base and of the RLVR run."""
        base, rlvr = self.pair
        return self.counts_of(base), self.counts_of(rlvr)

    @property
    def compared(self) -> pd.DataFrame:
        """The counts of the problems that both runs of the pair have: n_base, c_base, n_rlvr, c_rlvr."""
        return compared_counts(*self.sides)


def gather(store: Store, runs: Sequence[str], asked: Asked | None = None) -> Material:
    """Take out of the store what these runs (keys) are drawn from. Raises BadInput where they cannot be drawn."""
    asked = asked or Asked()
    about = queries.runs(store)
    about = about.set_index("run", drop=False).loc[list(runs)].reset_index(drop=True)
    benchmarks = about["benchmark"].unique()
    if len(benchmarks) > 1:
        raise BadInput(f"The runs are on {', '.join(benchmarks)}.", "Name runs on one benchmark.")
    needs = asked.found.needs
    if why := answers.why_without(store, runs, needs, asked.reasoning):
        run, reason = next(iter(why.items()))
        raise BadInput(f"{asked.found.label} of {run} is not known: {reason}.", "Ask for another metric or run.")
    counts = answers.metric_counts(store, runs, needs, asked.reasoning)
    places = {run: place for place, run in enumerate(runs)}
    counts = counts.sort_values("run", key=lambda column: column.map(places), kind="stable", ignore_index=True)
    benchmark = str(benchmarks[0])
    drawn = set(counts["problem"])
    return Material(
        benchmark=benchmark,
        runs=about[list(RUN_FACTS)],
        counts=counts,
        files=provenance.files_of(store, runs),
        regrades=provenance.regraded(store, runs),
        corrected=provenance.corrected_of(store, runs),
        undrawn=sum(name not in drawn for name in problem_queries.problem_names(store, benchmark)),
        store_version=store.version(),
    )


def budget(counts: pd.DataFrame, m: int | None) -> int:
    """The budget of the solved table: m, or half the smallest n, at least 1. Raises BadInput for one out of reach."""
    smallest = smallest_budget(counts)
    if not smallest:
        raise BadInput("The two runs have no scored problem in common.", "Name runs that drew the same problems.")
    chosen = max(1, rerun_budget(counts)) if m is None else m
    if not 1 <= chosen <= smallest:
        raise BadInput(f"m is {chosen}.", f"m must lie between 1 and the smallest n, {smallest:,}.")
    return chosen


def about(material: Material, asked: Asked, **more: Any) -> dict[str, Any]:
    """What must be known of exported numbers, as plain data: runs and settings, files, versions, date."""
    known: Mapping[str, Any] = {
        "benchmark": material.benchmark,
        "problems": int(material.counts["problem"].nunique()),
        "runs": [_said(row) for row in material.runs.to_dict("records")],
        "metric": asked.found.label,
        "interval": asked.interval,
        "level": asked.level,
        "seed": asked.seed,
        "q": asked.q,
        **({"reasoning": asked.reasoning} if asked.reasoning else {}),
        **more,
        "files": [
            {"run": run, "file": name, "sha256": digest}
            for run, name, digest in zip(
                *(material.files[column] for column in ("run", "file_name", "sha256")), strict=True
            )
        ],
        "store_version": material.store_version,
        "app": "Reasoning Boundary Explorer",
        "app_version": material.app_version,
        "made_at": f"{material.made_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return dict(known)


def _said(row: dict[Any, Any]) -> dict[str, Any]:
    """A run's facts as plain data, those left out that are not known."""
    plain = {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
    return {name: int(value) if name in WHOLE else value for name, value in plain.items() if not pd.isna(value)}


WHOLE = ("checkpoint_step", "problems", "samples", "errors", "unscored", "n_min", "n_max", "max_tokens")
