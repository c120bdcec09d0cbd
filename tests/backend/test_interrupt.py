"""Ctrl-C on the command line: a sentence, an exit code of its own, and a store as it was."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.handover import note_path
from backend.importers import import_file
from backend.store import queries
from backend.store.database import open_store
from tests.backend.test_cli import SERVER
from tests.conftest import write_rows

ROOT = Path(__file__).resolve().parents[2]
ROW = '{{"problem_id": "q{0}", "correct": true, "completion": "{1}", "sample_index": {2}}}\n'


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that takes a few seconds to import."""
    path = tmp_path / "large.jsonl"
    text = "word " * 20
    path.write_text("".join(ROW.format(i % 100, text + str(i), i // 100) for i in range(700_000)))
    return path


def interrupted(arguments: list[str], when: Callable[[], bool]) -> "subprocess.CompletedProcess[str]":
    """Start a command in a process group of its own, as a terminal does, and press Ctrl-C once `when` holds."""
    command = [sys.executable, "-m", "backend", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    deadline = time.monotonic() + 60
    while not when() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    os.killpg(process.pid, signal.SIGINT)
    out, said = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, said)


def writes_to(path: Path) -> bool:
    """Whether somebody has begun to write into a store: DuckDB spills and logs beside it."""
    return any(file.stat().st_size > 100_000 for file in path.parent.glob(f"{path.name}*"))


def test_an_import_leaves_nothing(own_database: Path, large: Path) -> None:
    done = interrupted(["import", str(large), "--run", "r"], lambda: writes_to(own_database))
    assert (done.returncode, done.stderr.strip()) == (
        130,
        "Import of large.jsonl was cancelled. Nothing of what was under way was stored.",
    )
    store = open_store(own_database)
    assert set(queries.totals(store).values()) == {0}
    assert store.rows("select count(*) from completions") == [(0,)]
    store.close()


def test_a_regrade_changes_no_verdict_and_its_workers_end_in_order(own_database: Path, tmp_path: Path) -> None:
    rows = [
        {"problem_id": "p", "sample_index": i, "completion": f"\\boxed{{\\frac{{{i}}}{{7}}}}", "correct": False,
         "reference_answer": "\\sqrt{2}"}
        for i in range(20_000)
    ]  # fmt: skip
    store = open_store(own_database)
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r")
    version = store.version()
    store.close()
    began = time.monotonic()
    done = interrupted(["regrade", "r", "--verifier", "math_verify"], lambda: time.monotonic() > began + 6)
    assert (done.returncode, done.stderr.count("\n")) == (130, 1)
    assert "Grading of r by math_verify was cancelled." in done.stderr
    store = open_store(own_database)
    assert store.version() == version
    store.close()


@pytest.fixture
def app(own_database: Path, unused_port: int) -> Iterator[None]:
    """The app, which holds the store."""
    with subprocess.Popen([sys.executable, "-c", SERVER, str(unused_port)], cwd=ROOT, stderr=subprocess.DEVNULL) as it:
        while not note_path(own_database).exists():
            time.sleep(0.05)
        time.sleep(1)
        yield
        it.terminate()


@pytest.mark.usefixtures("app")
def test_an_import_handed_to_the_app_is_ended_there(own_database: Path, large: Path) -> None:
    grown = own_database.stat().st_size + 100_000
    done = interrupted(
        ["import", str(large), "--run", "r"],
        lambda: sum(f.stat().st_size for f in own_database.parent.glob(f"{own_database.name}*")) > grown,
    )
    assert done.returncode == 130
    assert done.stderr.strip() == (
        "Import of large.jsonl was cancelled. The app ends it too, and stores nothing of it unless it had just come to "
        "its end."
    )
    again = [sys.executable, "-m", "backend", "imports", "--json"]
    for _ in range(2):
        assert subprocess.run(again, cwd=ROOT, capture_output=True, text=True, check=False).stdout == "[]\n"
        time.sleep(3)
