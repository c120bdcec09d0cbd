"""Widgets of the claims page: which runs are held against base, and the settings of claims and plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.comparison.describing import ready_made
from backend.records import Training
from backend.store.places import SETTINGS
from pages.shared import cache, link, pickers
from pages.shared.budget import LEVELS, RATES, pick_value
from pages.shared.choices import pick_seed
from pages.shared.comparing import sampled_alike
from pages.shared.pickers import run_names

MOST_AT_FIRST = 12
DIFFERENCES, POWERS = ("0.01", "0.02", "0.05", "0.1"), ("0.8", "0.9", "0.95")
TOLERANCES, NATS = ("0.01", "0.02", "0.05", "0.1"), ("0.02", "0.05", "0.1", "0.2")


@dataclass(frozen=True, kw_only=True)
class Held:
    """The runs that were picked."""

    benchmark: str
    base: str | None
    others: tuple[str, ...]
    names: dict[str, str]
    """Display name of each run of the benchmark, by key."""


def pick_held(where: Sequence[DeltaGenerator]) -> Held:
    """Pick a benchmark, a base run and the runs held against it, in three columns. Only for a store with a run."""
    first, second, third = where
    with first:
        benchmark = pickers.pick_benchmark()
    runs = cache.runs(benchmark)
    names = run_names(runs)
    with second:
        base = _pick_base(runs, names)
    link.seed("others", opens_on(runs, base), allowed=lambda run: run in names and run != base, several=True)
    with third:
        chosen = st.multiselect(
            "Runs held against it", [run for run in names if run != base], key="others",
            format_func=names.__getitem__, help="RLVR models, their checkpoints, other algorithms, distilled models.",
        )  # fmt: skip
    link.note("others", chosen)
    return Held(benchmark=benchmark, base=base, others=tuple(run for run in names if run in chosen), names=names)


def _pick_base(runs: pd.DataFrame, names: dict[str, str]) -> str | None:
    default = _default_base(runs)
    link.seed("base", [default] if default else [], allowed=names.__contains__, carry=True)
    chosen = st.selectbox("Base run", list(names), key="base", format_func=names.__getitem__)
    if link.just_picked("base", "benchmark"):
        link.forget("others")
    link.note("base", chosen)
    return chosen


def _default_base(runs: pd.DataFrame) -> str | None:
    """The base run with the most runs to hold against it, or the first run of all."""
    bases = [str(run) for run in runs["run"][runs["training"] == Training.BASE]]
    ready = ready_made(runs)[0]
    return max(
        [*([ready] if ready else []), *bases, *runs["run"].head(1)],
        key=lambda run: len(_alike(runs, run)),
        default=None,
    )


def _alike(runs: pd.DataFrame, base: str) -> pd.DataFrame:
    """The RLVR and distilled runs of this base's model that were sampled like it."""
    origin = runs[runs["run"] == base].iloc[0]
    trained = runs[(runs["run"] != base) & runs["training"].isin([Training.RLVR, Training.DISTILLED])]
    own = trained[trained["base_model"].isna() | (trained["base_model"] == origin["model"])]
    return sampled_alike(own, origin[[*SETTINGS]].tolist())


def opens_on(runs: pd.DataFrame, base: str | None) -> list[str]:
    """The RLVR and distilled runs that were sampled like base, the first twelve; else such of any kind, else any."""
    if base is None:
        return []
    rest = runs[runs["run"] != base]
    trained = rest[rest["training"].isin([Training.RLVR, Training.DISTILLED])]
    found = next((frame for frame in (_alike(runs, base), trained, rest) if len(frame)), rest)
    return [str(run) for run in found["run"]][:MOST_AT_FIRST]


def pick_asked() -> dict[str, Any]:
    """Pick the settings of the claims, behind a button; return them as the command takes them, difference and power
    apart."""
    with st.popover("Settings", icon=":material/tune:"):
        k = _pick_budget("k", "Large budget k", "largest that both runs have")
        m = _pick_budget("m", "Samples a problem of solved sets, m", "half of the smallest n")
        level = pick_value("level", "Confidence of intervals", LEVELS, "0.95", 0.5, _percent)
        q = pick_value("q", "False discovery rate over all tests shown, q", RATES, "0.1", 0.0)
        tolerance = pick_value(
            "tolerance", "Share of what RLVR solves that base need not", TOLERANCES, "0.05", 0.0, _percent
        )
        nats = pick_value("nats", "Nats a token that RLVR's samples may lie below", NATS, "0.1", 0.0)
        seed = pick_seed()
    return {
        "k": k, "m": m, "level": float(level), "q": float(q), "tolerance": float(tolerance),
        "likelihood_tolerance": float(nats), "seed": seed,
    }  # fmt: skip


def _pick_budget(key: str, label: str, unsaid: str) -> int | None:
    """Pick a budget; None for the one that the runs allow."""
    asked = link.seed(key, allowed=is_budget)
    st.session_state[key] = int(asked) if asked else None
    chosen = st.number_input(label, min_value=1, max_value=10**6, step=1, key=key, placeholder=unsaid)
    link.note(key, chosen)
    return chosen


def _points(text: str) -> str:
    return f"{100 * float(text):g} points"


def _percent(text: str) -> str:
    return f"{100 * float(text):g} %"


def is_budget(text: str) -> bool:
    """Whether a text is a number of samples."""
    return text.isdecimal() and 1 <= int(text) <= 10**6


def pick_plan(held: Held) -> tuple[str, dict[str, Any]]:
    """Pick the run that is planned for, by its key, and what is planned: difference, power, k."""
    runs = cache.runs(held.benchmark)
    default = ready_made(runs[runs["run"].isin(held.others)])[1] or held.others[0]
    names = {run: held.names[run] for run in held.others}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        link.seed("planned", [default], allowed=names.__contains__)
        run = st.selectbox("Base against", list(names), key="planned", format_func=names.__getitem__)
        link.note("planned", run)
        difference = pick_value("difference", "True difference in pass@k", DIFFERENCES, "0.02", 0.0, _points)
        power = pick_value("power", "Found with power", POWERS, "0.8", 0.5, _percent)
        k = _pick_budget("plan_k", "Budget k", "half of the smallest n")
    return run or default, {"difference": float(difference), "power": float(power), "k": k}
