"""The real server in Debian's Chromium, on a store of the test's own."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from backend.importers import import_file
from backend.sampling.engine import free_port
from backend.store.database import open_store
from tests.conftest import drawn, write_rows

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

HOSTILE = (
    """<script>document.title = 'taken'</script><img src=x onerror="document.title='taken'">
![remote](http://127.0.0.1:9/remote.png) [a link](http://127.0.0.1:9/) http://127.0.0.1:9/bare :red[directive]
# A heading
\\(\\rule{900em}{900em}\\) but \\(x^2\\) is a formula, and so is \\boxed{7}.
"""
    + "unbroken" * 200
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, once for all tests here, whose event loop must not outlive them; without one they are skipped, and fail
    in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        told = "There is no Chromium; on Debian `apt-get install chromium` installs one."
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def serving(database: Path, *options: str, port: int | None = None, **variables: str) -> Iterator[str]:
    """The app on a free port, as `streamlit run app.py` starts it; yields its address."""
    port = port or free_port()
    log = database.with_suffix(".log")
    environment = {**os.environ, "BOUNDARY_DATABASE": str(database), "BOUNDARY_IMPORT_FOLDERS": str(database.parent)}
    environment |= variables
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_healthy(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"The server did not come up:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="package")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a base run and an RLVR run: 40 problems, 8 samples each, one of them hostile, one very long."""
    folder = tmp_path_factory.mktemp("filled")
    store = open_store(folder / "boundary.duckdb")
    for name, training, best in (("base", "base", 8), ("rlvr", "rlvr", 12)):
        about = {"benchmark": "sums", "model": name, "run": name, "training": training, "base_model": "base"}
        rows = [
            {**row, "question": f"What is {number} + \\(x^2\\)?", "reference_answer": str(number)}
            for number in range(40)
            for row in drawn(f"sum-{number:02}", _verdicts(number, best), **about)
        ]
        rows[0]["completion"] = HOSTILE
        rows[1]["completion"] = "A long way to \\(7\\).\n\n" * 5_000
        import_file(store, write_rows(folder / f"{name}.jsonl", rows))
    store.close()
    return folder / "boundary.duckdb"


def _verdicts(number: int, best: int) -> list[bool]:
    """Base solves a few samples of many problems, RLVR many samples of few."""
    solved = {8: 1 if number % 3 else 0, 12: 6 if number % 4 == 0 else 0}[best]
    return [at < solved for at in range(8)]


@pytest.fixture(scope="package")
def address(filled_database: Path, browser: Browser) -> Iterator[str]:  # noqa: ARG001
    """The app with the filled store; tests that share it only read."""
    with serving(filled_database) as found:
        yield found


OpenPage = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[OpenPage]:
    """Open an address in a browser of its own, at 1280 × 720 unless told otherwise."""
    contexts = []

    def open_(url: str, width: int = 1280, height: int = 720) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()


def settle(page: Page) -> None:
    """Wait until the script has run and nothing more is being drawn."""
    page.wait_for_selector("[data-testid=stMain] [data-testid=stElementContainer]")
    quiet = 0
    while quiet < 3:
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.wait_for_timeout(120)
        quiet = quiet + 1 if page.locator("[data-test-script-state=notRunning]").count() else 0
    expect(page.get_by_test_id("stException")).to_have_count(0)


def click_cell(page: Page, row: int) -> None:
    """Click the first cell of a row of the page's first table, as slowly as a hand does."""
    page.get_by_test_id("data-grid-canvas").first.evaluate("grid => grid.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(100)
    box = page.get_by_test_id("data-grid-canvas").first.bounding_box()
    assert box
    x, y = box["x"] + 30, box["y"] + 36 + 33 * row + 16
    page.mouse.move(x, y)
    page.wait_for_timeout(100)
    page.mouse.click(x, y, delay=80)
