"""The sample tree as a person uses it: clicks on nodes, on folded branches, on a sample; hostile text in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from backend.importers import import_file
from backend.store.database import open_store
from tests.browser.conftest import OpenPage, click_cell, serving, settle
from tests.browser.test_paths import in_link
from tests.conftest import write_rows

pytestmark = pytest.mark.browser

POINT = """([key, panel]) => {
  const chart = document.querySelector('.js-plotly-plot');
  const nodes = chart._fullData.filter(trace => trace.customdata)[panel];
  const at = nodes.customdata.findIndex(data => data[0] === key);
  const axis = name => chart._fullLayout[name[0] + 'axis' + name.slice(1)];
  const box = chart.getBoundingClientRect(), x = axis(nodes.xaxis), y = axis(nodes.yaxis);
  return [box.left + x._offset + x.d2p(nodes.x[at]), box.top + y._offset + y.d2p(nodes.y[at])];
}"""
TRACES = "document.querySelector('.js-plotly-plot')._fullData"
KEYS = f"() => {TRACES}.filter(trace => trace.customdata)[0].customdata.map(data => data[0])"
GLOWS = f"() => {TRACES}.filter(trace => trace.mode === 'lines' && trace.line.width > 10).length"


@pytest.fixture(scope="module")
def branching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with two runs on one problem whose samples part into many ways."""
    folder = tmp_path_factory.mktemp("branching")
    store = open_store(folder / "boundary.duckdb")
    for run, shift in (("base", 0), ("rlvr", 40)):
        rows = [
            {"benchmark": "ways", "problem_id": "p", "sample_index": at, "run": run, "model": run, "training": run,
             "base_model": "base", "correct": at % 9 == 0, "answer": str(at % 4),
             "completion": f"We take the first step number {at % 5}.\n\nThen comes the step number {at + shift}."}
            for at in range(120)
        ]  # fmt: skip
        import_file(store, write_rows(folder / f"{run}.jsonl", rows))
    store.close()
    with serving(folder / "boundary.duckdb") as address:
        yield address


def click_item(page: Page, key: str, panel: int = 0) -> None:
    """Click a node or a stub of the tree, as slowly as a hand does."""
    page.wait_for_selector(".js-plotly-plot")
    page.locator(".js-plotly-plot").evaluate("chart => chart.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(200)
    x, y = page.evaluate(POINT, [key, panel])
    page.mouse.move(x, y)
    page.wait_for_timeout(150)
    page.mouse.click(x, y, delay=60)


def test_a_click_on_a_node_shows_its_samples_and_lights_up_their_walks(branching: str, visit: OpenPage) -> None:
    page = visit(f"{branching}/tree", height=1400)
    page.wait_for_selector(".js-plotly-plot")
    assert page.evaluate(GLOWS) == 0
    first = next(key for key in page.evaluate(KEYS) if key not in ("0", "+0") and key[0] != "+")
    click_item(page, first)
    page.wait_for_url(f"**node={first}*")
    settle(page)
    expect(page.get_by_text("24 samples").first).to_be_visible()
    expect(page.get_by_text("1 step in common").first).to_be_visible()
    assert page.evaluate(GLOWS) == 2
    page.get_by_role("button", name="Next").first.click()
    page.wait_for_url("**base_sample=*")
    settle(page)
    page.get_by_role("button", name="Take the pick back").click()
    settle(page)
    assert "node" not in in_link(page)
    page.go_back()
    page.wait_for_url(f"**node={first}*")
    settle(page)
    expect(page.get_by_text("1 step in common").first).to_be_visible()


def test_a_click_on_what_is_folded_opens_it_and_a_button_folds_it_again(branching: str, visit: OpenPage) -> None:
    page = visit(f"{branching}/tree", height=1400)
    page.wait_for_selector(".js-plotly-plot")
    before = page.evaluate(KEYS)
    stub = next(key for key in before if key.startswith("+"))
    click_item(page, stub, panel=1)
    page.wait_for_url(f"**open={stub[1:]}*")
    settle(page)
    page.wait_for_function(f"(count) => ({KEYS})().length > count", arg=len(before))
    page.get_by_role("button", name="Fold everything again").click()
    settle(page)
    page.wait_for_function(f"(count) => ({KEYS})().length === count", arg=len(before))


def test_a_row_of_the_paths_opens_the_tree_at_that_path(branching: str, visit: OpenPage) -> None:
    page = visit(f"{branching}/paths", height=1400)
    expect(page.locator("h1")).to_contain_text("correct paths seen only in base")
    click_cell(page, 2)
    page.wait_for_url("**/tree?*")
    settle(page)
    assert "node" in in_link(page)
    assert page.evaluate(GLOWS) >= 1


def test_hostile_text_in_a_tree_stays_text(address: str, visit: OpenPage) -> None:
    asked: list[str] = []
    page = visit(f"{address}/tree?problem=sum-00&node=1", height=1400)
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_selector(".js-plotly-plot")
    for key in page.evaluate(KEYS)[:4]:
        x, y = page.evaluate(POINT, [key, 0])
        page.mouse.move(x, y)
        page.wait_for_timeout(250)
    assert page.title() == "Tree · Reasoning Boundary Explorer"
    assert page.locator(".js-plotly-plot a[href*='127.0.0.1:9']").count() == 0
    assert page.locator(".js-plotly-plot script, .js-plotly-plot img").count() == 0
    assert not [url for url in asked if "127.0.0.1:9/" in url]


def test_the_problem_page_leads_to_the_tree(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/problem?problem=sum-07")
    page.get_by_role("link", name="Sample tree").click()
    page.wait_for_url("**/tree?*")
    settle(page)
    assert in_link(page)["problem"] == ["sum-07"]
    page.wait_for_selector(".js-plotly-plot")


def test_zooming_into_one_panel_zooms_the_others(branching: str, visit: OpenPage) -> None:
    page = visit(f"{branching}/tree", height=1400)
    page.wait_for_selector(".js-plotly-plot")
    page.locator(".js-plotly-plot").evaluate("chart => chart.scrollIntoView({block: 'start'})")
    box = page.locator(".js-plotly-plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 320, steps=5)
    page.mouse.up()
    ranges = "() => ['yaxis', 'yaxis2'].map(a => document.querySelector('.js-plotly-plot')._fullLayout[a].range)"
    page.wait_for_function(f"() => ({ranges})()[0][0] < 40")
    one, two = page.evaluate(ranges)
    assert one == two
