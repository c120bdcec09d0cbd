"""What leaves the program, in the browser of whoever gets it: reports without a network, frozen shares, old links."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from backend.commands import perform
from backend.exports.bundle import report_of
from backend.exports.material import Asked
from backend.importers import import_file
from backend.store.database import open_store
from tests.backend.exports.conftest import HOSTILE
from tests.browser.conftest import OpenPage, serving, settle
from tests.conftest import ME, drawn, write_rows

CHARTS = ".js-plotly-plot"
AT_PRINT = """() => window.addEventListener('beforeprint', () => {
    const text = document.querySelector('figure[data-chart=boundary] .annotation-text');
    const closed = document.querySelectorAll('details:not([open])').length;
    window.atPrint = {ink: getComputedStyle(text).fill, closed};
})"""
"""Notes, while the page is being printed, the ink of a chart and how many parts are closed."""


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of two runs whose names, problems and texts hold the corpus, with all of it shown."""
    folder = tmp_path_factory.mktemp("report")
    store = open_store(folder / "boundary.duckdb")
    for at, training in enumerate(("base", "rlvr")):
        rows = [
            {**row, "question": text, "reference_answer": text, "answer": text, "completion": text}
            for place, text in enumerate(HOSTILE)
            for row in drawn(f"{place} {text}", [draw % 2 == at for draw in range(4)], benchmark="<i>sums</i>",
                             model=f"{training} {HOSTILE[1]}", run=f"{training} {HOSTILE[1]}", training=training)
        ]  # fmt: skip
        import_file(store, write_rows(folder / f"{training}.jsonl", rows), strict=True)
    keys = [str(run["key"]) for run in perform("runs", store, {}, ME)]
    problems = [f"{place} {text}" for place, text in enumerate(HOSTILE)]
    known = set(store.read("select name from problems")["name"])
    html, _ = report_of(store, keys[0], keys[1], Asked(), problems=[name for name in problems if name in known])
    store.close()
    (folder / "report.html").write_text(html, encoding="utf-8")
    return folder / "report.html"


def opened(browser: Browser, report: Path, scheme: str) -> tuple[Page, list[str], list[str]]:
    """The report in a browser without a network; every request but the one for itself, and every complaint."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", offline=True)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        if request.url != report.as_uri():
            asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    expect(page.locator(CHARTS).first).to_be_visible()
    return page, asked, complaints


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_opens_without_a_network_and_nothing_in_it_takes_effect(
    browser: Browser, hostile_report: Path, scheme: str
) -> None:
    page, asked, complaints = opened(browser, hostile_report, scheme)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true }")
    page.wait_for_timeout(500)
    assert (asked, complaints) == ([], [])
    assert page.title() != "taken"
    assert page.locator(CHARTS).count() == page.locator("figure[data-chart]").count() >= 4
    assert page.locator("img, iframe, object, embed, form").count() == 0
    assert page.locator("pre").filter(has_text="onerror").count() > 0, "hostile text is there, as text"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 23, 28)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert page.locator("[data-title*='Share'], a[data-title*='cloud' i]").count() == 0
    page.context.close()


@pytest.mark.browser
def test_verdicts_sort_by_a_click_and_by_the_keyboard(browser: Browser, hostile_report: Path) -> None:
    page, _, _ = opened(browser, hostile_report, "light")
    column = page.get_by_role("button", name="Base", exact=True)
    cells = page.locator(".sortable tbody tr td:nth-child(2)")
    column.click()
    rising = [float(key or 0) for key in cells.evaluate_all("cells => cells.map(cell => cell.dataset.key)")]
    assert rising == sorted(rising)
    column.focus()
    page.keyboard.press("Enter")
    falling = [float(key or 0) for key in cells.evaluate_all("cells => cells.map(cell => cell.dataset.key)")]
    assert falling == sorted(rising, reverse=True)
    page.context.close()


@pytest.mark.browser
def test_a_report_prints_in_light_with_everything_open(browser: Browser, hostile_report: Path) -> None:
    page, _, complaints = opened(browser, hostile_report, "dark")
    page.evaluate(AT_PRINT)
    printed = page.pdf(format="A4")
    assert page.evaluate("window.atPrint") == {"ink": "rgb(27, 31, 36)", "closed": 0}
    assert page.locator("details:not([open])").count() > 0, "afterwards it is as it was"
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_a_view_is_frozen_by_the_page_and_opens_after_its_run_was_deleted(visit: OpenPage, tmp_path: Path) -> None:
    store = open_store(tmp_path / "boundary.duckdb")
    for name, training in (("base", "base"), ("rlvr", "rlvr")):
        rows = [row for number in range(6) for row in drawn(
            f"p{number}", [number % 2 == (name == "rlvr")] * 4, benchmark="sums", model=name, run=name,
            training=training)]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows))
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/boundary")
        page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
        expect(page.get_by_text("Link to this view")).to_be_visible()
        expect(page.get_by_text(f"{address}/boundary?benchmark=sums&base=base&rlvr=rlvr&m=2")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download data").click()
        assert Path(download.value.path()).read_text().startswith("# ")
        page.get_by_label("Title").fill("What was lost")
        page.get_by_role("button", name="Freeze").click()
        page.get_by_role("link", name="Open the frozen share").click()
        expect(page.get_by_role("heading", name="What was lost")).to_be_visible()
        settle(page)
        found = re.search(r"/share\?id=([0-9a-f]{16})$", page.url)
        assert found
    store = open_store(tmp_path / "boundary.duckdb")
    perform("delete", store, {"run": "rlvr"}, ME)
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/shares?id={found[1]}")
        expect(page.get_by_role("heading", name="What was lost")).to_be_visible()
        expect(page.get_by_text("rlvr is no longer in the store.")).to_be_visible()
        expect(page.get_by_text("only base solves")).to_be_visible()
        assert page.url == f"{address}/share?id={found[1]}", "the old address leads to the new one, with all it says"
