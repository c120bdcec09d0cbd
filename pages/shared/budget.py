"""The budget m and the settings of a comparison: how many samples both runs get, how sure a claim must be."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.shared import cache, link

RATES, LEVELS = ("0.01", "0.05", "0.1", "0.2"), ("0.9", "0.95", "0.99")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What was picked: m samples a problem, false discovery rate q, confidence level."""

    m: int
    q: float
    level: float

    @property
    def said(self) -> str:
        """The settings in words."""
        return f"{100 * self.level:g} % intervals, population of problems · q = {self.q:g}"


def first_budget(base: str, rlvr: str) -> Budget:
    """Return what the boundary of two runs begins with: m is half the smallest n."""
    return Budget(m=max(cache.smallest_budget(base, rlvr) // 2, 1), q=0.1, level=0.95)


def pick_budget(base: str, rlvr: str) -> Budget:
    """Pick m, and behind a small button q and level."""
    smallest, first = max(cache.smallest_budget(base, rlvr), 1), first_budget(base, rlvr)
    asked = link.seed("m", [str(first.m)], allowed=lambda text: text.isdecimal() and 1 <= int(text) <= smallest)
    powers = {2**power for power in range(smallest.bit_length())}
    options = [str(m) for m in sorted(powers | {first.m, smallest, int(asked)})]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        m = st.selectbox(
            "Samples a problem, m", options, key="m", format_func=lambda text: f"{int(text):,}",
            help="Both runs get this many, drawn from those they have; up to half of n a rerun can be judged too.",
        ) or str(first.m)  # fmt: skip
        link.note("m", m)
        with st.popover("Settings", icon=":material/tune:"):
            q = pick_value("q", "False discovery rate of the verdicts, q", RATES, f"{first.q:g}", 0.0)
            level = pick_value("level", "Confidence of intervals", LEVELS, f"{first.level:g}", 0.5)
    return Budget(m=int(m), q=float(q), level=float(level))


def pick_value(
    key: str, label: str, options: tuple[str, ...], default: str, above: float, words: Callable[[str], str] = str
) -> str:
    """Pick one of a few values; a link may hold any other that makes sense."""
    asked = link.seed(key, [default], allowed=lambda text: _fits(text, above))
    chosen = st.selectbox(label, list(dict.fromkeys([*options, asked])), key=key, format_func=words) or default
    link.note(key, chosen)
    return chosen


def _fits(text: str, above: float) -> bool:
    try:
        return above < float(text) < 1
    except ValueError:
        return False
