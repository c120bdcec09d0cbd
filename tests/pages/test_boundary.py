"""The boundary page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.importers import import_file
from backend.store.database import Store
from tests.conftest import write_rows
from tests.pages.conftest import SOLVED_BY_BASE, OpenPage, add_run, in_link, texts


def listed(app: AppTest) -> list[str]:
    return [str(problem) for problem in app.dataframe[0].value["Problem"]]


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("two_runs")
def test_it_counts_the_sets_and_lists_every_problem_with_both_counts(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert not app.exception
    assert app.title[0].value == "1 problem seen only in base, 1 problem only in RLVR"
    rows = app.dataframe[0].value[["Problem", "Base", "RLVR"]].to_numpy().tolist()
    assert ["base", "1 of 4", "0 of 4"] in rows
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("solved", "problems"),
    [("both", ["both"]), ("base_only", ["base"]), ("rlvr_only", ["rlvr"]), ("neither", ["neither"])],
)
@pytest.mark.usefixtures("two_runs")
def test_a_link_lists_one_set(open_page: OpenPage, solved: str, problems: list[str]) -> None:
    app = open_page("boundary", solved=solved)
    assert listed(app) == problems
    assert in_link(app, "solved") == [solved]


@pytest.mark.usefixtures("two_runs")
def test_filters_and_order_are_in_the_link(open_page: OpenPage) -> None:
    app = open_page("boundary", sort="c_rlvr", text="o")
    assert listed(app)[0] == "both"
    app.text_input(key="text").set_value("neither").run()
    assert listed(app) == ["neither"]
    assert in_link(app, "text") == ["neither"]
    assert in_link(app, "base") == ["base"], "once something was picked, the link names the runs too"


@pytest.mark.usefixtures("two_runs")
def test_values_that_do_not_exist_are_dropped_from_the_link(open_page: OpenPage) -> None:
    app = open_page("boundary", solved="everything", sort="; drop table runs", page="999", unknown="x")
    assert not app.exception
    assert len(listed(app)) == 4
    assert not app.query_params


def test_runs_without_a_common_problem_are_not_compared(two_runs: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = [{"problem_id": "elsewhere", "benchmark": "sums", "run": "other", "model": "other", "correct": True}]
    import_file(two_runs, write_rows(tmp_path / "other.jsonl", rows))
    app = open_page("boundary", rlvr="other")
    assert not app.exception
    uncompared = listed(open_page("boundary", rlvr="other", solved="not_compared"))
    assert set(uncompared) == {"both", "base", "rlvr", "neither", "elsewhere"}


def test_one_run_alone_is_not_compared_with_itself(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "alone", SOLVED_BY_BASE)
    app = open_page("boundary")
    assert not app.exception
    assert "two different runs" in texts(app) or app.info


@pytest.mark.usefixtures("two_runs")
def test_what_rlvr_misses_is_told_beside_what_a_rerun_would(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert (
        "With 2 samples a problem, RLVR would miss 0.5 problems that base solves; a rerun of base would miss 0.7. "
        "Base would miss 1.0 that RLVR solves; a rerun of RLVR would miss 0.2."
    ) in texts(app)
    assert set(app.dataframe[0].value["Verdict"]) == {"undetermined"}
