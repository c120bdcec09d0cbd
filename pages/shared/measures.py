"""Which number the curves show: the metric, and what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import streamlit as st

from backend.comparison.metrics import METRICS, Metric, find_metric
from backend.store.answers import VALID, reasoning_verifier
from pages.shared import cache, link

THRESHOLDS = {"1/2": "½", "3/4": "¾", "1": "1"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A metric, and what it asks for."""

    metric: str = "pass_at_k"
    threshold: str = "1/2"
    reasoning: str | None = None

    @property
    def found(self) -> Metric:
        """The metric itself."""
        return find_metric(self.metric, Fraction(self.threshold))

    def named(self) -> dict[str, Any]:
        """Return it as the arguments of the functions that take it."""
        return {"metric": self.metric, "threshold": self.threshold, "reasoning": self.reasoning}


def pick_metric() -> str:
    """Pick which number the curves show."""
    link.seed("metric", ["pass_at_k"], allowed=METRICS.__contains__)
    metric = st.selectbox("Metric", list(METRICS), key="metric", format_func=lambda key: METRICS[key].label)
    link.note("metric", metric)
    return metric or "pass_at_k"


def pick_details(metric: str, runs: Sequence[str]) -> Asked:
    """Pick what the metric asks for besides: the threshold of G-Pass@k, the verifier of the reasoning."""
    if metric == "g_pass_at_k":
        link.seed("tau", ["1/2"], allowed=THRESHOLDS.__contains__)
        threshold = st.segmented_control(
            "τ, share of k samples that must be correct", list(THRESHOLDS), key="tau", required=True,
            format_func=THRESHOLDS.__getitem__,
        )  # fmt: skip
        link.note("tau", threshold)
        return Asked(metric=metric, threshold=threshold or "1/2")
    if METRICS[metric].needs == VALID:
        known = sorted(set(cache.reasoning_verifiers(tuple(runs))["verifier"]))
        default = reasoning_verifier(known)
        link.seed("reasoning", [default] if default else known[:1], allowed=known.__contains__)
        chosen = st.selectbox(
            "Verifier of the reasoning", known, key="reasoning", disabled=not known,
            help="A correct sample counts if this verifier finds it correct too.",
        )  # fmt: skip
        link.note("reasoning", chosen)
        return Asked(metric=metric, reasoning=chosen)
    return Asked(metric=metric)
