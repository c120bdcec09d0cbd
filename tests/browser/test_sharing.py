"""What leaves the program, in the browser of whoever gets it: reports without a network, frozen shares, old links."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from backend.commands import perform
from backend.commands.exports import export_figure
from backend.commands.shares import share
from backend.exports.bundle import report_of
from backend.exports.material import Asked
from backend.importers import import_file
from backend.store.database import open_store
from backend.store.queries import runs
from backend.store.sample_trees import sample_tree
from backend.trees.merge import Level
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


def fill(folder: Path) -> None:
    """Two runs of six problems: base solves every other one, the RLVR run those between."""
    store = open_store(folder / "boundary.duckdb")
    for name, training in (("base", "base"), ("rlvr", "rlvr")):
        rows = [row for number in range(6) for row in drawn(
            f"p{number}", [number % 2 == (name == "rlvr")] * 4, benchmark="sums", model=name, run=name,
            training=training)]  # fmt: skip
        import_file(store, write_rows(folder / f"{name}.jsonl", rows))
    store.close()


def freeze(page: Page, title: str) -> str:
    """Keep what the page shows, with the Share control; open it and return its id."""
    if not page.get_by_role("button", name="Freeze").is_visible():
        page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Freeze").click()
    page.get_by_role("link", name="Open the frozen share").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    settle(page)
    found = re.search(r"/share\?id=([0-9a-f]{16})$", page.url)
    assert found
    return found[1]


@pytest.mark.browser
def test_claims_and_paths_are_frozen_by_their_pages_and_open_after_a_run_was_deleted(
    visit: OpenPage, tmp_path: Path
) -> None:
    fill(tmp_path)
    with serving(tmp_path / "boundary.duckdb") as address:
        claims = freeze(visit(f"{address}/claims"), "What they claim")
        page = visit(f"{address}/paths?merge=exact")
        paths = freeze(page, "Which way they went")
        page.get_by_role("link", name="Open live").click()
        page.wait_for_url("**/paths?*merge=exact*")
    store = open_store(tmp_path / "boundary.duckdb")
    perform("delete", store, {"run": "rlvr"}, ME)
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/share?id={claims}")
        expect(page.get_by_role("heading", name="What they claim")).to_be_visible()
        expect(page.get_by_text("rlvr is no longer in the store.")).to_be_visible()
        expect(page.get_by_role("cell", name="Distillation goes beyond base")).to_be_visible()
        expect(page.locator(CHARTS).first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Claims (CSV)").click()
        assert "Distillation goes beyond base" in Path(download.value.path()).read_text()
        page = visit(f"{address}/share?id={paths}&live=on")
        expect(page.get_by_role("heading", name="Which way they went")).to_be_visible()
        expect(page.get_by_text("correct paths seen only in base;")).to_be_visible()
        expect(page.get_by_text("The live data cannot be drawn.")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame").first).to_be_visible()


@pytest.mark.browser
def test_a_view_is_frozen_by_the_page_and_opens_after_its_run_was_deleted(visit: OpenPage, tmp_path: Path) -> None:
    fill(tmp_path)
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/boundary")
        page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
        expect(page.get_by_text("Link to this view")).to_be_visible()
        expect(page.get_by_text(f"{address}/boundary?benchmark=sums&base=base&rlvr=rlvr&m=2")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download data").click()
        assert Path(download.value.path()).read_text().startswith("# ")
        found = freeze(page, "What was lost")
    store = open_store(tmp_path / "boundary.duckdb")
    perform("delete", store, {"run": "rlvr"}, ME)
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/shares?id={found}")
        expect(page.get_by_role("heading", name="What was lost")).to_be_visible()
        expect(page.get_by_text("rlvr is no longer in the store.")).to_be_visible()
        expect(page.get_by_text("only base solves")).to_be_visible()
        assert page.url == f"{address}/share?id={found}", "the old address leads to the new one, with all it says"


@pytest.fixture(scope="module")
def hostile_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The app whose runs and problem hold the corpus, and the shares of that problem's tree, of claims and of paths."""
    folder, bad = tmp_path_factory.mktemp("hostile"), f"{HOSTILE[4]} {HOSTILE[7]}"
    store = open_store(folder / "boundary.duckdb")
    for training in ("base", "rlvr"):
        rows = [
            {"benchmark": "<i>sums</i>", "problem_id": HOSTILE[1], "question": HOSTILE[0], "sample_index": at,
             "run": f"{training} {bad}", "model": f"{training} {bad}", "training": training,
             "completion": f"{text}\n\n{training} goes on: {HOSTILE[(at + 1) % len(HOSTILE)]}", "answer": text,
             "correct": at % 2 == 0}
            for at, text in enumerate(HOSTILE)
        ]  # fmt: skip
        import_file(store, write_rows(folder / f"{training}.jsonl", rows), strict=True)
    keys = [str(key) for key in runs(store)["run"]]
    made = {
        page: str(share(store, page, keys, problem=of, note=HOSTILE[0], author=HOSTILE[4])["share"])
        for page, of in (("tree", HOSTILE[1]), ("claims", None), ("paths", None))
    }
    store.close()
    with serving(folder / "boundary.duckdb") as address:
        yield address, made


def watched(page: Page, address: str) -> list[str]:
    """Every request that the page makes to another place than the app."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    settle(page)
    return [url for url in asked if not url.startswith((address, "ws:", "data:", "blob:"))]


@pytest.mark.browser
@pytest.mark.parametrize("live", ["", "&live=on"])
def test_nothing_in_a_shared_tree_takes_effect(
    hostile_app: tuple[str, dict[str, str]], visit: OpenPage, live: str
) -> None:
    address, made = hostile_app
    page = visit(f"{address}/share?id={made['tree']}{live}")
    expect(page.locator(CHARTS).nth(1)).to_be_visible()
    expect(page.get_by_text("correct path").first).to_be_visible()
    assert watched(page, address) == []
    expect(page.locator(CHARTS).nth(1)).to_be_visible()
    assert page.title() == "Shares · Reasoning Boundary Explorer"
    main = page.get_by_test_id("stMain")
    assert main.locator("iframe, form[action], object, embed, base, meta, img[src^='http']").count() == 0
    assert main.locator("script:not([type='application/json']), a[href^='javascript:']").count() == 0
    assert main.get_by_text("onerror").count() > 0, "hostile text is there, as text"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["claims", "paths"])
def test_nothing_in_claims_and_paths_takes_effect_shared_or_not(
    hostile_app: tuple[str, dict[str, str]], visit: OpenPage, name: str
) -> None:
    address, made = hostile_app
    page = visit(f"{address}/{name}")
    for path in (name, f"share?id={made[name]}&live=on"):
        page.goto(f"{address}/{path}")
        expect(page.locator(CHARTS).first).to_be_visible()
        assert watched(page, address) == []
        main = page.get_by_test_id("stMain")
        assert main.locator("iframe, form[action], object, embed, base, meta, img[src^='http']").count() == 0
        assert main.locator("a[href*='127.0.0.1:9/']").count() == 0
        assert main.get_by_text("svg onload").count() > 0, "hostile text is there, as text"
    assert page.title() == "Shares · Reasoning Boundary Explorer"


@pytest.mark.browser
def test_the_list_of_shares_holds_hostile_titles_as_text(
    hostile_app: tuple[str, dict[str, str]], visit: OpenPage
) -> None:
    address, _ = hostile_app
    page = visit(f"{address}/share")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert watched(page, address) == []
    assert page.title() == "Shares · Reasoning Boundary Explorer"


@pytest.mark.browser
def test_a_picture_of_a_hostile_tree_holds_its_texts_as_text(tmp_path: Path) -> None:
    store = open_store(tmp_path / "boundary.duckdb")
    for training in ("base", "rlvr"):
        rows = [
            {"benchmark": "sums", "problem_id": "p", "sample_index": at, "run": f"{training} {HOSTILE[4]}",
             "model": training, "training": training, "completion": text, "correct": at % 2 == 0}
            for at, text in enumerate(HOSTILE)
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{training}.jsonl", rows), strict=True)
    keys = [str(key) for key in runs(store)["run"]]
    for name in ("tree", "tree-difference", "problem"):
        out = tmp_path / f"{name}.svg"
        export_figure(store, name, keys, str(out), problem="p", width="page")
        drawn_ = ElementTree.parse(out)  # noqa: S314 — that it is read at all is what is tried
        elements = {element.tag.rpartition("}")[2].lower() for element in drawn_.iter()}
        assert not elements & {"script", "foreignobject", "iframe", "image"}
        assert not [name for element in drawn_.iter() for name in element.attrib if name.lower().startswith("on")]
    store.close()


@pytest.mark.browser
def test_a_link_to_a_trees_node_and_a_sample_opens_both_on_a_fresh_server(visit: OpenPage, tmp_path: Path) -> None:
    store = open_store(tmp_path / "boundary.duckdb")
    for training in ("base", "rlvr"):
        rows = [
            {"benchmark": "ways", "problem_id": "p", "sample_index": at, "run": training, "model": training,
             "training": training, "correct": at % 3 == 0,
             "completion": f"We take the first step number {at % 2}.\n\n"
                           f"Then sample {at} of {training} goes on its way."}
            for at in range(8)
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{training}.jsonl", rows), strict=True)
    keys = [str(key) for key in runs(store)["run"]]
    tree = sample_tree(store, "p", keys, Level.EXACT)
    labels = tree.nodes["label"].str.strip().tolist()
    node = labels.index("We take the first step number 1.")
    store.close()
    asked = (
        f"benchmark=ways&base={keys[0]}&rlvr={keys[1]}&problem=p&merge=exact&node={node}&base_sample=5&rlvr_sample=7"
    )
    with serving(tmp_path / "boundary.duckdb") as address:
        page = visit(f"{address}/tree?{asked}", height=1400)
        expect(page.get_by_text("Then sample 5 of base goes on its way.")).to_be_visible()
        expect(page.get_by_text("Then sample 7 of rlvr goes on its way.")).to_be_visible()
        expect(page.get_by_text("Samples that came through “We take the first step number 1.”")).to_be_visible()
        settle(page)
        page.get_by_test_id("stSidebar").get_by_role("button", name="Share").click()
        expect(page.get_by_text(f"{address}/tree?{asked}")).to_be_visible()
