"""The library."""

from pathlib import Path

import pytest

from backend.config import settings
from backend.importers import import_file
from backend.store import queries
from backend.store.database import Store
from tests.conftest import drawn, write_rows
from tests.pages.conftest import SOLVED_BY_BASE, OpenPage, add_run, in_link, texts


def test_an_empty_store_offers_the_import(open_page: OpenPage) -> None:
    app = open_page("library")
    assert not app.exception
    assert app.button(key="import_submit")


@pytest.mark.usefixtures("two_runs")
def test_runs_and_imports_are_listed_with_where_they_came_from(open_page: OpenPage) -> None:
    app = open_page("library")
    assert not app.exception
    runs, imports = app.dataframe[0].value, app.dataframe[1].value
    assert runs["Run"].tolist() == ["base", "rlvr"]
    assert imports["File"].tolist() == ["rlvr.jsonl", "base.jsonl"]


def test_an_import_of_problems_alone_is_listed_without_runs(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    problems = [{"problem_id": "p", "question": "What is 1 + 1?", "reference_answer": "2", "benchmark": "sums"}]
    import_file(store, write_rows(tmp_path / "problems.jsonl", problems))
    add_run(store, tmp_path, "base", SOLVED_BY_BASE)
    app = open_page("library")
    assert not app.exception
    assert app.dataframe[1].value["Runs"].tolist() == ["base", ""]


def test_a_link_opens_an_import_with_its_rejected_rows(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    bad = [*drawn("p", [True]), {"problem_id": "p", "sample_index": "many", "correct": True}]
    import_file(store, write_rows(tmp_path / "bad.jsonl", bad))
    report = str(queries.imports(store)["import_id"].iloc[0])
    app = open_page("library", report=report)
    assert not app.exception
    assert app.dataframe[2].value["Line"].tolist() == [2]


def test_a_run_is_renamed_and_its_key_stays(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="base")
    app.text_input(key="name_base").set_value("My base [run]")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    assert queries.runs(two_runs).set_index("run").loc["base", "name"] == "My base [run]"
    assert in_link(app, "edit") == ["base"]


@pytest.mark.usefixtures("two_runs")
def test_a_name_that_is_taken_is_refused_in_a_sentence(open_page: OpenPage) -> None:
    app = open_page("library", edit="base")
    app.text_input(key="name_base").set_value("rlvr")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    assert app.error[0].value == "Choose another name."


def test_a_model_is_marked(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="base")
    app.selectbox(key="training_base").set_value("distilled")
    app.button(key="model_submit_base").click().run()
    assert not app.exception
    assert queries.models(two_runs).set_index("model").loc["base", "training"] == "distilled"


def test_a_run_is_deleted_only_after_asking(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="rlvr")
    app.button(key="delete").click().run()
    assert "16 samples" in texts(app)
    assert app.button(key="delete_confirmed")
    assert len(queries.runs(two_runs)) == 2


def test_a_file_on_the_server_is_imported_with_what_was_filled_in(
    store: Store, tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUNDARY_IMPORT_FOLDERS", str(tmp_path))
    settings.cache_clear()
    file = write_rows(tmp_path / "mine.jsonl", drawn("p", [True, False]))
    app = open_page("library")
    app.text_input(key="given_benchmark").set_value("mine")
    app.text_input(key="import_path").set_value(str(file))
    app.button(key="import_submit").click().run()
    assert not app.exception
    assert "2 rows read, 2 added" in app.success[0].value
    assert queries.runs(store)["benchmark"].tolist() == ["mine"]


def test_a_file_outside_the_folders_that_may_be_read_is_refused(store: Store, open_page: OpenPage) -> None:
    app = open_page("library")
    app.text_input(key="import_path").set_value("/etc/passwd")
    app.button(key="import_submit").click().run()
    assert not app.exception
    assert "BOUNDARY_IMPORT_FOLDERS" in app.error[0].value
    assert queries.runs(store).empty


def test_an_import_without_a_file_is_a_sentence(open_page: OpenPage) -> None:
    app = open_page("library")
    app.button(key="import_submit").click().run()
    assert not app.exception
    assert app.error
