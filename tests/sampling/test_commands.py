"""The commands about sampling as a person types them, against the stand-in; killed at any moment and resumed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.importers import import_file
from backend.sampling.engine import free_port
from backend.store.database import open_store
from backend.store.jobs import jobs as listed
from tests.backend.test_cli import ROOT, SERVER, run
from tests.conftest import write_rows
from tests.sampling.stand_in import MODEL

PROBLEMS = 6


@pytest.fixture
def url(unused_port: int) -> Iterator[str]:
    """A stand-in in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "tests.sampling.stand_in", str(unused_port)], cwd=ROOT)
    address = f"http://127.0.0.1:{unused_port}"
    until(lambda: answers(f"{address}/version"))
    yield address
    process.terminate()
    process.wait()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """End what a failed test leaves running, so that the next one begins alone."""
    yield
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
        process.communicate()


_started: list["subprocess.Popen[Any]"] = []


def answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def until(holds: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def script(url: str, **told: Any) -> None:
    httpx.post(f"{url}/script", json=told, trust_env=False)


@pytest.fixture
def problems(own_database: Path, tmp_path: Path) -> Path:
    """A store with problems."""
    rows = [
        {"benchmark": "sums", "problem_id": f"p{i}", "question": f"What is {i} + {7 - i}?", "reference_answer": "7"}
        for i in range(PROBLEMS)
    ]
    store = open_store(own_database)
    import_file(store, write_rows(tmp_path / "problems.jsonl", rows))
    store.close()
    return own_database


def requests_seen(url: str) -> int:
    return len(httpx.get(f"{url}/seen", trust_env=False).json()["requests"])


TEXTS = "select problem_id, sample_index, completion from samples join completions using (sample_id)"


def asked(url: str, *more: str) -> list[str]:
    said = ["--model", MODEL, "--engine", url, "--benchmark", "sums", "--verifier", "number", "--max-tokens", "64"]
    return ["sample", *said, *more, "--json"]


def started(arguments: list[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "backend", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _started.append(process)
    return process


@pytest.mark.usefixtures("problems")
def test_sample_draws_and_tells_what_it_drew(url: str) -> None:
    done = run(*asked(url, "--samples", "10"))
    assert done.code == 0
    told = done.json
    assert (told["samples"], told["failed"], told["run"]) == (60, [], "stand-in · sums · T 1 · top-p 1 · max 64")
    assert told["tokens_per_second"] > 0
    (row,) = run("jobs", "--json").json
    assert (row["job"], row["state"], row["done"], row["wanted"]) == (told["job"], "finished", 60, 60)
    assert [p["done"] for p in run("job", told["job"], "--json").json["problems"]] == [10] * PROBLEMS
    assert [c["n"] for c in run("counts", told["run"], "--json").json] == [10] * PROBLEMS


@pytest.mark.usefixtures("problems")
def test_single_problems_and_an_estimate(url: str) -> None:
    plan = run(*asked(url, "--samples", "40", "--problems", "p1,p4", "--stop", "user", "--estimate"))
    assert (plan.json["samples"], plan.json["requests"], plan.json["first_prompt"]) == (80, 4, "What is 1 + 6?")
    assert "'user' is a word" in plan.json["warnings"][0]
    assert run("jobs", "--json").json == []
    assert run(*asked(url, "--samples", "2", "--problems", "p1,p4")).json["samples"] == 4


@pytest.mark.usefixtures("problems")
def test_a_refused_problem_is_told_with_the_servers_words(url: str) -> None:
    script(url, refuse={"word": "What is 3", "message": "too long for this model"})
    told = run(*asked(url, "--samples", "3")).json
    assert told["failed"] == [{"problem": "p3", "samples": 3, "error": "too long for this model"}]
    assert told["samples"] == 15


@pytest.mark.usefixtures("problems")
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.org:8000", "The host example.org is not among those"),
        ("http://127.0.0.1.nip.io", "The host 127.0.0.1.nip.io is not among those"),
        ("file:///etc/passwd", "is no address of a server"),
        ("http://user:word@127.0.0.1:1", "holds a password"),
        ("somewhere", "No engine is named somewhere"),
    ],
)
def test_only_allowed_hosts_are_asked(address: str, words: str) -> None:
    done = run(*asked(address, "--samples", "1"))
    assert done.code in (1, 2)
    assert words in done.json["error"]["message"]


@pytest.mark.usefixtures("problems")
def test_a_limit_on_samples_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDARY_MOST_SAMPLES", "50")
    done = run(*asked(url, "--samples", "10"))
    assert (done.code, done.json["error"]["message"]) == (
        2,
        "The job would draw 60 samples, more than the 50 that one may.",
    )


@pytest.mark.usefixtures("problems")
@pytest.mark.parametrize("victim", ["command", "app"])
def test_killed_at_any_moment_a_job_is_taken_up_without_loss_or_repetition(
    own_database: Path, url: str, victim: str
) -> None:
    rng, acknowledged = random.Random(7), set[tuple[Any, ...]]()
    arguments = asked(url, "--samples", "200", "--batch", "4")
    for _ in range(4):
        script(url, seconds=0.03)
        app = serving() if victim == "app" else None
        enough = requests_seen(url) + rng.randint(5, 50)
        process = started(arguments)
        until(lambda enough=enough: requests_seen(url) >= enough)
        time.sleep(rng.uniform(0.0, 0.3))
        for killed in (app, process):
            if killed is not None:
                killed.kill()
                killed.communicate()
        store = open_store(own_database)
        texts = set(store.rows(TEXTS))
        assert acknowledged <= texts
        acknowledged, job = texts, int(listed(store)["job"].iloc[0])
        store.close()
        assert run("jobs", "--json").json[0]["error"].startswith("It was interrupted")
        arguments = ["resume", str(job), "--json"]
    script(url)
    done = run(*arguments)
    assert done.json["samples"] == 200 * PROBLEMS
    store = open_store(own_database)
    found = store.rows(
        "select problem_id, count(*), count(distinct sample_index), max(sample_index) from samples group by 1"
    )
    assert {row[1:] for row in found} == {(200, 200, 199)}
    assert acknowledged <= set(store.rows(TEXTS))
    assert store.rows("select count(distinct completion) from completions") == [(200 * PROBLEMS,)]
    assert store.rows("select sum(n) from counts") == [(200 * PROBLEMS,)]
    store.close()


@pytest.mark.usefixtures("problems")
def test_ctrl_c_cancels_and_keeps_what_arrived(url: str) -> None:
    script(url, seconds=0.1)
    process = started(asked(url, "--samples", "400", "--batch", "4"))
    until(lambda: requests_seen(url) > 20)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "What had arrived is kept" in json.loads(out)["error"]["hint"]
    (row,) = run("jobs", "--json").json
    assert row["state"] == "cancelled"
    assert 0 < row["done"] < row["wanted"]


def serving() -> "subprocess.Popen[bytes]":
    """The app's own routes in a process that holds the store."""
    port = free_port()
    app = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=ROOT, env=dict(os.environ))
    _started.append(app)
    until(lambda: answers(f"http://127.0.0.1:{port}/api/health"))
    return app


@pytest.mark.usefixtures("problems")
def test_while_the_app_holds_the_store_it_draws(url: str) -> None:
    app = serving()
    try:
        told = run(*asked(url, "--samples", "5"))
        assert told.json["samples"] == 30
        assert run("jobs", "--json").json[0]["state"] == "finished"
    finally:
        app.terminate()
        app.wait()


@pytest.mark.usefixtures("problems")
def test_a_problem_typed_in_can_be_drawn(url: str) -> None:
    added = run("add-problem", "mine", "first", "--question", "What is 6 + 1?", "--answer", "7", "--json")
    assert added.json == {"benchmark": "mine", "problem": "first"}
    said = [
        "--model",
        MODEL,
        "--engine",
        url,
        "--benchmark",
        "mine",
        "--samples",
        "3",
        "--verifier",
        "number",
        "--json",
    ]
    assert run("sample", *said).json["samples"] == 3
    assert run("add-problem", "mine", "first", "--question", "Another?", "--json").code == 2
