"""The Library as a person uses it: mapping an odd file, cancelling a large import, letting other verdicts count."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.importers import import_file
from backend.store import queries
from backend.store.database import open_store
from tests.browser.conftest import OpenPage, serving, settle
from tests.conftest import write_rows

pytestmark = pytest.mark.browser


def pick(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def test_an_odd_csv_becomes_curves(browser: Browser, visit: OpenPage, tmp_path: Path) -> None:
    assert browser
    file = tmp_path / "odd.csv"
    rows = [
        f"t{task},{who},{int((task + at) % 3 == 0)},said {at}" for task in range(12) for who in "ab" for at in range(4)
    ]
    file.write_text("\n".join(["aufgabe,wer,stimmt,gesagt", *rows]) + "\n")
    database = tmp_path / "store" / "boundary.duckdb"
    database.parent.mkdir()
    with serving(database) as address:
        page = visit(f"{address}/library", height=1600)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("could not be guessed")).to_be_visible()
        settle(page)
        expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
        for label, column in {
            "Problem": "aufgabe",
            "Completion": "gesagt",
            "Correct": "stimmt",
            "Model": "wer",
        }.items():
            pick(page, label, column)
        expect(page.get_by_text("96 rows.")).to_be_visible()
        page.get_by_role("textbox", name="Benchmark").fill("odd")
        page.get_by_role("textbox", name="Benchmark").press("Enter")
        settle(page)
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_text("96 rows read, 96 added")).to_be_visible()
        settle(page)
        assert not list(database.parent.glob("boundary-upload-*"))
        page.get_by_test_id("stSidebarNav").get_by_text("Curves").click()
        page.wait_for_url("**/curves**")
        settle(page)
        page.wait_for_selector(".js-plotly-plot .lines path")
        expect(page.get_by_text("12 problems · n = 4 samples a problem")).to_be_visible()
    store = open_store(database)
    runs = queries.runs(store)
    assert runs[["model", "samples", "correct"]].values.tolist() == [["a", 48, 16], ["b", 48, 16]]
    store.close()


def test_a_large_import_goes_on_without_its_page_and_is_cancelled_by_another_without_a_trace(
    browser: Browser, visit: OpenPage, tmp_path: Path
) -> None:
    assert browser
    file = tmp_path / "large.jsonl"
    row = '{{"problem_id": "q{0}", "correct": true, "completion": "{1}", "sample_index": {2}}}\n'
    text = "word " * 100
    with file.open("w") as out:
        out.writelines(row.format(i % 100, text + str(i), i // 100) for i in range(1_200_000))
    database = tmp_path / "boundary.duckdb"
    with serving(database) as address:
        page = visit(f"{address}/library?import_path={file}")
        page.get_by_role("button", name="Import", exact=True).click()
        expect(
            page.get_by_text(re.compile(r"Import of large.jsonl · [\d.,]+ of 70\d.\d MB · [\d,]+ rows"))
        ).to_be_visible()
        page.goto(f"{address}/curves")
        other = visit(f"{address}/library")
        expect(other.get_by_text("Import of large.jsonl")).to_be_visible()
        other.get_by_role("button", name="Cancel").click()
        expect(other.get_by_text("Import of large.jsonl was cancelled.")).to_be_visible()
        page.goto(f"{address}/library")
        expect(page.get_by_text("Import of large.jsonl was cancelled.")).to_be_visible()
        time.sleep(1)
    store = open_store(database)
    assert set(queries.totals(store).values()) == {0}
    assert store.rows("select count(*) from completions") == [(0,)]
    store.close()


def test_a_regrade_and_another_verifier_that_counts_change_the_numbers(
    browser: Browser, visit: OpenPage, tmp_path: Path
) -> None:
    assert browser
    store = open_store(tmp_path / "boundary.duckdb")
    rows = [
        {"benchmark": "b", "problem_id": f"p{problem}", "reference_answer": "7", "sample_index": at,
         "completion": f"so \\boxed{{{7 if at < 3 else 8}}}", "correct": at == 0}
        for problem in range(5) for at in range(4)
    ]  # fmt: skip
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r", model="m")
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/library?edit=r", height=1400)
        pick(page, "Grade every sample by", "normalised")
        page.get_by_role("button", name="Grade", exact=True).click()
        expect(page.get_by_text("10 samples have another one than before")).to_be_visible()
        settle(page)
        _shows(visit(f"{address}/problem?problem=p0"), "3 of 4")
        page.get_by_role("button", name="Let it count").click()
        expect(page.get_by_text("In r the verdicts of imported count now")).to_be_visible()
        settle(page)
        _shows(visit(f"{address}/problem?problem=p0"), "1 of 4")
        page.get_by_text("click a row to open the sample").scroll_into_view_if_needed()
        box = page.get_by_test_id("data-grid-canvas").nth(2).bounding_box()
        assert box
        page.mouse.move(box["x"] + 30, box["y"] + 52)
        page.wait_for_timeout(100)
        page.mouse.click(box["x"] + 30, box["y"] + 52, delay=80)
        page.wait_for_url("**/problem?**")
        settle(page)
        expect(page.get_by_text("Sample 1 ·")).to_be_visible()
        expect(page.get_by_text("normalised says correct")).to_be_visible()


def _shows(page: Page, counts: str) -> None:
    """Look at the problem's own page, in a second window, for how often the run solved it."""
    expect(page.get_by_text(counts).first).to_be_visible()
