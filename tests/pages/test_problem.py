"""The problem page."""

from pathlib import Path
from typing import Any

import pytest

from backend.importers import import_file
from backend.regrade import regrade
from backend.store import queries
from backend.store.database import Store
from tests.conftest import drawn, write_rows
from tests.pages.conftest import OpenPage, in_link, texts


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("problem")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("two_runs")
def test_it_opens_on_a_problem_that_only_base_solved(open_page: OpenPage) -> None:
    app = open_page("problem")
    assert not app.exception
    assert app.selectbox(key="problem").value == "base"
    assert [title.value for title in app.title] == ["base: base solves 1 of 4, rlvr solves 0 of 4; undetermined"]
    said = texts(app)
    assert "verdict over 4 problems at once, q = 0.1, m = 2" in said
    assert "Find $x$ with $x + 2 = 5$." in said
    assert "Reference answer: **3**" in said
    assert said.count("Sample 0") == 2


@pytest.mark.usefixtures("two_runs")
def test_a_link_restores_problem_samples_and_filters(open_page: OpenPage) -> None:
    app = open_page("problem", problem="both", base_sample="2", rlvr_sample="3", verdict=["incorrect"], raw="on")
    said = texts(app)
    assert app.selectbox(key="problem").value == "both"
    assert "Sample 2" in said
    assert "Sample 3" in said
    assert app.toggle(key="raw").value
    assert [code.value for code in app.code] == ["try 2", "try 3"]


@pytest.mark.usefixtures("two_runs")
def test_steps_go_through_the_samples_and_the_problems(open_page: OpenPage) -> None:
    app = open_page("problem", problem="both")
    app.button(key="base_next").click().run()
    assert in_link(app, "base_sample") == ["1"]
    app.button(key="problem_next").click().run()
    assert app.selectbox(key="problem").value == "base"
    assert "base_sample" not in app.query_params, "another problem starts at its first sample"


@pytest.mark.usefixtures("two_runs")
def test_a_search_keeps_the_samples_whose_text_has_the_words(open_page: OpenPage) -> None:
    said = texts(open_page("problem", problem="both", search="TRY 2"))
    assert said.count("Sample 2") == 2
    assert "No sample of this run fits" not in said


def test_a_run_of_counts_has_nothing_to_read_and_says_so(two_runs: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = [{"problem_id": "both", "benchmark": "sums", "run": "counted", "model": "counted", "n": 64, "c": 3}]
    import_file(two_runs, write_rows(tmp_path / "counted.jsonl", rows))
    app = open_page("problem", problem="both", rlvr="counted")
    assert not app.exception
    assert any("imported as counts" in info.value for info in app.info)


@pytest.mark.usefixtures("two_runs")
def test_a_link_to_a_problem_or_sample_that_is_gone_says_so(open_page: OpenPage) -> None:
    app = open_page("problem", problem="vanished", base_sample="77")
    assert not app.exception
    assert "“vanished”" in app.warning[0].value
    assert any("Pick one from the strip" in info.value for info in app.info)


def test_an_unscored_cut_or_failed_sample_says_what_it_is(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    shared = {"problem_id": "odd", "benchmark": "sums", "run": "odd", "model": "odd", "completion": "…"}
    rows: list[dict[str, Any]] = [
        {**shared, "sample_index": 0, "correct": None},
        {**shared, "sample_index": 1, "correct": False, "finish_reason": "length"},
    ]
    import_file(store, write_rows(tmp_path / "odd.jsonl", rows))
    assert "not scored yet" in texts(open_page("problem"))
    assert "cut at the token limit" in texts(open_page("problem", base_sample="1"))


def test_a_link_to_a_late_sample_turns_the_strip_to_its_page(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = drawn("long", [False] * 600, benchmark="sums", run="long", model="long")
    import_file(store, write_rows(tmp_path / "long.jsonl", rows))
    app = open_page("problem", base_sample="300")
    assert not app.exception
    assert "Sample 300" in texts(app)
    assert in_link(app, "base_page") == ["2"]
    app.button(key="base_previous").click().run()
    assert in_link(app, "base_sample") == ["299"]
    app = open_page("problem", base_page="2")
    app.button(key="base_previous").click().run()
    assert (in_link(app, "base_sample"), in_link(app, "base_page")) == (["255"], [])


def test_a_reference_answer_is_corrected_and_taken_back(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = [
        {"benchmark": "b", "problem_id": "p", "reference_answer": "7", "completion": f"\\boxed{{{answer}}}",
         "correct": False, "sample_index": at}
        for at, answer in enumerate((7, 8, 8))
    ]  # fmt: skip
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r")
    regrade(store, "r", "normalised")
    app = open_page("problem")
    assert "The answer so far: **7**" in texts(app)
    app.text_input(key="correct_p").set_value("8")
    app.button(key="correct_confirmed").click().run()
    assert not app.exception
    assert "Reference answer: **8**" in texts(app)
    assert "from 7 to 8." in texts(app)
    assert queries.correct_counts(store, ["r"])[["n", "c"]].values.tolist() == [[3, 2]]
    app.button(key="correct_back").click().run()
    assert not app.exception
    assert "Reference answer: **7**" in texts(app)
    assert "3 verdicts given again, 3 of those that count changed" in texts(app)
    assert queries.correct_counts(store, ["r"])[["n", "c"]].values.tolist() == [[3, 1]]
