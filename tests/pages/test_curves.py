"""The curves page."""

from pathlib import Path

import pytest

from backend.errors import AppError
from backend.store.database import Store
from pages.shared import cache
from tests.pages.conftest import SOLVED_BY_BASE, SOLVED_BY_RLVR, OpenPage, add_run, in_link, texts


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("curves")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("two_runs")
def test_two_runs_are_drawn_with_a_row_each(open_page: OpenPage) -> None:
    app = open_page("curves")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Run"].tolist() == ["base", "rlvr"]
    assert table["pass@1"].round(2).tolist() == [18.75, 31.25]
    assert table["pass@4"].tolist() == [50.0, 50.0]


@pytest.mark.usefixtures("two_runs")
def test_a_link_restores_runs_and_zoom_and_drops_runs_that_are_gone(open_page: OpenPage) -> None:
    app = open_page("curves", run=["rlvr", "gone"], zoom="on")
    assert app.multiselect(key="run").value == ["rlvr"]
    assert app.toggle(key="zoom").value
    assert in_link(app, "run") == ["rlvr"]
    assert "“gone”" in app.warning[0].value


def test_differing_settings_and_left_out_problems_are_said(
    two_runs: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    some = {name: verdicts for name, verdicts in SOLVED_BY_RLVR.items() if name != "both"}
    add_run(two_runs, tmp_path, "warm", some, training="sft", temperature=0.6)
    said = texts(open_page("curves", run=["base", "warm"]))
    assert "Temperature differs" in said
    assert "3 problems that all picked runs have; 1 that only some have" in said


def test_unequal_n_ends_the_curve_and_says_what_goes_on(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "uneven", {**SOLVED_BY_BASE, "more": (True,) + (False,) * 15})
    said = texts(open_page("curves"))
    assert "its curve ends at k = 4" in said
    assert "goes on over the problems that have 16: 1" in said


@pytest.mark.usefixtures("two_runs")
def test_an_error_of_ours_is_a_sentence_with_what_to_do(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AppError("The curves are out of reach.", "Come back tomorrow.")

    monkeypatch.setattr(cache, "curves", refuse)
    app = open_page("curves")
    assert not app.exception
    assert app.error[0].value == "Come back tomorrow."


def test_twenty_runs_are_drawn(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    for number in range(20):
        add_run(store, tmp_path, f"run{number:02}", SOLVED_BY_BASE, training="rlvr", checkpoint_step=number)
    app = open_page("curves", run=[f"run{number:02}" for number in range(20)])
    assert not app.exception
    assert len(app.dataframe[0].value) == 20
