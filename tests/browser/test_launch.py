"""A sampling run as a person launches it: filled in, watched, its curve seen moving, cancelled, seen by another."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from backend.importers import import_file
from backend.store.database import open_store
from tests.browser.conftest import ROOT, OpenPage, serving, settle
from tests.conftest import write_rows
from tests.sampling.test_commands import answers, script, until

pytestmark = pytest.mark.browser

PROBLEMS, SAMPLES = 4, 320


@pytest.fixture
def stand_in(unused_port: int) -> Iterator[str]:
    """A server to draw from, in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "tests.sampling.stand_in", str(unused_port)], cwd=ROOT)
    url = f"http://127.0.0.1:{unused_port}"
    until(lambda: answers(f"{url}/version"))
    yield url
    process.terminate()
    process.wait()


@pytest.fixture
def app(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app on a store with a few problems and no run, on a machine without vLLM."""
    assert browser
    monkeypatch.setenv("BOUNDARY_VLLM", str(tmp_path / "no-vllm"))
    store = open_store(tmp_path / "boundary.duckdb")
    rows = [
        {"benchmark": "sums", "problem_id": f"p{i}", "question": f"What is {i} + {7 - i}?", "reference_answer": "7"}
        for i in range(PROBLEMS)
    ]
    import_file(store, write_rows(tmp_path / "problems.jsonl", rows))
    store.close()
    with serving(tmp_path / "boundary.duckdb") as address:
        yield address


def type_into(page: Page, label: str, words: str) -> None:
    """Type a value into a field that takes new ones, and leave it."""
    field = page.get_by_role("combobox", name=label)
    field.press_sequentially(words)
    expect(page.get_by_role("option", name=f"Add: {words}")).to_be_visible()
    page.keyboard.press("Enter")
    settle(page)
    page.keyboard.press("Escape")


def line_of(page: Page) -> str:
    """The path of the curve that is drawn."""
    return str(page.locator(".js-plotly-plot .lines path").first.get_attribute("d"))


def test_a_run_is_launched_watched_and_its_curve_moves(app: str, stand_in: str, visit: OpenPage) -> None:
    script(stand_in, seconds=5.0)
    page = visit(f"{app}/launch?verifier=number", height=1400)
    expect(page.get_by_text("vLLM is not installed").first).to_be_visible()
    type_into(page, "Drawn on", stand_in)
    expect(page.get_by_text("stand-in · sums").first).to_be_visible()
    samples = page.get_by_role("spinbutton", name="Samples")
    samples.fill(str(SAMPLES))
    samples.press("Enter")
    settle(page)
    expect(page.get_by_text(f"{SAMPLES * PROBLEMS:,} samples of {PROBLEMS} problems")).to_be_visible()
    page.get_by_role("button", name=re.compile("Launch 1 job")).click()
    expect(page.get_by_role("heading", name="1 job running")).to_be_visible()
    page.wait_for_url(re.compile(r"job=\d+"))
    expect(page.get_by_text(re.compile(r"[\d,]+ of 1,280 samples .*correct so far")).first).to_be_visible()

    other = visit(f"{app}/curves?benchmark=sums")
    expect(other.get_by_role("link", name="1 job under way")).to_be_visible()
    other.wait_for_selector(".js-plotly-plot .lines path")
    before = line_of(other)
    other.wait_for_function(
        "d => document.querySelector('.js-plotly-plot .lines path').getAttribute('d') != d", arg=before
    )

    script(stand_in)
    expect(page.get_by_text(re.compile("finished: 1,280 of 1,280 samples")).first).to_be_visible()
    expect(page.get_by_role("heading", name="Launch a sampling run")).to_be_visible()
    expect(other.get_by_text(f"n = {SAMPLES} samples a problem")).to_be_visible()
    page.get_by_role("link", name="The run's curve").click()
    page.wait_for_url("**/curves**")


def test_a_job_is_cancelled_from_another_window_and_typing_goes_on_undisturbed(
    app: str, stand_in: str, visit: OpenPage
) -> None:
    script(stand_in, seconds=0.5)
    link = f"{app}/launch?verifier=number&engine={stand_in}&model=stand-in&samples=2000"
    page = visit(link, height=1400)
    page.get_by_role("button", name=re.compile("Launch 1 job")).click()
    expect(page.get_by_role("heading", name="1 job running")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Prompt, stop strings").click()
    template = page.get_by_role("textbox", name="Prompt template")
    template.fill("Half a templ")
    page.wait_for_timeout(3000)
    expect(template).to_have_value("Half a templ")
    other = visit(f"{app}/launch", height=1400)
    other.get_by_role("button", name="Cancel").first.click()
    expect(other.get_by_role("heading", name="Launch a sampling run")).to_be_visible()
    expect(template).to_have_value("Half a templ")
    states = httpx.get(f"{stand_in}/seen", trust_env=False).json()["requests"]
    assert 0 < len(states) < 250
