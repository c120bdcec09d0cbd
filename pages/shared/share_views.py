"""What a kept share shows: its figures, its table, or its problem with the samples; the same of the live data."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from backend.comparison.curve_words import doubts
from backend.comparison.describing import notes_on_curves
from backend.comparison.problem_words import verdict_table
from backend.exports.drawings import Drawing, curve_points
from backend.exports.frozen import View
from backend.exports.trees import draw_tree
from backend.figures import MARKS, counts_figure, mark_of
from backend.records import Sample
from pages.shared import cache, claims_parts, link, messages, paths_parts, views
from pages.shared.strips import show_sample
from pages.shared.texts import counted, inline

FIGURES = {"overview": ("curves", "sets"), "curves": ("curves",), "boundary": ("boundary", "bins", "moves")}
MOST_LISTED = 2_000
TREE_PIXELS = 1_100


def show_view(share: str, view: View, *, title: str = "", is_live: bool = False, narrow: bool = False) -> None:
    """Draw a view; keys of the live one end in `_live`, so that both can stand on one page, narrow as half of it.

    title: what stands above already, and is not said again.
    """
    if view.shown is not None:
        _show_problem(share, view, is_live=is_live, narrow=narrow)
        return
    if view.claims is not None:
        _show_claims(view.claims, title=title, is_live=is_live, narrow=narrow)
        return
    if view.paths is not None:
        _show_paths(share, view, title=title, is_live=is_live, narrow=narrow)
        return
    for name in FIGURES[view.page]:
        drawing = cache.share_drawing(share, name, is_live, views.is_dark())
        _show_drawing(drawing, title, f"share_{name}{'_live' if is_live else ''}")
    if view.page == "curves":
        points = curve_points(view.material, view.asked)
        doubted = doubts(points, view.asked.found, view.asked.interval)
        views.show_notes([*notes_on_curves(points, view.material.runs, 0), *doubted])
    if view.page == "boundary":
        _show_verdicts(share, view, is_live=is_live)


def _show_drawing(drawing: Drawing, title: str, key: str) -> None:
    """Draw a figure, with its own title unless that stands above the page."""
    own = "" if drawing.title == title else drawing.title
    alt = f"{drawing.title} {drawing.subtitle}"
    views.show_figure(drawing.figure, own, drawing.subtitle, key=key, alt=alt)


def _show_verdicts(share: str, view: View, *, is_live: bool) -> None:
    rows = cache.share_verdicts(share, is_live)
    st.markdown("##### What the samples say of each problem", anchors=False)
    st.dataframe(
        verdict_table(rows.head(MOST_LISTED), view.asked.level),
        hide_index=True, placeholder="–", key=f"share_verdicts{'_live' if is_live else ''}",
        column_config={"Base ahead": st.column_config.NumberColumn(format="%.1f %%")},
    )  # fmt: skip
    _say_further(len(rows), "problem")


def _show_claims(found: Mapping[str, Any], *, title: str, is_live: bool, narrow: bool) -> None:
    """Draw what was told of the claims; only of the live ones there are surely runs to go to."""
    if found["headline"] != title:
        st.markdown(f"##### {inline(found['headline'])}", anchors=False)
    claims_parts.show_verdicts(found)
    for number, claim in enumerate(found["claims"], start=1):
        end = "_live" if is_live else "_share"
        claims_parts.show_claim(number, claim, end=end, beside=not narrow, has_ways=is_live)
    views.show_notes(found["notes"], "claims")


def _show_paths(share: str, view: View, *, title: str, is_live: bool, narrow: bool) -> None:
    """Draw paths@k under the finding, the paths that one run alone took, and what is kept of the first run's."""
    end = "_live" if is_live else "_share"
    drawing = cache.share_drawing(share, "paths", is_live, views.is_dark())
    rows, kept = cache.share_paths(share, is_live)
    drawn, said = (st.container(),) * 2 if narrow else st.columns([3, 2], gap="large")
    with drawn:
        _show_drawing(drawing, title, f"share_paths{end}")
    with said:
        paths_parts.show_retention(kept)
    names = view.material.labels
    first = {key: values[0] for key, values in view.link.items() if values}
    rows = paths_parts.pick_rows(rows, names, end=end, first=first)
    if rows.empty:
        messages.show_nothing("No path is in this list.", "Pick another run or evidence.")
        return
    shown = paths_parts.path_table(rows.head(MOST_LISTED), names)
    st.dataframe(
        shown, hide_index=True, placeholder="–", key=f"share_paths_table{end}", height=430,
        column_config=paths_parts.path_columns(shown),
    )  # fmt: skip
    _say_further(len(rows), "path")


def _say_further(rows: int, thing: str) -> None:
    if rows > MOST_LISTED:
        st.caption(f"{counted(rows - MOST_LISTED, f'further {thing}')}; the command lists them all.")


def _show_tree(share: str, *, is_live: bool, narrow: bool) -> None:
    """Draw the tree of the samples that were kept, with what is said of it."""
    tree = cache.share_tree(share, is_live)
    if tree is None:
        messages.show_nothing("There is no tree.", "No sample came with a text.")
        return
    drawing = draw_tree(tree, pixels=TREE_PIXELS // 2 if narrow else TREE_PIXELS, dark=views.is_dark())
    key = f"share_tree{'_live' if is_live else ''}"
    views.show_figure(drawing.figure, drawing.title, drawing.subtitle, key=key)
    for sentence in tree.sentences:
        st.markdown(inline(sentence, 900))


def _show_problem(share: str, view: View, *, is_live: bool, narrow: bool) -> None:
    """Draw statement, counts, the tree where it was shared, and of each run one sample that can be picked."""
    shown, end = view.shown, "_live" if is_live else ""
    if shown is None:
        return
    views.show_statement(shown.problem, shown.problem.problem)
    if len(shown.counts):
        figure = counts_figure(shown.counts, dark=views.is_dark())
        subtitle = "correct of scored samples · whiskers: 95 % Wilson interval"
        views.show_figure(figure, "", subtitle, key=f"share_counts{end}")
    if view.page == "tree":
        _show_tree(share, is_live=is_live, narrow=narrow)
    about = view.material.runs.set_index("run")
    columns = st.columns(len(shown.samples), gap="large")
    for place, (column, (run, samples)) in enumerate(zip(columns, shown.samples.items(), strict=True)):
        with column:
            views.show_run_name(str(about.loc[run, "name"]), str(about.loc[run, "training"]))
            _show_samples(samples, f"sample_{place}{end}")


def _show_samples(samples: Sequence[Sample], key: str) -> None:
    if not samples:
        messages.show_nothing("There is no sample of this run to read.", "It was imported as counts, or never drew it.")
        return
    known = {str(sample.sample_index): sample for sample in samples[:MOST_LISTED]}
    link.seed(key, [next(iter(known))], allowed=known.__contains__)
    picked = st.selectbox(
        f"Sample ({len(samples):,})", list(known), key=key, format_func=lambda index: _in_words(known[index])
    )
    link.note(key, picked)
    show_sample(known[picked], raw=False, key=f"{key}_whole")


def _in_words(sample: Sample) -> str:
    mark = MARKS[mark_of(sample.verdict, sample.finish_reason)]
    return f"{sample.sample_index:,} {mark.glyph} {mark.words}"
