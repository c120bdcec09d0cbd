"""The Paths page: the correct paths of a benchmark that one run alone took."""

from pathlib import Path

import pytest

from backend.store.database import Store
from pages.shared import paths_data
from tests.backend.store.test_scores import BASE, RLVR, SHARP, add, read
from tests.pages.conftest import OpenPage, add_run, in_link, texts
from tests.pages.test_tree import add_walks


@pytest.fixture
def walked(store: Store, tmp_path: Path) -> Store:
    """Two problems: on one, base alone takes a path nine times; on the other both take the same."""
    for run, often in (("base", "ab+"), ("rlvr", "ac-")):
        training = {"training": run, "base_model": "base"}
        add_walks(store, tmp_path, run, (often,) * 9 + ("d-",), **training)
        add_walks(store, tmp_path, run, ("e+", "f-", "g-"), problem_id="shared", **training)
    return store


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("paths")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("walked")
def test_paths_of_one_run_alone_are_listed_with_their_evidence_and_null(open_page: OpenPage) -> None:
    app = open_page("paths")
    assert not app.exception
    assert app.title[0].value.startswith(
        "1 correct path seen only in base; 0.2 expected if"
    )  # 3·2/6·5 of the shared one
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["Problem"], row["Only in"], row["Evidence"]) == ("toy", "base", "◈ supported")
    assert (row["Samples"], row["Others"]) == ("9 of 10", "0 of 10")
    assert row["p"] == pytest.approx(10 / 167_960)
    assert "2 correct paths in 2 problems" in texts(app)


@pytest.mark.usefixtures("walked")
def test_paths_are_filtered_by_run_and_evidence(open_page: OpenPage) -> None:
    app = open_page("paths", only="rlvr")
    assert not app.exception
    assert "No path is in this list" in str(app.info[0].proto)
    seen = open_page("paths", only="base", evidence="supported")
    assert len(seen.dataframe[0].value) == 1
    assert in_link(seen, "evidence") == ["supported"]


def test_a_path_that_the_other_s_sampler_closes_is_listed_as_blocked(
    store: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    add(store, tmp_path, BASE, ["one", "two"], training="base", **SHARP)
    add(store, tmp_path, RLVR, ["three"], training="rlvr", base_model=BASE, **SHARP)
    runs = {"base": BASE, "rlvr": RLVR}
    assert open_page("paths", **runs).dataframe[0].value["Evidence"].tolist() == ["◇ seen"] * 3
    read(store, BASE, RLVR, [0.99, 0.5])
    app = open_page("paths", **runs, evidence="blocked")
    assert not app.exception
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["Only in"], row["Evidence"], row["Samples"]) == (BASE, "⊠ blocked", "1 of 2")


@pytest.mark.usefixtures("walked")
def test_retention_is_told_at_one_budget(open_page: OpenPage) -> None:
    said = texts(open_page("paths"))
    assert "With m = 1 samples of each" in said
    assert "by rlvr | by a rerun of base" in said
    assert "base's paths kept | **" in said


def test_runs_without_texts_say_so(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    for run in ("base", "rlvr"):
        add_run(store, tmp_path, run, {}, training=run, completion=None)
    app = open_page("paths")
    assert not app.exception
    assert "has a text" in str(app.error[0].proto)


@pytest.mark.usefixtures("walked")
def test_many_samples_are_read_in_the_background(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths_data, "READ_AT_ONCE", 0)
    app = open_page("paths")
    assert not app.exception
    for _ in range(50):
        if app.title[0].value != "Paths":
            break
        app.run()
    assert app.title[0].value.startswith("1 correct path seen only in base")
