"""The main paths, as a person walks them."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.config import ROOT
from backend.importers import import_file
from backend.store import queries
from backend.store.database import open_store
from tests.browser.conftest import OpenPage, click_cell, serving, settle
from tests.conftest import drawn, write_rows

pytestmark = pytest.mark.browser

PAGES = (ROOT / "pages" / "router.py").read_text(encoding="utf-8").count('st.Page("')
"""Pages that the navigation lists."""


def in_link(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def pick(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def wait_for_link(page: Page, **expected: str | None) -> None:
    """Wait until the link says what is expected; None: it does not have that key."""

    def says_so(url: str) -> bool:
        link = parse_qs(urlsplit(url).query)
        return all(link.get(key) == (None if value is None else [value]) for key, value in expected.items())

    page.wait_for_url(says_so)
    settle(page)


def press(page: Page, key: str, **expected: str | None) -> None:
    """Press a key and wait until the link says what it should."""
    page.keyboard.press(key)
    wait_for_link(page, **expected)


@pytest.mark.parametrize("path", ["boundary?solved=base_only", "problem?problem=sum-07"])
def test_a_deep_link_on_a_fresh_server_has_the_navigation_and_its_view(
    filled_database: Path, visit: OpenPage, path: str, tmp_path: Path
) -> None:
    copy = tmp_path / "boundary.duckdb"
    copy.write_bytes(filled_database.read_bytes())
    with serving(copy) as address:
        page = visit(f"{address}/{path}")
        expect(page.get_by_test_id("stSidebarNav").get_by_role("link")).to_have_count(PAGES)
        assert page.url.endswith(path)


def test_from_the_finding_to_a_sample_and_back(address: str, visit: OpenPage) -> None:
    page = visit(address)
    expect(page.locator("h1")).to_contain_text("rlvr leads at k = 1")
    page.get_by_text(re.compile(r"See the \d+ problems seen only in base")).click()
    page.wait_for_url("**/boundary?**")
    settle(page)
    expect(page.locator("h1")).to_contain_text("a rerun of base would lose")
    wait_for_link(page, solved="base_only")
    click_cell(page, 0)
    page.wait_for_url("**/problem?**")
    settle(page)
    link = in_link(page)
    assert link["problem"] == ["sum-01"]
    assert (link["base"], link["rlvr"], link["benchmark"]) == (["base"], ["rlvr"], ["sums"])
    expect(page.get_by_text("1 of 8").first).to_be_visible()
    page.locator(".js-plotly-plot .scatterlayer .point").nth(2).click(force=True)
    wait_for_link(page, base_sample="2")
    expect(page.get_by_text("try 2")).to_be_visible()
    for _ in range(6):  # Streamlit puts a step of its own between two pages
        page.go_back()
        settle(page)
        if urlsplit(page.url).path == "/":
            break
    expect(page.locator("h1")).to_contain_text("rlvr leads at k = 1")


def test_samples_and_problems_are_stepped_through_by_keyboard(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/problem?problem=sum-05")
    press(page, "ArrowRight", base_sample="1")
    press(page, "ArrowRight", base_sample="2")
    press(page, "ArrowLeft", base_sample="1")
    press(page, "Shift+ArrowRight", base_sample="1", rlvr_sample="1")
    press(page, "n", problem="sum-06", base_sample=None, rlvr_sample=None)
    press(page, "p", problem="sum-05")
    page.get_by_placeholder("words, whatever their case").press_sequentially("pn")
    settle(page)
    wait_for_link(page, problem="sum-05")


def test_a_set_is_picked_by_its_bar_and_by_its_button(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/boundary")
    bars = page.locator(".js-plotly-plot .barlayer .point path")
    expect(bars).to_have_count(4)
    bars.nth(3).click(force=True)
    wait_for_link(page, solved="neither")
    bars.nth(3).click(force=True)
    # a second click takes nothing back
    wait_for_link(page, solved="neither")
    page.get_by_role("radio", name="Both").click()
    wait_for_link(page, solved="both")


def test_from_a_square_of_the_matrix_to_its_problems_and_to_one_of_them(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/boundary")
    page.get_by_role("radio", name="Accuracy bins").click()
    wait_for_link(page, view="bins")
    squares = page.locator(".js-plotly-plot .scatterlayer .point")
    expect(squares.first).to_be_visible()
    squares.first.click(force=True)
    page.wait_for_url(re.compile("bins="))
    settle(page)
    expect(page.get_by_text("click a row to open it")).to_be_visible()
    click_cell(page, 0)
    page.wait_for_url("**/problem?**")
    settle(page)
    assert in_link(page)["problem"][0].startswith("sum-")


def test_what_is_picked_goes_along_from_page_to_page_and_back_again(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/boundary")
    pick(page, "Base run", "rlvr")
    pick(page, "RLVR run", "base")
    page.get_by_test_id("stSidebarNav").get_by_text("Problem").click()
    page.wait_for_url("**/problem**")
    settle(page)
    assert (in_link(page)["base"], in_link(page)["rlvr"]) == (["rlvr"], ["base"])
    fresh = visit(page.url)
    expect(fresh.get_by_role("combobox", name="Base run")).to_have_value("rlvr")


def test_a_hostile_completion_takes_no_effect_and_can_be_read(address: str, visit: OpenPage) -> None:
    page = visit(address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/problem?problem=sum-00")
    settle(page)
    expect(page.get_by_text("<script>").first).to_be_visible()
    main = page.get_by_test_id("stMain")
    expect(main.locator(".katex")).not_to_have_count(0)
    for taken in ("script", "img[src*='127.0.0.1:9']", "a[href*='127.0.0.1:9']"):
        expect(main.locator(taken)).to_have_count(0)
    expect(main.locator("h1")).to_have_text([re.compile("^sum-00: base solves .* of 8, rlvr solves .* of 8; ")])
    assert "taken" not in page.title()
    assert not [url for url in asked if ":9/" in url]
    assert _overflow(page) <= 0
    tall = main.locator(".katex").evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().height))")
    assert tall < 200
    page.get_by_text("Raw text").click()
    settle(page)
    expect(page.locator("[data-testid=stCode]").first).to_contain_text("![remote](http://127.0.0.1:9/remote.png)")


def test_hostile_names_take_no_effect_on_any_page(browser: Browser, visit: OpenPage, tmp_path: Path) -> None:
    assert browser
    name = "<img src=x onerror=alert(1)> ![a](http://127.0.0.1:9/b) :red[x] `c`"
    about = {"benchmark": name, "question": name, "level": name, "topic": name, "answer": name}
    problem = "p/1 &?#=+ <b> :red[z] ü"
    store = open_store(tmp_path / "boundary.duckdb")
    for training in ("base", "rlvr"):
        rows = drawn(problem, [training == "base"], model=name + training, training=training, **about)
        import_file(store, write_rows(tmp_path / f"{training}.jsonl", rows))
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(address)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f":9/ {dialog.message}"))
        for path in ("", "curves", "library", "problem", "boundary"):
            page.goto(f"{address}/{path}")
            settle(page)
            for taken in ("img[src='x']", "a[href*='127.0.0.1:9']"):
                expect(page.get_by_test_id("stMain").locator(taken)).to_have_count(0)
            assert _overflow(page) <= 0
        click_cell(page, 0)
        page.wait_for_url("**/problem?**")
        settle(page)
        assert in_link(page)["problem"] == [problem]
        assert not [url for url in asked if ":9/" in url]


def test_a_long_completion_is_cut_until_all_of_it_is_asked_for(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/problem?problem=sum-00&base_sample=1&raw=on")
    expect(page.get_by_text("characters left out").first).to_be_visible()
    page.get_by_text(re.compile(r"Show all \d+,\d+ characters")).first.click()
    settle(page)
    expect(page.get_by_text("characters left out")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "curves", "boundary", "problem", "library"])
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_scrolls_sideways(address: str, visit: OpenPage, path: str, width: int) -> None:
    assert _overflow(visit(f"{address}/{path}", width=width)) <= 0


def _overflow(page: Page) -> int:
    return int(page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth"))


def test_charts_upload_nothing_and_have_a_description(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/curves")
    page.wait_for_selector(".js-plotly-plot .lines path")
    assert not page.locator("[data-title*='hare']").count()
    assert page.get_by_label(re.compile("rlvr leads at k = 1.*40 problems")).count()


def test_import_rename_and_delete(browser: Browser, visit: OpenPage, tmp_path: Path) -> None:
    assert browser
    file = write_rows(tmp_path / "mine.jsonl", [*drawn("p", [True, False]), {"problem_id": "p", "correct": "maybe"}])
    database = tmp_path / "store" / "boundary.duckdb"
    database.parent.mkdir()
    with serving(database) as address:
        page = visit(f"{address}/library", height=1400)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("1 row would be rejected")).to_be_visible()
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_text("3 rows read, 2 added, 1 rejected")).to_be_visible()
        settle(page)
        page.get_by_role("radio", name="Runs").click()
        settle(page)
        click_cell(page, 0)
        settle(page)
        page.get_by_role("radio", name="Name and model").click()
        settle(page)
        page.get_by_label("Name", exact=True).fill("Renamed")
        page.get_by_role("button", name="Rename").click()
        expect(page.get_by_text("is now named Renamed")).to_be_visible()
        page.get_by_role("button", name="Delete this run").click()
        expect(page.get_by_role("dialog")).to_contain_text("2 samples")
        page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_text("Renamed is deleted")).to_be_visible()
    store = open_store(database)
    assert queries.runs(store).empty
    store.close()
