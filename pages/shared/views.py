"""Pieces that are drawn on more than one page."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from backend.comparison.describing import n_in_words
from backend.comparison.problem_words import SAYING
from backend.figures import CONFIG, MOST_BANDS, Figure, counts_figure, curve_figure, solved_sets_figure
from backend.records import Problem
from pages.shared import link
from pages.shared.texts import counted, formula_or_text, inline, rendered, shortened

RENDERED_LETTERS = 6_000
"""Of a longer text head and tail are shown."""
COUNTS_HEIGHT = 300
"""Beyond seven runs their bars scroll, so that the samples stay near."""


def is_dark() -> bool:
    """Whether the viewer's page is dark; figures carry their own ink."""
    return st.context.theme.type == "dark"


def is_phone() -> bool:
    """Whether the viewer's browser says that it runs on a phone, where two charts have no room beside each other."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def show_figure(
    figure: Figure,
    title: str,
    subtitle: str,
    *,
    key: str,
    on_click: Callable[[list[Any]], None] | None = None,
    alt: str | None = None,
) -> None:
    """Draw a figure under its title (a finding, in words) and subtitle; `alt` says what it shows where they do not.

    `on_click` is called with the customdata of the point that was clicked, before the page runs again.
    """
    if title:
        st.markdown(f"##### {inline(title)}", anchors=False)
    if subtitle:
        st.caption(inline(subtitle, 600))
    alt = alt or f"{title} {subtitle}".strip()
    if on_click is None:
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=key)
        return

    def pass_on() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            on_click(points[0]["customdata"])

    config = {**CONFIG, "displayModeBar": "hover" if figure.layout.dragmode else False}
    st.plotly_chart(figure, theme=None, config=config, alt=alt, key=key, on_select=pass_on, selection_mode="points")


def show_curves(curves: pd.DataFrame, title: str, benchmark: str, *, zoomed: bool = False, height: int = 420) -> None:
    """Draw pass@k curves with a subtitle that says over which problems, how many samples and which interval."""
    problems = int(curves.loc[curves["part"] == "all", "problems"].iloc[0])
    subtitle = f"{benchmark} · {counted(problems, 'problem')} · {n_in_words(curves)} · {_bands_in_words(curves)}"
    show_figure(
        curve_figure(curves, dark=is_dark(), whole_range=not zoomed, height=height), title, subtitle, key="curves_chart"
    )


def _bands_in_words(curves: pd.DataFrame) -> str:
    """Which interval the bands show, or why there are none."""
    if curves["low"].isna().all():
        return "no interval: one problem says nothing of a population"
    where = "bands" if curves["run"].nunique() <= MOST_BANDS else "intervals in the hover"
    return f"{where}: 95 %, population of problems"


def show_solved_sets(sets: pd.DataFrame, *, selected: str | None = None, picks_into: str | None = None) -> None:
    """Draw the sets as bars; a click puts the set's key into the session state under `picks_into`."""
    compared = int(sets.loc[sets["solved"] != "not_compared", "problems"].sum())

    def pick(clicked: list[Any]) -> None:
        if picks_into:
            st.session_state[picks_into] = str(clicked[0])

    show_figure(
        solved_sets_figure(sets, selected=selected, dark=is_dark()),
        "",
        f"{counted(compared, 'problem')} compared · solved: at least one correct sample",
        key="sets_chart",
        on_click=pick if picks_into else None,
    )


def count_in_words(sets: pd.DataFrame, solved: str) -> str:
    """How many problems one of the sets holds."""
    count = int(sets.loc[sets["solved"] == solved, "problems"].sum())
    return counted(count, "problem")


def show_notes(notes: list[str], about: str = "curves") -> None:
    """Say what a reader must know about the curves above, or about what else is named."""
    if notes:
        st.warning(
            "\n".join(f"- {inline(note, 600)}" for note in notes[:12]), title=f"Read the {about} with this in mind"
        )


def localized(table: pd.DataFrame) -> dict[str, Any]:
    """Column settings that write a table's whole numbers with their thousands apart."""
    whole = table.select_dtypes(include="integer").columns
    return {str(name): st.column_config.NumberColumn(format="localized") for name in whole}


def pick_row(
    key: str, label: str, names: dict[str, str], shown: pd.DataFrame, *, table: str, rows: int = 8
) -> str | None:
    """Draw a table whose row is picked by a click or, from the keyboard, in a box below it; return the row's id.

    names: display name of each row by its id, in the table's order; `table` is the table's own key, `rows` how many
    are seen before it scrolls.
    """
    ids = list(names)

    def pick() -> None:
        cells = st.session_state[table]["selection"]["cells"]
        if cells:
            st.session_state[key] = ids[cells[0][0]]

    height = 36 + 33 * min(len(shown), rows)
    st.dataframe(
        shown, hide_index=True, key=table, column_config=localized(shown), on_select=pick,
        selection_mode="single-cell", height=height, placeholder="–",
    )  # fmt: skip
    link.seed(key, allowed=names.__contains__)
    picked: str | None = st.selectbox(
        label, ids, index=None, key=key, format_func=names.__getitem__, placeholder="Click a row above"
    )
    link.note(key, picked)
    return picked


def show_problem_table(shown: pd.DataFrame, offset: int, total: int) -> str | None:
    """Draw a page of problems, one row each, its id under Problem; return the id whose row was clicked."""

    def open_clicked() -> None:
        cells = st.session_state["problem_table"]["selection"]["cells"]
        if cells:
            st.session_state["clicked_problem"] = str(shown["Problem"].iloc[cells[0][0]])

    share = st.column_config.NumberColumn(format="%.1f %%", width=80)
    longest = max(map(len, shown["Problem"].astype(str)), default=0)
    widths = {"Problem": min(max(24 + 8 * longest, 90), 220), "Base": 98, "RLVR": 98, "Verdict": 110, "p": 68, "q": 68}
    st.caption(f"Problems {offset + 1:,} to {offset + len(shown):,} of {total:,} · click a row to open it")
    st.dataframe(
        shown, hide_index=True, key="problem_table", on_select=open_clicked, selection_mode="single-cell", height=430,
        placeholder="–",
        column_config={
            **{name: st.column_config.Column(width=width) for name, width in widths.items()},
            "More samples": st.column_config.Column(width=100),
            SAYING: st.column_config.TextColumn(width=350),
            "Base ahead": share,
            "Lucky": share,
        },
    )  # fmt: skip
    clicked: str | None = st.session_state.pop("clicked_problem", None)
    return clicked


def show_statement(problem: Problem, name: str | None = None) -> None:
    """Draw a problem's statement with its formulas, and its reference answer, under `name` where no title names it."""
    about = [name, problem.level and f"level {problem.level}", problem.topic]
    if any(about):
        st.markdown(f"##### {' · '.join(inline(part, 120) for part in about if part)}", anchors=False)
    if problem.question:
        head, tail, left_out = shortened(problem.question, RENDERED_LETTERS)
        st.markdown(rendered(head), anchors=False)
        if left_out:
            st.caption(f"⋯ {left_out:,} characters left out ⋯")
            st.markdown(rendered(tail), anchors=False)
    else:
        st.caption("The imported files hold no statement for this problem.")
    if problem.reference_answer:
        st.markdown(f"Reference answer: {formula_or_text(problem.reference_answer)}")


ROLE_NAMES = {"base": "blue", "rlvr": "orange", "sft": "blue", "distilled": "violet"}
"""Streamlit's names for the colours of models, set in .streamlit/config.toml to those of the figures."""


def show_run_name(name: str, training: str | None) -> None:
    """Draw a run's name with a square in its model's colour."""
    st.markdown(f"##### :{ROLE_NAMES.get(training or '', 'gray')}[■] {inline(name)}", anchors=False)


def show_counts(counts: pd.DataFrame) -> None:
    """Draw how often each run solved the problem, with Wilson intervals."""
    if counts.empty:
        st.caption("No run has drawn this problem.")
        return
    subtitle = "correct of scored samples · whiskers: 95 % Wilson interval"
    with st.container(height=COUNTS_HEIGHT if len(counts) > 7 else "content", border=False):
        show_figure(counts_figure(counts, dark=is_dark()), "", subtitle, key="counts_chart")


def show_holdings(totals: dict[str, int]) -> None:
    """Say how much the store holds, in one line."""
    things = ("benchmark", "problem", "model", "run", "sample", "import")
    st.markdown(" · ".join(counted(totals[f"{thing}s"], thing) for thing in things))


def show_clickable(table: pd.DataFrame, key: str, **how: Any) -> int | None:
    """Draw a table; return the place of the row that was just clicked, once."""

    def keep_clicked() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells:
            st.session_state[f"{key}_clicked"] = int(cells[0][0])

    st.dataframe(
        table, hide_index=True, key=key, on_select=keep_clicked, selection_mode="single-cell", placeholder="–",
        **{"column_config": localized(table), **how},
    )  # fmt: skip
    clicked: int | None = st.session_state.pop(f"{key}_clicked", None)
    return clicked


def show_imports(imports: pd.DataFrame) -> None:
    """Draw one row an import, newest first."""
    if imports.empty:
        return
    shown = imports[["imported_at", "file_name", "format", "rows", "added", "duplicates", "rejected", "unscored"]]
    words = {name: name.replace("_", " ").capitalize() for name in map(str, shown)}
    shown = shown.rename(columns=words).rename(columns={"Imported at": "Imported at (UTC)"})
    when = {"Imported at (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")}
    st.dataframe(shown, hide_index=True, column_config={**localized(shown), **when})
