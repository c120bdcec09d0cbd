"""How sure numbers are said to be: the kind of interval, its level, the seed of what is resampled."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from backend.comparison.curve_words import interval_in_words
from backend.comparison.metrics import INTERVALS, POPULATION
from backend.comparison.wording import percent
from backend.statistics.bootstrap import SEED
from pages.shared import link

LEVELS = ("0.8", "0.9", "0.95", "0.99")
LARGEST_SEED = 2**31 - 1
WORDS = {
    "population": "Population of problems",
    "benchmark": "This fixed benchmark (sampling noise)",
    "simultaneous": "All points at once",
}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What holds for every interval on a page."""

    interval: str = POPULATION
    level: float = 0.95
    seed: int = SEED

    def named(self) -> dict[str, Any]:
        """Return them as the arguments of the functions that take them."""
        return {"interval": self.interval, "level": self.level, "seed": self.seed}

    def in_words(self) -> str:
        """Say them as a subtitle does: `95 %, population of problems`; the seed where it is not the default."""
        return interval_in_words(self.interval, self.level, self.seed)


def pick_choices() -> Choices:
    """Pick interval, level and seed."""
    link.seed("interval", [POPULATION], allowed=INTERVALS.__contains__)
    interval = st.radio(
        "Intervals say how far off may be", list(INTERVALS), key="interval", format_func=WORDS.__getitem__,
        captions=["for other problems of this kind, each k alone", "for more samples of these problems",
                  "for other problems, at all k together"],
    )  # fmt: skip
    link.note("interval", interval)
    level = _pick_level()
    return Choices(interval=interval or POPULATION, level=level, seed=pick_seed())


def _pick_level() -> float:
    link.seed("level", ["0.95"], allowed=LEVELS.__contains__)
    level = st.segmented_control(
        "Confidence", LEVELS, key="level", required=True, format_func=lambda text: percent(float(text))
    )
    link.note("level", level)
    return float(level or 0.95)


def pick_seed() -> int:
    """Pick the seed of what is resampled."""
    asked = link.seed("seed", [str(SEED)], allowed=lambda text: text.isdecimal() and int(text) <= LARGEST_SEED)
    st.session_state["seed"] = int(asked)
    seed = st.number_input("Seed of the resamples", 0, LARGEST_SEED, key="seed", step=1)
    link.note("seed", seed)
    return int(seed)
