"""The commands that write files, from the command line to the file."""

import json
from pathlib import Path

import pytest

from backend.store.database import Store
from tests.backend.test_cli import run


@pytest.fixture
def filled(two_runs: Store) -> None:
    two_runs.close()


@pytest.mark.usefixtures("filled")
def test_data_and_report_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    made = run("export", "data", "verdicts", "base", "rlvr", "--out", tmp_path / "v.json", "--json")
    assert (made.code, made.json["rows"]) == (0, 12)
    assert json.loads((tmp_path / "v.json").read_text())["about"]["q"] == 0.1
    told = run("report", "base", "rlvr", "--out", tmp_path / "r.html", "--problems", "p01", "--json").json
    assert (tmp_path / "r.html").stat().st_size == told["bytes"] < 6_000_000


@pytest.mark.usefixtures("filled")
def test_a_bundle_is_an_index_and_a_report_a_benchmark(tmp_path: Path) -> None:
    told = run("bundle", "--out", tmp_path / "site", "--json").json
    (row,) = told["reports"]
    assert (row["file"], row["base"], row["rlvr"]) == ("sums.html", "base", "rlvr")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["index.html", "sums.html"]
    index = (tmp_path / "site" / "index.html").read_text()
    assert 'href="sums.html"' in index
    assert row["title"].split(",")[0] in index


@pytest.mark.usefixtures("filled")
def test_what_cannot_be_written_is_told_by_the_files_name(tmp_path: Path) -> None:
    for out in (tmp_path / "nowhere" / "x.csv", tmp_path):
        refused = run("export", "data", "counts", "base", "--out", f"{out}", "--json")
        assert refused.code == 2
    assert "cannot be written" in run("export", "data", "counts", "base", "--out", tmp_path / "no" / "x.csv").said
    assert "no data file of the form xls" in run("export", "data", "counts", "base", "--out", tmp_path / "x.xls").said
    assert run("report", "base", "nobody", "--out", tmp_path / "x.html").code == 1
    assert run("report", "base", "base", "--out", tmp_path / "x.html").code == 2
    assert run("export", "figure", "nothing", "base", "rlvr", "--out", tmp_path / "x.png").code == 2
    assert not list(tmp_path.glob(".x*"))
    assert not (tmp_path / "x.html").exists()


def test_an_empty_store_has_nothing_to_bundle(tmp_path: Path) -> None:
    answer = run("bundle", "--out", tmp_path / "site")
    assert answer.code == 1
    assert not (tmp_path / "site").exists()
