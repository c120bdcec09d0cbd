"""Whether merging merges what it should: how the finding hangs on the level, and pairs of steps to judge by eye."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backend.figures import sensitivity_figure
from backend.trees import words as tree_words
from backend.trees.embedding import is_installed
from pages.shared import cache, views
from pages.shared.how import show_how
from pages.shared.texts import counted, inline, shortened
from pages.shared.tree_pickers import SEMANTIC_MISSING, TreeView

PAIRS = 6
MOST_LETTERS = 600
HEADS = {"merged": "Merged: are these one step?", "nearly merged": "Kept apart, though alike: are these two?"}


def show_merging(view: TreeView) -> None:
    """Draw how many correct paths one run alone took at each level, then pairs that were merged or only just not."""
    rows = cache.sensitivities(view.problem.problem, view.runs)
    labels = [_level(row) for row in rows[:: len(view.runs)]]
    counts = {name: [row["seen_only"] for row in rows if row["run"] == run] for run, name in view.names.items()}
    title = f"Correct paths seen only in {view.labels[0]}: {_ends(labels, counts[view.labels[0]])}"
    figure = sensitivity_figure(labels, counts, view.colours, dark=views.is_dark())
    views.show_figure(
        figure, title, f"problem {view.problem.problem} · a claim that holds at one level only is no claim",
        key="sensitivity_chart",
    )  # fmt: skip
    if not is_installed():
        st.caption(SEMANTIC_MISSING)
    level = tree_words.LEVELS[view.level].lower()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(inline(f"Pairs drawn at random at the level {level}, seed {view.settings.seed}"), width="content")
        show_how("sample-trees")
    pairs = cache.merge_pairs(view.problem.problem, view.runs, level=view.level, pairs=PAIRS, seed=view.settings.seed)
    for kind, head in HEADS.items():
        _show_pairs(head, [pair for pair in pairs if pair["kind"] == kind])


def _level(row: dict[str, Any]) -> str:
    name = tree_words.LEVELS[row["level"]].lower()
    return name if row["threshold"] is None else f"{name}, τ = {row['threshold']:g}"


def _ends(labels: Sequence[str], counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    if least == most:
        return f"{least:,} at every level"
    return f"{most:,} ({labels[list(counts).index(most)]}) to {least:,} ({labels[list(counts).index(least)]})"


def _show_pairs(head: str, pairs: Sequence[dict[str, Any]]) -> None:
    st.markdown(f"##### {head}", anchors=False)
    if not pairs:
        st.caption("There are no such pairs in this tree.")
    for pair in pairs:
        for column, side in zip(st.columns(2, gap="medium"), ("one", "two"), strict=True):
            with column:
                text, tail, left_out = shortened(pair[side], MOST_LETTERS)
                st.code(f"{text} … {tail}" if left_out else text, language=None, wrap_lines=True)
                alike = f" · {100 * pair['likeness']:.0f} % alike" if side == "two" else ""
                st.caption(f"in {counted(pair[f'samples_{side}'], 'distinct text')}{alike}")
