"""Widgets that pick something. Each knows its key, which is also its name in the link, and which values exist."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.comparison.describing import ready_made
from backend.importers.folders import Found
from backend.records import Training
from pages.shared import cache, link


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs on one benchmark, as picked; a run is None where the benchmark has no second one."""

    benchmark: str
    base: str | None
    rlvr: str | None
    names: dict[str, str]
    """Display name of each run of the benchmark, by key."""
    training: dict[str, str]
    """How each run's model was trained, by key."""

    @property
    def either(self) -> tuple[str, str]:
        """Base and RLVR run, a missing one replaced by the other."""
        return self.base or self.rlvr or "", self.rlvr or self.base or ""

    @property
    def pair(self) -> tuple[str, str] | None:
        """Both runs, if there are two different ones."""
        return (self.base, self.rlvr) if self.base and self.rlvr and self.base != self.rlvr else None

    def link(self, **more: str) -> dict[str, str]:
        """What the link to another page carries along."""
        runs = {"base": self.base, "rlvr": self.rlvr}
        return {"benchmark": self.benchmark, **{key: run for key, run in runs.items() if run}, **more}


def pick_comparison(where: Sequence[DeltaGenerator] | None = None) -> Comparison:
    """Pick a benchmark and two of its runs, in one row of columns. Only for a store that holds a run."""
    first, second, third = where or st.columns([2, 3, 3])
    with first:
        benchmark = pick_benchmark()
    return pick_two_runs(benchmark, second, third)


def pick_two_runs(benchmark: str, second: DeltaGenerator, third: DeltaGenerator) -> Comparison:
    """Pick two runs of a benchmark, each in its column."""
    runs = cache.runs(benchmark)
    names = run_names(runs)
    base, rlvr = _default_pair(runs)
    with second:
        chosen_base = _pick_run("base", "Base run", names, base)
    with third:
        chosen_rlvr = _pick_run("rlvr", "RLVR run", names, rlvr)
    training = dict(zip(names, runs["training"], strict=True))
    return Comparison(benchmark=benchmark, base=chosen_base, rlvr=chosen_rlvr, names=names, training=training)


def pick_benchmark() -> str:
    """Pick a benchmark; it opens on one with a ready-made comparison."""
    names = [str(name) for name in cache.benchmarks()["benchmark"]]
    ready = [name for name in names if all(ready_made(cache.runs(name)))]
    default = (ready or names)[0]
    link.seed("benchmark", [default], allowed=set(names).__contains__, carry=True)
    chosen = st.selectbox("Benchmark", names, key="benchmark") or default
    link.note("benchmark", chosen)
    return chosen


def _default_pair(runs: pd.DataFrame) -> tuple[str | None, str | None]:
    """The ready-made comparison, or whatever two runs there are; a single run stands on the left."""
    base, rlvr = ready_made(runs)
    others = (str(run) for run in runs["run"] if run not in (base, rlvr))
    base = base or next(others, None) or rlvr
    return base, rlvr or next(others, None) or base


def _pick_run(key: str, label: str, names: dict[str, str], default: str | None) -> str | None:
    link.seed(key, [default] if default else [], allowed=names.__contains__, carry=True)
    chosen = st.selectbox(label, list(names), key=key, format_func=names.__getitem__)
    link.note(key, chosen)
    return chosen


def pick_runs(runs: pd.DataFrame) -> list[str]:
    """Pick any number of runs, in the order of `runs`; it opens on the ready-made comparison, else on the first ten."""
    names = run_names(runs)
    pair = [run for run in ready_made(runs) if run]
    link.seed("run", pair if len(pair) == 2 else list(names)[:10], allowed=names.__contains__, several=True, carry=True)
    chosen = st.multiselect("Runs", list(names), key="run", format_func=names.__getitem__)
    link.note("run", chosen)
    return [run for run in names if run in chosen]


def run_names(runs: pd.DataFrame) -> dict[str, str]:
    """Display name of each run, by key, in the frame's order."""
    return {str(run): str(name) for run, name in zip(runs["run"], runs["name"], strict=True)}


def pick_filter(key: str, label: str, options: Sequence[str]) -> str | None:
    """Pick a value to filter by, or all."""
    link.seed(key, allowed=set(options).__contains__)
    chosen = st.selectbox(label, list(options), index=None, key=key, placeholder="All", disabled=not options)
    link.note(key, chosen)
    return chosen


def pick_several(key: str, label: str, options: Sequence[str], words: Callable[[str], str]) -> list[str]:
    """Pick any of a few fixed options; none picked means all."""
    link.seed(key, allowed=set(options).__contains__, several=True)
    chosen = st.pills(label, options, key=key, selection_mode="multi", format_func=words)
    link.note(key, chosen)
    return list(chosen)


def pick_words(key: str, label: str, placeholder: str) -> str | None:
    """Type something to look for."""
    if link.seed(key) is None:
        st.session_state[key] = ""
    chosen = st.text_input(label, key=key, placeholder=placeholder, max_chars=200, type="search")
    link.note(key, chosen)
    return (chosen or "").strip() or None


def pick_switch(key: str, label: str, explained: str) -> bool:
    """Turn something on; off at first."""
    st.session_state[key] = link.seed(key, allowed=link.ON.__eq__) is not None
    chosen = st.toggle(label, key=key, help=explained)
    link.note(key, chosen)
    return chosen


def pick_page(key: str, total: int, size: int, *, around: int = 0) -> int:
    """Pick which page of a long list to see, at first the one with row `around`; return the offset of its first row."""
    pages = max(-(-total // size), 1)
    if around and link.peek(key) is None:
        st.session_state[key] = min(around // size + 1, pages)
    asked = link.seed(key, ["1"], allowed=lambda text: text.isdecimal() and 1 <= int(text) <= pages)
    st.session_state[key] = int(asked)
    chosen = st.pagination(pages, key=key) if pages > 1 else 1
    link.note(key, chosen)
    return (chosen - 1) * size


def pick_solved_set(sets: pd.DataFrame) -> str | None:
    """Pick which set of problems to list; None for all of them."""
    sizes = {str(key): int(size) for key, size in zip(sets["solved"], sets["problems"], strict=True)}
    words = {"all": "All", **{str(key): str(label) for key, label in zip(sets["solved"], sets["label"], strict=True)}}
    link.seed("solved", ["all"], allowed=words.__contains__)
    chosen = st.pills(
        "Set of problems", list(words), key="solved", required=True, label_visibility="collapsed",
        format_func=lambda key: f"{words[key]} {sizes[key]:,}" if key in sizes else words[key],
    )  # fmt: skip
    link.note("solved", chosen)
    return None if chosen in (None, "all") else chosen


SORTS = {
    "problem": "Id",
    "evidence": "Evidence (p)",
    "base_ahead": "Base most surely ahead",
    "rlvr_ahead": "RLVR most surely ahead",
    "difference": "Largest difference",
    "more_samples": "Fewest more samples",
    "c_base": "Most by base",
    "c_rlvr": "Most by RLVR",
    "level": "Level",
    "topic": "Topic",
}


def pick_problem_filters(benchmark: str) -> dict[str, Any]:
    """Pick level, topic, words to look for and the order; all but the order go to `compared_problems`."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = pick_words("text", "Find", "id, words of the statement, answer")
        level = pick_filter("difficulty", "Level", cache.levels(benchmark))
        topic = pick_filter("topic", "Topic", cache.topics(benchmark))
        link.seed("sort", ["problem"], allowed=SORTS.__contains__)
        sort = st.selectbox("Sort by", list(SORTS), key="sort", format_func=SORTS.__getitem__)
        link.note("sort", sort)
    return {"text": text, "level": level, "topic": topic, "sort": sort}


MOST_PROBLEMS_LISTED = 2_000
"""A benchmark with more problems is entered by id: a list that long would be sent to the browser at every step."""


def pick_problem(chosen: Comparison) -> str | None:
    """Pick a problem by its id; None where the benchmark holds none."""
    benchmark = chosen.benchmark
    default = cache.telling_problem(benchmark, *chosen.either)
    link.seed(
        "problem",
        [default] if default else [],
        allowed=lambda name: cache.problem(benchmark, name) is not None,
        carry=True,
    )
    names = cache.problem_names(benchmark, MOST_PROBLEMS_LISTED + 1)
    if len(names) > MOST_PROBLEMS_LISTED:
        problem = st.text_input("Problem", key="problem")
    else:
        problem = st.selectbox("Problem", names, key="problem")
    link.note("problem", problem)
    return problem or None


def show_problem_steps(benchmark: str, problem: str) -> None:
    """Buttons to the problems before and after this one."""
    for label, shortcut, target in zip(("Previous", "Next"), "PN", cache.neighbours(benchmark, problem), strict=True):
        st.button(
            f"{label} problem",
            key=f"problem_{label.lower()}",
            on_click=_open_problem,
            args=(target,),
            disabled=target is None,
            shortcut=shortcut,
        )


def _open_problem(problem: str) -> None:
    st.session_state["problem"] = problem


def sample_link(run: pd.Series, problem: str, sample_index: int | None = None) -> dict[str, str]:
    """What the link to the Problem page says of a run's problem, or of one of its samples; `run` is a row of `runs`."""
    side = "rlvr" if run["training"] == Training.RLVR else "base"
    open_ = {} if sample_index is None else {f"{side}_sample": str(sample_index)}
    return {"benchmark": str(run["benchmark"]), side: str(run["run"]), "problem": problem, **open_}


@dataclass(frozen=True, kw_only=True)
class SampleFilters:
    """Which samples to see, and how."""

    verdicts: list[str] | None
    search: str | None
    raw: bool
    indexes: tuple[int, ...] | None = None
    """The numbers of the samples, where not all are meant."""

    @property
    def named(self) -> dict[str, Any]:
        """What of it chooses samples, as the arguments of `sample_ticks`."""
        return {"verdicts": self.verdicts, "search": self.search, "indexes": self.indexes}


VERDICTS = {
    "correct": "✓ correct",
    "incorrect": "✗ incorrect",
    "no_answer": "○ no answer",
    "error": "! error",
    "unscored": "· not scored",
}


def pick_sample_filters() -> SampleFilters:
    """Pick verdicts, words to look for in completions, and whether texts are shown raw."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = pick_words("search", "Search in completions", "words, whatever their case")
        verdicts = pick_several("verdict", "Verdicts", list(VERDICTS), VERDICTS.__getitem__)
        raw = pick_switch("raw", "Raw text", "Texts exactly as stored, without formulas or formatting.")
    return SampleFilters(verdicts=verdicts or None, search=search, raw=raw)


def pick_view(key: str, words: dict[str, str], default: str, label: str) -> str:
    """Pick which of a few parts of a page to see; the others are not even computed."""
    link.seed(key, [default], allowed=words.__contains__)
    chosen = st.segmented_control(
        label, list(words), key=key, format_func=words.__getitem__, required=True, label_visibility="collapsed"
    )
    link.note(key, chosen)
    return chosen or default


MOST_FILES_LISTED = 500


def pick_file(files: Sequence[Found]) -> Found:
    """Pick which of several files to look at; with one, there is nothing to pick."""
    if len(files) == 1:
        return files[0]
    listed = {file.name: file for file in files[:MOST_FILES_LISTED]}
    link.seed("file", [next(iter(listed))], allowed=listed.__contains__)
    more = f", {len(files) - len(listed):,} more are not listed" if len(files) > len(listed) else ""
    chosen = st.selectbox(f"File to look at ({len(files):,} will be read{more})", list(listed), key="file")
    link.note("file", chosen)
    return listed[chosen]
