"""Time from request to drawn curve, for ten thousand and ten million samples, against pages that do next to nothing."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

from playwright.sync_api import Page, sync_playwright

from backend.sampling.engine import free_port
from backend.store.database import open_store
from bench.measure import ROOT, machine, median

ROUNDS, PROBLEMS = 9, 500
EMPTY_PAGE = "import streamlit as st\nst.title('ready')\n"
PLOTLY_PAGE = "import plotly.express as px, streamlit as st\nst.plotly_chart(px.line(x=[1, 2, 4], y=[0.1, 0.2, 0.3]))\n"
CURVE, TITLE = ".js-plotly-plot .scatterlayer path", "h1"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def fill(path: Path, samples: int) -> None:
    """Make a store of a base and an RLVR run with this many samples in all, drawn from spread success rates."""
    store = open_store(path)
    with store.write() as cursor:
        cursor.execute("insert into benchmarks values (1, 'bench')")
        cursor.execute(
            "insert into problems (problem_id, benchmark_id, name) select 10 + i, 1, 'p' || i from range(?) t(i)",
            [PROBLEMS],
        )
        for run_id, training in ((1, "base"), (2, "rlvr")):
            cursor.execute("insert into models values (?, ?, ?, null, null)", [run_id, training, training])
            cursor.execute(
                "insert into runs values (?, ?, ?, ?, 1, 1.0, 1.0, 64, null, null, now()::timestamp)",
                [run_id, training, training, run_id],
            )
            cursor.execute(
                """
                insert into samples (sample_id, run_id, problem_id, sample_index, verdict)
                select i, $run, 10 + i % $problems, i // $problems,
                    if(random() < pow((i % $problems + 1) / $problems, 4 - $run), 'correct', 'incorrect')
                from range($samples) t(i)
                """,
                {"run": run_id, "problems": PROBLEMS, "samples": samples // 2},
            )
        cursor.execute(
            """
            insert into counts
            select run_id, problem_id, count(*), count(*) filter (verdict = 'correct'), 0, 0, 0, true,
                null from samples group by run_id, problem_id
            """
        )
    store.close()


@contextmanager
def serving(script: Path, database: Path | None = None) -> Iterator[str]:
    """Serve a script with Streamlit, as `make run` does, and give its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    environment = {**os.environ, **({"BOUNDARY_DATABASE": str(database)} if database else {})}
    folder = ROOT if database else script.parent
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as server:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


WATCH = """
selector => new Promise(resolve => {
  const look = () => document.querySelector(selector) && resolve(performance.now() / 1000);
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
  look();
})
"""


def seconds(page: Page, address: str, selector: str) -> float:
    """Open an address and return the time from the navigation until the selector stands in the document.

    The page itself takes the time, so that the driver's own polling is not in it.
    """
    page.goto(address, wait_until="commit")
    return float(page.evaluate(WATCH, selector))


def main() -> None:
    """Print medians and ratios of one browser session that opens the four pages in turn."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        for small_or_large, samples in (("small", 10_000), ("large", 10_000_000)):
            fill(folder / f"{small_or_large}.duckdb", samples)
        (folder / "empty.py").write_text(EMPTY_PAGE)
        (folder / "line.py").write_text(PLOTLY_PAGE)
        app, curves = ROOT / "app.py", "/curves"
        targets = {
            "empty Streamlit page": (stack.enter_context(serving(folder / "empty.py")), TITLE),
            "one-line Plotly page": (stack.enter_context(serving(folder / "line.py")), CURVE),
            "curves, 10 thousand samples": (stack.enter_context(serving(app, folder / "small.duckdb")) + curves, CURVE),
            "curves, 10 million samples": (stack.enter_context(serving(app, folder / "large.duckdb")) + curves, CURVE),
        }
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        times: dict[str, list[float]] = {name: [] for name in targets}
        for turn in range(ROUNDS + 1):
            for target, (address, selector) in targets.items():
                took = seconds(page, address, selector)
                if turn:
                    times[target].append(took)
        browser.close()
    line = median(times["one-line Plotly page"])
    print(f"pages, {machine()}: from request to drawn curve, median of {ROUNDS}, one browser session")
    for target, each in times.items():
        print(f"  {target:28} {median(each):.3f} s, {median(each) / line:.2f} of the one-line Plotly page")
