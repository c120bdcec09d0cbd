"""The pieces of the Paths page: reading the paths, the finding, the list of paths, paths@k and what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from backend.background import State, Tell
from backend.errors import NotFound
from backend.exports.paths import paths_figure
from backend.store.database import Store
from backend.store.sample_trees import benchmark_paths
from backend.trees import words as tree_words
from backend.trees.merge import Level
from backend.trees.paths import Paths
from pages.shared import cache, link, messages, paths_data, pickers, views, working
from pages.shared.how import show_how
from pages.shared.pickers import Comparison
from pages.shared.texts import counted, inline, unbroken
from pages.shared.tree_pickers import Settings

ROWS = 50
HOW = "sample-trees"


@dataclass(frozen=True, kw_only=True)
class PathsView:
    """What is asked of the paths of a benchmark."""

    chosen: Comparison
    runs: tuple[str, ...]
    names: dict[str, str]
    level: str
    settings: Settings

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """What names the paths."""
        return self.runs, self.level


def read(view: PathsView) -> Paths | None:
    """The paths that are asked for; None while they are read in the background, which the page then shows."""
    try:
        found: Paths = cache.kept_paths(*view.key)
        return found
    except NotFound:
        pass
    if paths_data.is_small(cache.store(), view.runs, view.level):
        return benchmark_paths(cache.store(), view.runs, Level(view.level))
    return _read_in_background(view)


def _read_in_background(view: PathsView) -> Paths | None:
    about = f"{'|'.join(view.runs)}|{view.level}|{cache.store().version()}"
    work = cache.works().newest("paths", about)
    if work is not None and work.state is State.DONE:
        found: Paths = work.answer()
        return found
    st.title("Paths", anchor=False)
    if work is None or (work.ended and st.button("Read the paths", type="primary")):
        title = f"Following the correct paths of {' and '.join(view.names.values())}"
        follow = partial(_follow, cache.store(), view.runs, view.level)
        cache.works().begin("paths", title, follow, unit="problems", about=about, changes=False)
    working.show_works()
    return None


def _follow(held: Store, runs: tuple[str, ...], level: str, tell: Tell) -> Paths:
    tell("", 0, 0, 0)
    return benchmark_paths(held, runs, Level(level), lambda done, of: tell("", done, of, 0))


def show_finding(view: PathsView, found: Paths) -> None:
    """Say how many correct paths each run alone took, and how many chance would have left it."""
    nulls = cache.path_nulls(*view.key, view.settings.seed)
    st.title(unbroken(inline(tree_words.headline(nulls, view.names, len(found.classes)))), anchor=False)
    compared = int(((found.n > 0).sum(axis=1) > 1).sum())
    said = [*tree_words.other_way(nulls, view.names, len(found.classes))]
    said.append(
        f"{counted(len(found.classes), 'correct path')} in {counted(compared, 'problem')} that more than one run drew; "
        "the labels are dealt out anew within each problem."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(inline(" ".join(said), 900), width="content")
        show_how(HOW)


def show_list(view: PathsView) -> None:
    """Draw a page of the paths that one run alone took, the surest first; a click opens the tree at one."""
    rows = pick_rows(cache.sole_paths(*view.key, view.settings.q, view.settings.epsilon), view.names)
    if link.just_picked("benchmark", "base", "rlvr", "merge", "only", "evidence", "also"):
        link.forget("page")
    if rows.empty:
        messages.show_nothing("No path is in this list.", "Pick another run or evidence, or another level of merging.")
        return
    drawn = st.container()
    offset = pickers.pick_page("page", len(rows), ROWS)
    part = rows.iloc[offset : offset + ROWS]
    shown = path_table(part, view.names)
    with drawn:
        st.caption(
            f"Paths {offset + 1:,} to {offset + len(part):,} of {len(rows):,} · click a row to open the tree there"
        )
        clicked = views.show_clickable(shown, "paths_table", height=430, column_config=path_columns(shown))
    if clicked is not None:
        _open(view, part.iloc[clicked])


def pick_rows(
    rows: pd.DataFrame, names: Mapping[str, str], *, end: str = "", first: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Pick the run that alone took the paths, and how surely; return these rows.

    end: of the widgets' keys, where two lists stand on one page; first: what is picked at first, by key.
    """
    first = first or {}
    words = {"any": f"Either {len(rows):,}"}
    words |= {run: f"Only {inline(name, 80)} {int((rows['only'] == run).sum()):,}" for run, name in names.items()}
    only = _pick(f"only{end}", "Seen only in", words, first.get("only", "any"))
    rows = rows if only is None else rows[rows["only"] == only]
    sizes = rows["evidence"].value_counts()
    words = {"any": "Any evidence"}
    words |= {level: f"{sign} {int(sizes.get(level, 0)):,}" for level, sign in tree_words.SIGNS.items()}
    level = _pick(f"evidence{end}", "Evidence", words, first.get("evidence", "any"))
    return rows if level is None else rows[rows["evidence"] == level]


def _pick(key: str, label: str, words: Mapping[str, str], first: str) -> str | None:
    link.seed(key, [first], allowed=words.__contains__)
    chosen = st.pills(
        label, list(words), key=key, required=True, label_visibility="collapsed", format_func=words.__getitem__
    )
    link.note(key, chosen)
    return None if chosen in (None, "any") else chosen


def path_table(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Paths that one run alone took as a reader wants them."""
    each = rows.to_dict("records")
    return pd.DataFrame(
        {
            "Problem": rows["problem"].tolist(),
            "Path": rows["path"].tolist(),
            "Only in": [names[run] for run in rows["only"]],
            "Evidence": [tree_words.SIGNS[level] for level in rows["evidence"]],
            "Samples": [f"{row['x']:,} of {row['n']:,}" for row in each],
            "Others": [f"0 of {row['others_n']:,}" for row in each],
            "p": rows["p"].tolist(),
            "q": rows["q"].tolist(),
            "At least × as often": [
                float(tree_words.ratio_in_words(r).replace(",", "")) if r > 1 else None for r in rows["ratio_low"]
            ],
            "Others below, %": [float(tree_words.bound_in_words(share)) for share in rows["upper"]],
            "Steps": rows["steps"].tolist(),
            "Answer": rows["answer"].tolist(),
        }
    ).dropna(axis="columns", how="all")


def path_columns(shown: pd.DataFrame) -> dict[str, Any]:
    """How the columns of `path_table` are written."""
    forms = {"p": "%.2g", "q": "%.2g", "At least × as often": "%.1f", "Others below, %": "%.3g", "Steps": "%d"}
    number = {name: st.column_config.NumberColumn(format=form) for name, form in forms.items()}
    return {**views.localized(shown), **number}


def _open(view: PathsView, row: pd.Series) -> None:
    """Open the tree at a path: at the leaf of one of the samples that took it."""
    problem = str(row["problem"])
    way = cache.way_of_sample(problem, view.runs, view.level, str(row["run"]), int(row["sample_index"]))
    more = {"also": list(view.runs[2:])} if len(view.runs) > 2 else {}
    asked = {**view.chosen.link(problem=problem, merge=view.level, node=str(way[-1])), **more}
    st.switch_page("tree.py", query_params=asked)


def show_curves(view: PathsView) -> None:
    """Draw paths@k, and say what is kept of the first run's paths."""
    curves = cache.path_curves(*view.key)
    if len(curves):
        figure = paths_figure(curves, dark=views.is_dark(), height=330)
        level = tree_words.LEVELS[view.level].lower()
        said = f"{view.chosen.benchmark} · mean over problems · 95 %, population of problems"
        subtitle = f"{said} · steps are one if: {level}"
        views.show_figure(figure, "paths@k: distinct correct paths among k samples", subtitle, key="paths_chart")
    show_retention(cache.path_retention(*view.key, None))


def show_retention(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say what two runs keep of each other's paths, beside what a rerun of the same would."""
    st.markdown("##### Path retention", anchors=False)
    for row in rows:
        _show_kept(row)
    show_how(HOW, "solved-sets-at-one-budget-and-what-a-rerun-would-lose")


def _show_kept(row: Mapping[str, Any]) -> None:
    first, second = inline(row["first"]), inline(row["second"])
    of_first, of_second = row["both"] + row["first_only"], row["both"] + row["second_only"]
    st.markdown(
        f"With m = {row['m']:,} samples of each, {first} finds {of_first:,.1f} correct paths on average and {second} "
        f"{of_second:,.1f}; {row['both']:,.1f} are the same."
    )
    left, right = st.columns(2, gap="large")
    left.markdown(
        f"| | by {second} | by a rerun of {first} |\n|:--|--:|--:|\n"
        f"| {first}'s paths kept | **{_share(row['both'], of_first)}** "
        f"| {_share(_or_none(of_first, row['first_rerun']), of_first)} |\n"
        f"| missed | {row['first_only']:,.1f} | {_number(row['first_rerun'])} |"
    )
    right.markdown(
        f"| | by {first} | by a rerun of {second} |\n|:--|--:|--:|\n"
        f"| {second}'s paths missed | **{_share(row['second_only'], of_second)}** "
        f"| {_share(row['second_rerun'], of_second)} |\n"
        f"| that is | {row['second_only']:,.1f} | {_number(row['second_rerun'])} |"
    )


def _or_none(whole: float, less: float | None) -> float | None:
    return None if less is None else whole - less


def _share(part: float | None, whole: float) -> str:
    return "–" if part is None or not whole else f"{100 * part / whole:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
