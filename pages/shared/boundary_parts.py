"""The pieces of the boundary page: the 2×2 with its rates, the list of problems, and four further views."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from backend.comparison.boundary_words import CELLS, boundary_cells, rate_rows
from backend.comparison.histogram import BINS, moved_in_words
from backend.comparison.luck import FEW
from backend.comparison.problem_words import verdict_table
from backend.figures import (
    MOST_ROWS,
    boundary_figure,
    histogram_figure,
    transition_figure,
    turns_figure,
)
from pages.shared import (
    boundary_pickers,
    cache,
    evidence,
    link,
    listing,
    messages,
    pickers,
    settling,
    share_control,
    views,
)
from pages.shared.budget import Budget
from pages.shared.how import show_how
from pages.shared.pickers import Comparison
from pages.shared.texts import counted

ROWS = 50
TABLE_HOW = "solved-sets-at-one-budget-and-what-a-rerun-would-lose"
VERDICT_HOW = "a-verdict-a-problem"


def show_table(found: dict[str, Any], budget: Budget, solved: str | None) -> None:
    """Draw the 2×2, whose cells pick what is listed, beside its rates."""
    left, right = st.columns([4, 3], gap="large")

    def pick(clicked: list[Any]) -> None:
        st.session_state["solved"] = str(clicked[0])

    with left:
        figure = boundary_figure(boundary_cells(found), selected=solved, dark=views.is_dark())
        drawn = f"each run given m = {counted(budget.m, 'sample')}"
        subtitle = f"{counted(found['problems'], 'problem')} · {drawn} · {budget.said}"
        views.show_figure(figure, "", subtitle, key="boundary_chart", on_click=pick)
    with right:
        st.markdown(_rates(found, budget.level))
        show_how(TABLE_HOW)


def _rates(found: dict[str, Any], level: float) -> str:
    """The rates as a table in Markdown."""
    rows = [f"| {' | '.join(row)} |" for row in rate_rows(found)]
    return f"| | Value | {100 * level:g} % interval |\n|:--|--:|:--|\n" + "\n".join(rows)


def show_problems(chosen: Comparison, base: str, rlvr: str, budget: Budget, solved: str | None) -> None:
    """Draw the filters by verdict, words and level, and one page of the problems."""
    wanted = pickers.pick_problem_filters(chosen.benchmark)
    sort = str(wanted.pop("sort"))
    problems, _ = cache.compared_problems(base, rlvr, **wanted, limit=10**9)
    said = cache.verdicts(base, rlvr, budget.m, budget.q, budget.level)
    rows = listing.listed(problems, said, solved, None)
    with st.container(horizontal=True, vertical_alignment="center"):
        favour = boundary_pickers.pick_verdict(listing.sizes(rows), len(rows))
        show_how(VERDICT_HOW)
        settling.show_settle(chosen, _to_settle(rows, favour), "Settle them")
    show_rows(chosen, rows, budget, favour, sort)


def _to_settle(rows: pd.DataFrame, favour: str | None) -> list[str]:
    """The listed problems with the verdict that is picked; with any, those that are undetermined."""
    verdict = evidence.SLUGS[favour or "undetermined"]
    return [str(name) for name in rows["problem"][rows["verdict"] == verdict]]


def show_rows(chosen: Comparison, rows: pd.DataFrame, budget: Budget, favour: str | None, sort: str) -> None:
    """Draw one page of these rows; a click on one opens its problem."""
    if link.just_picked("benchmark", "base", "rlvr", "solved", "favour", "difficulty", "topic", "text", "sort", "bins"):
        link.forget("page")
    _, total = listing.page(rows, favour, sort, 0, 0)
    if not total:
        messages.show_nothing("No problem is in this list.", "Pick another set, or take a filter back.")
        return
    drawn = st.container()
    offset = pickers.pick_page("page", total, ROWS)
    part, _ = listing.page(rows, favour, sort, ROWS, offset)
    with drawn:
        opened = views.show_problem_table(verdict_table(part, budget.level, _lucky(chosen)), offset, total)
    _open(chosen, opened)


def _lucky(chosen: Comparison) -> dict[str, float] | None:
    """How likely base's wrong answers would hit each problem by luck; None where no answer space is known."""
    given = link.seed("guess", allowed=boundary_pickers.is_answer_space)
    hits, expected, _ = cache.luck(chosen.base or "", int(given) if given else None)
    return None if np.isnan(expected) else dict(zip(hits["problem"], hits["lucky"], strict=True))


def _open(chosen: Comparison, problem: str | None) -> None:
    if problem:
        st.switch_page("problem.py", query_params=chosen.link(problem=problem))


def show_bins(chosen: Comparison, base: str, rlvr: str, budget: Budget) -> None:
    """Draw histogram and transition matrix; a bar or a square lists its problems below."""
    bars, moves, moved = cache.bins(base, rlvr)
    link.seed("bins", allowed=_is_cell)
    cell = st.session_state["bins"]

    def pick(clicked: list[Any]) -> None:
        st.session_state["bins"] = str(clicked[0])

    left, right = st.columns(2, gap="large")
    with left:
        title = moved_in_words(moved)
        figure = histogram_figure(bars, selected=cell, dark=views.is_dark())
        views.show_figure(figure, title, "accuracy c/n over all samples of each run", key="bins_chart", on_click=pick)
        st.caption("The bins 0 and 1 hang on n: with more samples fewer problems stay there.")
        show_how("accuracy-bins-and-who-moved")
    with right:
        figure = transition_figure(moves, list(BINS), selected=cell, dark=views.is_dark())
        views.show_figure(figure, "Who moved", "problems by base's bin and RLVR's; right of the line RLVR is higher",
                          key="moves_chart", on_click=pick)  # fmt: skip
    if cell:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_cell_in_words(cell)}**")
            st.button("Take the pick back", key="bins_back", on_click=_take_back)
        problems, _ = cache.compared_problems(base, rlvr, limit=10**9)
        said = cache.verdicts(base, rlvr, budget.m, budget.q, budget.level)
        show_rows(chosen, listing.listed(problems, said, None, cell), budget, None, "problem")


def _take_back() -> None:
    st.session_state["bins"] = None


def _is_cell(text: str) -> bool:
    first, _, second = text.partition("-")
    places = {str(place) for place in range(len(BINS))}
    return second in places and (first in places or first in ("base", "rlvr"))


def _cell_in_words(cell: str) -> str:
    first, _, second = cell.partition("-")
    if first in ("base", "rlvr"):
        return f"Problems that {'base' if first == 'base' else 'RLVR'} solves with accuracy {BINS[int(second)]}"
    return f"Problems at {BINS[int(first)]} for base and {BINS[int(second)]} for RLVR"


def show_training(chosen: Comparison, base: str, rlvr: str, budget: Budget) -> None:
    """Draw which problems turn over the checkpoints, and what is lost and gained beside chance."""
    runs = cache.runs(chosen.benchmark)
    family = boundary_pickers.checkpoints(runs, rlvr)
    if len(family) < 2:
        messages.show_nothing(
            "The store has no other checkpoint of this RLVR run that was drawn with the same settings.",
            "Pick a run that has some, or import them; the step is named in their files or on the Library page.",
        )
        return
    share_control.also(figures=("checkpoints",), tables=("checkpoints", "turns"), runs=(base, *family))
    steps = ["base", *(f"{family[run]:,}" for run in family)]
    changes, turned, (seen, chance), m = cache.over_training((base, *family), budget.m, budget.level)
    st.markdown(
        f"**{counted(len(turned), 'problem')} turned; {seen:,.1f} that an earlier step solves within "
        f"{counted(m, 'sample')} the "
        f"last does not, {chance:,.1f} by chance alone**"
    )
    left, right = st.columns([2, 3], gap="large")
    with right:
        st.markdown(_changes(changes, steps, budget.level))
        st.caption("By chance: what either would be if the labels of the two steps meant nothing.")
        show_how("problems-over-checkpoints")
    with left:
        if len(turned):
            views.show_figure(
                turns_figure(turned, steps, dark=views.is_dark()), "",
                f"darker: surer to be solved within m = {m:,} · − lost, + gained · click a square to open its problem",
                key="turns_chart", on_click=_click_problem,
            )  # fmt: skip
        if len(turned) > MOST_ROWS:
            st.caption(f"{counted(len(turned) - MOST_ROWS, 'further problem')} turned; the command lists them all.")
    _open(chosen, st.session_state.pop("clicked_problem", None))


def _click_problem(clicked: list[Any]) -> None:
    st.session_state["clicked_problem"] = str(clicked[0])


def _changes(changes: pd.DataFrame, steps: list[str], level: float) -> str:
    rows = [
        f"| {steps[row['at'] - 1]} → {steps[row['at']]} | {_sum(row, 'lost')} | {_sum(row, 'gained')} "
        f"| {row['by_chance']:,.1f} |"
        for row in changes.to_dict("records")
    ]
    return (
        f"| Step | Lost, {100 * level:g} % | Gained, {100 * level:g} % | By chance |\n|:--|--:|--:|--:|\n"
        + "\n".join(rows)
    )


def _sum(row: dict[Any, Any], name: str) -> str:
    return f"{row[name]:,.1f} [{row[f'{name}_low']:,.1f}, {row[f'{name}_high']:,.1f}]"


def show_luck(base: str, rlvr: str, budget: Budget) -> None:
    """Draw how much luck and how much a lenient verifier may explain."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Solved by luck?", anchors=False)
        given = boundary_pickers.pick_answer_space()
        share_control.also(tables=("luck",), runs=(base, rlvr), guess=given)
        for side, run in (("Base", base), ("RLVR", rlvr)):
            hits, expected, thin = cache.luck(run, given)
            if np.isnan(expected):
                st.markdown(f"{side}: {evidence.no_luck(hits)}")
                continue
            st.markdown(
                f"{side}: of {counted(thin, 'problem')} solved by 1 to {FEW} samples, **{expected:,.1f}** would be "
                f"solved by luck; its wrong answers take {hits['distinct_wrong'].median():,.0f} values a problem."
            )
        show_how("lucky-hits")
    with right:
        st.markdown("##### Only the format?", anchors=False)
        verifier = boundary_pickers.pick_second_verifier(cache.second_verifiers((base, rlvr)))
        if verifier:
            share_control.also(tables=("lenient",), runs=(base, rlvr), verifier=verifier)
            st.markdown(_lenience(cache.lenient(base, rlvr, verifier, budget.m)))
        else:
            st.caption("No other verifier has judged both runs. Grade them again on the Library page to compare.")
        show_how("format-only-gains")


def _lenience(found: dict[str, Any]) -> str:
    cells = "\n".join(
        f"| {label} | {found['counting'][name]:,.1f} | {found['other'][name]:,.1f} |" for name, label in CELLS.items()
    )
    shares = {side: 100 * found["shares"][side]["only_other"] for side in ("base", "rlvr")}
    return (
        f"| m = {found['m']:,} | verdict that counts | other verifier |\n|:--|--:|--:|\n{cells}\n\n"
        f"Correct by the other verifier only: {shares['base']:.2f} % of base's samples, {shares['rlvr']:.2f} % of "
        f"RLVR's. Of what RLVR gains, base solves **{found['gained_by_format']:,.1f}** too by either verdict; of what "
        f"it loses, it solves **{found['lost_by_format']:,.1f}** by either."
    )
