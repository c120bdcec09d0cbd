"""The library: runs with their verdicts and samples, imports, reports, formats."""

import threading
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from backend.background import works_of
from backend.config import ROOT, settings
from backend.importers import import_file
from backend.importers.saved_mappings import saved_mappings
from backend.store import queries
from backend.store.database import Store
from tests.conftest import drawn, write_rows
from tests.pages.conftest import SOLVED_BY_BASE, OpenPage, add_run, in_link, texts


def settled(app: AppTest) -> AppTest:
    """The page once all work that it began has ended."""
    for work in works_of(settings().database).under_way():
        work.future().exception(30)
    app.run()
    assert not app.exception
    return app


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table with a column, other than the list of runs."""
    found = [element for element in app.dataframe if element.key not in ("runs_table", "imports_table")]
    return next(element.value for element in found if column in element.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the app may read."""
    monkeypatch.setenv("BOUNDARY_IMPORT_FOLDERS", str(tmp_path))
    settings.cache_clear()
    return tmp_path


def test_an_empty_store_offers_the_import(open_page: OpenPage) -> None:
    app = open_page("library")
    assert not app.exception
    assert app.button(key="import_submit").disabled
    assert "problem list" in texts(app)
    for view in ("runs", "imports", "formats"):
        assert not open_page("library", view=view).exception


@pytest.mark.usefixtures("two_runs")
def test_runs_and_imports_are_listed_with_where_they_came_from(open_page: OpenPage) -> None:
    app = open_page("library")
    assert not app.exception
    assert app.dataframe(key="runs_table").value["Run"].tolist() == ["base", "rlvr"]
    app = open_page("library", view="imports")
    assert app.dataframe(key="imports_table").value["File"].tolist() == ["rlvr.jsonl", "base.jsonl"]


def test_an_import_of_problems_alone_is_listed_without_runs(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    problems = [{"problem_id": "p", "question": "What is 1 + 1?", "reference_answer": "2", "benchmark": "sums"}]
    import_file(store, write_rows(tmp_path / "problems.jsonl", problems))
    add_run(store, tmp_path, "base", SOLVED_BY_BASE)
    app = open_page("library", view="imports")
    assert not app.exception
    assert app.dataframe(key="imports_table").value["Runs"].tolist() == ["base", ""]


def test_a_link_opens_an_import_with_its_rejected_rows_and_what_is_wrong_with_its_samples(
    store: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    bad = [*drawn("p", [True, None]), {"problem_id": "p", "sample_index": "many", "correct": True}]
    import_file(store, write_rows(tmp_path / "bad.jsonl", bad))
    report = str(queries.imports(store)["import_id"].iloc[0])
    app = open_page("library", report=report)
    assert not app.exception
    assert table(app, "Line")["Line"].tolist() == [3]
    assert "3 rows read, 2 added, 0 there already, 1 rejected, 1 without a verdict." in texts(app)
    assert "1 of 2 samples (50.0%) have no verdict" in texts(app)


def test_a_run_is_renamed_and_its_key_stays(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="base", about="change")
    app.text_input(key="name_base").set_value("My base [run]")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    assert queries.runs(two_runs).set_index("run").loc["base", "name"] == "My base [run]"
    assert in_link(app, "edit") == ["base"]


@pytest.mark.usefixtures("two_runs")
def test_a_name_that_is_taken_is_refused_in_a_sentence(open_page: OpenPage) -> None:
    app = open_page("library", edit="base", about="change")
    app.text_input(key="name_base").set_value("rlvr")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    assert app.error[0].value == "Choose another name."


def test_a_model_is_marked(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="base", about="change")
    app.selectbox(key="training_base").set_value("distilled")
    app.button(key="model_submit_base").click().run()
    assert not app.exception
    assert queries.models(two_runs).set_index("model").loc["base", "training"] == "distilled"


def test_a_run_is_deleted_only_after_asking(two_runs: Store, open_page: OpenPage) -> None:
    app = open_page("library", edit="rlvr", about="change")
    app.button(key="delete").click().run()
    assert "16 samples" in texts(app)
    assert app.button(key="delete_confirmed")
    assert len(queries.runs(two_runs)) == 2


def test_a_file_on_the_server_is_looked_at_and_imported_with_what_was_filled_in(
    store: Store, folder: Path, open_page: OpenPage
) -> None:
    file = write_rows(folder / "mine.jsonl", [*drawn("p", [True, False, None]), {"problem_id": "p"}])
    app = open_page("library")
    app.text_input(key="import_path").set_value(str(file))
    app.text_input(key="given_benchmark").set_value("mine").run()
    assert not app.exception
    assert queries.totals(store)["samples"] == 0
    runs = table(app, "Samples")
    assert runs[["Benchmark", "Problems", "Samples", "Correct", "Incorrect", "Unscored"]].values.tolist() == [
        ["mine", 1, 3, 1, 1, 1]
    ]
    assert table(app, "Problem id")["Completion"].tolist() == ["try 0", "try 1", "try 2"]
    assert table(app, "Reason")["Line"].tolist() == [4]
    assert in_link(app, "import_path") == [str(file)]
    app.button(key="import_submit").click().run()
    settled(app)
    assert "4 rows read, 3 added, 1 without a verdict, 1 rejected. First: line 4" in app.warning[0].value
    assert queries.runs(store)["benchmark"].tolist() == ["mine"]
    assert app.text_input(key="import_path").value == ""


def test_a_folder_of_seeds_becomes_one_run(store: Store, folder: Path, open_page: OpenPage) -> None:
    seeds = folder / "seeds"
    seeds.mkdir()
    for seed in range(3):
        rows = [{"problem_id": "p", "correct": seed == 1, "completion": f"try {seed}"}]
        write_rows(seeds / f"out_seed{seed}.jsonl", rows)
    app = open_page("library", view="import", import_path=str(seeds))
    assert app.button(key="import_submit").label == "Import 3 files"
    app.button(key="import_submit").click().run()
    settled(app)
    assert "3 files: 3 rows read, 3 added" in app.success[0].value
    assert queries.runs(store)[["samples", "correct"]].values.tolist() == [[3, 1]]


def test_an_unknown_file_in_a_folder_is_passed_over_and_its_columns_are_not_read_from_the_others(
    store: Store, folder: Path, open_page: OpenPage
) -> None:
    results = folder / "results"
    results.mkdir()
    write_rows(results / "a-summary.jsonl", [{"task": "a", "model": "m", "correct": 1}])
    write_rows(results / "samples.jsonl", drawn("p", [True, False]))
    add_run(store, folder, "base", SOLVED_BY_BASE)
    app = open_page("library", import_path=str(results))
    assert not app.exception
    assert "Among several files it is passed over" in app.info[0].value
    app.button(key="import_submit").click().run()
    settled(app)
    assert "a-summary.jsonl: passed over" in app.success[0].value
    runs = queries.runs(store).set_index("name")
    assert runs.drop("base")[["samples", "correct"]].values.tolist() == [[2, 1]]


def test_an_unknown_file_is_mapped_by_select_boxes_and_the_mapping_is_kept(
    store: Store, folder: Path, open_page: OpenPage
) -> None:
    path = folder / "odd.csv"
    path.write_text("task,good,bad,text\na,1,0,one\na,0,1,two\nb,1,0,three\n")
    app = open_page("library", view="import", import_path=str(path))
    assert not app.exception
    assert "Pick below which column holds what" in texts(app)
    app.selectbox(key="map_problem_id").set_value("task").run()
    app.selectbox(key="map_correct").set_value("bad").run()
    assert table(app, "Problem id")["Verdict"].tolist() == ["incorrect", "correct", "incorrect"]
    app.selectbox(key="map_correct").set_value("good").run()
    app.selectbox(key="map_completion").set_value("text").run()
    assert not app.exception
    assert table(app, "Problem id")["Verdict"].tolist() == ["correct", "incorrect", "correct"]
    assert {"problem_id=task", "correct=good", "completion=text"} <= set(in_link(app, "map"))
    app.text_input(key="mapping_name").set_value("odd").run()
    app.button(key="mapping_keep").click().run()
    assert saved_mappings(settings().database)["odd"]["correct"] == "good"
    app.button(key="import_submit").click().run()
    settled(app)
    assert queries.runs(store)[["samples", "correct"]].values.tolist() == [[3, 2]]
    app = open_page("library", view="import", import_path=str(path), read="mapping:odd")
    assert not app.exception
    assert app.selectbox(key="map_correct").value == "good"
    app.button(key="mapping_forget").click().run()
    assert saved_mappings(settings().database) == {}


def test_a_file_outside_the_folders_that_may_be_read_is_refused(store: Store, open_page: OpenPage) -> None:
    app = open_page("library")
    app.text_input(key="import_path").set_value("/etc/passwd").run()
    assert not app.exception
    assert "BOUNDARY_IMPORT_FOLDERS" in app.error[0].value
    assert app.button(key="import_submit").disabled
    assert queries.runs(store).empty


def test_a_file_that_nobody_can_read_is_a_sentence(folder: Path, open_page: OpenPage) -> None:
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 10)
    for read in ("content", "columns"):
        app = open_page("library", view="import", import_path=str(folder / "noise.bin"), read=read)
        assert not app.exception
        assert app.error
        assert app.button(key="import_submit").disabled


GRADED = [
    {"benchmark": "b", "problem_id": "p", "reference_answer": "7", "completion": text, "correct": correct,
     "sample_index": at}
    for at, (text, correct) in enumerate([("so \\boxed{7}", False), ("\\boxed{8}", True), ("\\boxed{7}", True)])
]  # fmt: skip


def test_a_regrade_changes_the_numbers_and_another_verifier_can_count_again(
    store: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    import_file(store, write_rows(tmp_path / "r.jsonl", GRADED), run="r")
    app = open_page("library", edit="r")
    app.selectbox(key="regrade_by_r").set_value("normalised").run()
    app.button(key="regrade").click().run()
    settled(app)
    assert "r was graded by normalised: 3 samples graded, 2 correct" in app.success[0].value
    assert "2 samples have another one than before" in app.success[0].value
    judged = table(app, "Verifier")
    assert judged[["Verifier", "Counts", "Correct", "Disagreements"]].values.tolist() == [
        ["normalised", True, 2, 0], ["imported", False, 2, 2],
    ]  # fmt: skip
    assert app.dataframe(key="disagreements_table").value["Sample"].tolist() == [0, 1]
    app.button(key="count_by").click().run()
    settled(app)
    assert table(app, "Verifier")["Verifier"].tolist() == ["imported", "normalised"]
    assert queries.correct_counts(store, ["r"])[["n", "c"]].values.tolist() == [[3, 2]]


def test_what_may_be_wrong_with_a_run_is_told_with_the_way_to_its_samples(
    store: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    rows = [*GRADED, {**GRADED[0], "sample_index": 3, "completion": "cut", "finish_reason": "length"}]
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r")
    app = open_page("library", edit="r", about="samples")
    assert "1 of 4 samples (25.0%) were cut at the token limit" in texts(app)
    app.button(key="see_truncated").click().run()
    assert not app.exception
    assert app.dataframe(key="finding_table").value["Sample index"].tolist() == [3]
    assert in_link(app, "finding") == ["truncated"]
    app.button(key="read_texts").click().run()
    settled(app)
    assert "hold the reference answer all the same: 1 in a box" in texts(app)
    app.button(key="see_not_extracted").click().run()
    assert app.dataframe(key="finding_table").value["Sample index"].tolist() == [0]


def test_a_change_is_refused_in_a_sentence_while_a_long_one_is_under_way(two_runs: Store, open_page: OpenPage) -> None:
    assert two_runs
    go = threading.Event()
    works = works_of(settings().database)
    work = works.begin("import", "Import of much", lambda _: go.wait(30), unit="bytes")
    app = open_page("library", edit="base", about="change")
    assert app.button(key=f"cancel_{work.number}")
    app.text_input(key="name_base").set_value("other")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    assert "cancel it on the Library page" in app.error[0].value
    assert "base" in queries.runs(two_runs)["name"].tolist()
    work.cancel()
    go.set()
    work.future().exception(30)


def test_every_format_is_listed_with_a_document_that_exists(open_page: OpenPage) -> None:
    listed = table(open_page("library", view="formats"), "Format")
    assert "qwen-math" in listed["Name"].tolist()
    assert [name for name in listed["Described in"] if not (ROOT / name).is_file()] == []
