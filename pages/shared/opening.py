"""How pages begin: what one says without samples, and the two runs that one compares."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import cache, messages, pickers
from pages.shared.pickers import Comparison


def is_empty(title: str) -> bool:
    """Whether the store holds no run; then the page is drawn here, with its title and the ways in."""
    if cache.totals()["runs"]:
        return False
    st.title(title, anchor=False)
    messages.show_empty_store()
    return True


def pick_pair(title: str, head: DeltaGenerator, where: Sequence[DeltaGenerator]) -> tuple[Comparison, str, str] | None:
    """Pick a benchmark and two runs; None, and the page says why in `head` and below, where they are not two."""
    chosen = pickers.pick_comparison(where)
    messages.show_dropped(chosen.names)
    if chosen.pair:
        return chosen, *chosen.pair
    head.title(title, anchor=False)
    messages.show_nothing("There are no two different runs to compare.", "Pick or import a second run.")
    return None
