"""The pieces of the Tree page: its finding, the picture or the table, and what is folded or picked."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from backend.exports.trees import has_state_beside, lit_items, tree_picture
from backend.figures import Figure, difference_figure, saved_figure, tree_figure
from backend.trees import words as tree_words
from backend.trees.build import ROOT
from backend.trees.describing import Drawn, Grown, sentences
from backend.trees.merge import Level
from pages.shared import cache, link, messages, views
from pages.shared.how import show_how
from pages.shared.texts import inline, shortened, unbroken
from pages.shared.tree_merging import show_merging
from pages.shared.tree_pickers import TreeView

INDENT = "\u2003"
SIDES = ("base", "rlvr", "third", "fourth")
HOW = "sample-trees"
Walks = Sequence[tuple[str, int]]
"""Samples, each by its run's key and its number."""


def grown(view: TreeView) -> Grown:
    """The tree that is asked for."""
    found: Grown = cache.grown_tree(*view.key, **view.settings.named())
    return found


def show_finding(view: TreeView, found: Grown) -> None:
    """Say what the tree shows: the null of the first run as the title, then those of the others."""
    st.title(unbroken(inline(tree_words.headline(found.nulls, view.names, len(found.evidence)))), anchor=False)
    if said := tree_words.other_way(found.nulls, view.names, len(found.evidence)):
        st.markdown(inline(" ".join(said), 600))


def show_claims(view: TreeView, found: Grown, part: Drawn) -> None:
    """Say how far the claims of single paths go, what hangs on the level, and where the models part most."""
    state = None
    if has_state_beside(view.level, view.problem):
        state = cache.grown_tree(view.problem.problem, view.runs, str(Level.STATE), **view.settings.named())
    said = sentences(found, part, view.labels, **view.settings.of_claims(), state=state)
    if said:
        st.markdown(inline(" ".join(said), 900))


def show_left_out(view: TreeView, found: Grown) -> None:
    """Say which samples stand nowhere in the tree."""
    if said := tree_words.left_out_in_words(found.tree.left_out, view.labels):
        st.caption(inline(said, 600))


def opened_nodes(found: Grown) -> tuple[int, ...]:
    """The nodes whose folded branches are opened, out of the link."""
    if link.just_picked("benchmark", "base", "rlvr", "problem", "merge", "also"):
        link.forget("open", "node", *(f"{side}_sample" for side in SIDES), *(f"{side}_page" for side in SIDES))
    most = len(found.tree.nodes)
    link.seed("open", allowed=lambda text: text.isdecimal() and int(text) < most, several=True)
    return tuple(sorted({int(node) for node in st.session_state["open"]}))


def picked_node(found: Grown) -> int | None:
    """The node that is picked, out of the link."""
    most = len(found.tree.nodes)
    asked = link.seed("node", allowed=lambda text: text.isdecimal() and int(text) < most)
    return None if asked is None else int(asked)


def drawn(view: TreeView, opened: tuple[int, ...], node: int | None) -> Drawn:
    """What of the tree is drawn."""
    found: Drawn = cache.drawn_tree(
        *view.key, most=view.most, opened=opened, shown=view.shown, picked=node, **view.settings.named()
    )
    return found


def pick(key: str) -> None:
    """Pick a node, or open what is folded under it."""
    if key.startswith("+"):
        st.session_state["open"] = [*st.session_state["open"], key[1:]]
    else:
        st.session_state["node"] = None if key == str(ROOT) else key


def _fold() -> None:
    st.session_state["open"] = []


def _unpick() -> None:
    st.session_state["node"] = None


def show_tree(view: TreeView, found: Grown, part: Drawn, walks: Walks) -> None:
    """Draw the tree as it is asked for; the walks of these samples light up."""
    if view.mode == "table":
        show_table(view, found, part)
        return
    if view.mode == "merging":
        show_merging(view)
        return
    lit = lit_items(found.tree, part, walks)
    picture = tree_picture(found.tree, part, view.labels, view.colours, lit=lit, selected=link.peek("node"))
    draw = difference_figure if view.mode == "difference" else tree_figure
    figure = draw(picture, dark=views.is_dark(), narrow=views.is_phone())

    def pass_on(clicked: list[Any]) -> None:
        pick(str(clicked[0]))

    _show_subtitle(f"{_subtitle(view, found)} · click a node to read its samples, a plus to unfold it, drag to zoom")
    views.show_figure(figure, "", "", key=f"tree_{view.mode}", on_click=pass_on, alt=_alt(view, found))
    _offer_file(view, found, figure, walks)


def _offer_file(view: TreeView, found: Grown, figure: Figure, walks: Walks) -> None:
    """Offer the picture as a file; it is made only when it is asked for."""
    title = tree_words.headline(found.nulls, view.names, len(found.evidence))
    chosen = tree_words.shown_in_words(view.shown, view.names), tree_words.walks_in_words(walks, view.names)
    subtitle = " · ".join([_subtitle(view, found), *filter(None, chosen)])
    make = partial(saved_figure, figure, title, subtitle, dark=views.is_dark())
    name = re.sub(r"[^\w.-]+", "-", f"tree-{view.benchmark}-{view.problem.problem}-{view.level}")
    st.download_button(
        "Save the picture", make, f"{name}.html", "text/html", key="tree_file", icon=":material/download:",
        on_click="ignore", type="tertiary", help="An HTML file that zooms and hovers offline. Table saves CSV.",
    )  # fmt: skip


def _show_subtitle(words: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(inline(words, 400), width="content")
        show_how(HOW)


def _subtitle(view: TreeView, found: Grown) -> str:
    return tree_words.subtitle(view.benchmark, view.problem.problem, found.tree.n.tolist(), view.level)


def _alt(view: TreeView, found: Grown) -> str:
    finding = tree_words.headline(found.nulls, view.names, len(found.evidence))
    return f"Sample tree of problem {view.problem.problem}: {finding}. The view Table holds the same data."


def show_table(view: TreeView, found: Grown, part: Drawn) -> None:
    """Draw the same items as an indented table, a row of which can be picked from the keyboard."""
    _show_subtitle(_subtitle(view, found))
    items, names = part.items, view.labels
    rows = items[items["item"] > 0]
    shown = pd.DataFrame({"Step": [_step(row) for row in rows.to_dict("records")]})
    for at, name in enumerate(names):
        shown[name] = part.drawing.x[rows.index, at]
        shown[f"{name}, correct"] = part.drawing.y[rows.index, at]
    shown["Ends"] = [str(verdict).replace("_", " ") or None for verdict in rows["verdict"]]
    shown["Only in"] = [_only(row, names) for row in rows.to_dict("records")]
    shown["p"], shown["q"] = rows["p"].to_numpy(), rows["q"].to_numpy()
    ids = dict(
        zip(rows["key"], [f"{i:,}: {step.strip(INDENT)}" for i, step in enumerate(shown["Step"], 1)], strict=True)
    )
    picked = views.pick_row("row", "Open a row from the keyboard", ids, shown, table="tree_table", rows=16)
    if link.just_picked("row") and picked:
        pick(picked)
        link.forget("row")
        st.rerun()


def _step(row: dict[Any, Any]) -> str:
    text = f"+{row['branches']:,} branches folded" if row["stub"] else row["label"] or "(ends here)"
    return INDENT * (int(row["column"]) - 1) + text


def _only(row: dict[Any, Any], names: Sequence[str]) -> str | None:
    return f"{names[int(row['only'])]} {tree_words.SIGNS[row['evidence']]}" if row["evidence"] else None


def show_picked(node: int | None, opened: tuple[int, ...]) -> None:
    """Draw the buttons that take picks back."""
    if not opened and node is None:
        return
    with st.container(horizontal=True):
        if node is not None:
            st.button("Take the pick back", key="unpick", on_click=_unpick, icon=":material/close:")
        if opened:
            st.button("Fold everything again", key="fold", on_click=_fold, icon=":material/unfold_less:")


def show_nothing_drawn(view: TreeView) -> None:
    """Say that the filter leaves nothing."""
    only = view.names.get(view.shown)
    what = f"No correct path was seen only in {only}." if only else "No path fits the filter."
    messages.show_nothing(what, "Pick other paths, or another level of merging.")


def show_place(part: Drawn, node: int) -> None:
    """Name the node that is picked, over its samples."""
    row = part.items[part.items["key"] == str(node)]
    label = str(row["label"].iloc[0]) if len(row) else ""
    st.markdown(
        f"##### Samples that came through “{inline(shortened(label, 160)[0])}”" if label else "##### Samples here"
    )
