"""The overview."""

from pathlib import Path

import pytest

from backend.store.database import Store
from tests.pages.conftest import SOLVED_BY_BASE, OpenPage, add_run, in_link, texts


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("overview")
    assert not app.exception
    assert "python -m backend import" in texts(app)


@pytest.mark.usefixtures("two_runs")
def test_it_opens_on_the_base_model_against_its_rlvr_model_with_the_finding_in_words(open_page: OpenPage) -> None:
    app = open_page("overview")
    assert not app.exception
    assert app.title[0].value == "rlvr leads at k = 1; at k = 4 the two are equal; the interval holds 0 at k = 1."
    assert (app.selectbox(key="base").value, app.selectbox(key="rlvr").value) == ("base", "rlvr")
    assert "4 problems compared" in texts(app)
    assert "2 runs" in texts(app)


@pytest.mark.usefixtures("two_runs")
def test_a_link_restores_the_runs_it_names(open_page: OpenPage) -> None:
    app = open_page("overview", base="rlvr", rlvr="base")
    assert (app.selectbox(key="base").value, app.selectbox(key="rlvr").value) == ("rlvr", "base")
    assert in_link(app, "base") == ["rlvr"]


@pytest.mark.usefixtures("two_runs")
def test_a_link_to_a_deleted_run_says_so_and_what_is_shown_instead(open_page: OpenPage) -> None:
    app = open_page("overview", base="gone-run")
    assert "“gone-run”" in app.warning[0].value
    assert "Shown instead: base" in app.warning[0].value
    assert in_link(app, "base") == ["base"]


def test_one_run_alone_is_drawn_and_a_second_one_asked_for(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "alone", SOLVED_BY_BASE)
    app = open_page("overview")
    assert not app.exception
    assert "second run" in texts(app)
