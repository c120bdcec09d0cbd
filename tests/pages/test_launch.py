"""The Launch page: engines as they stand, a new job before and after it is launched, jobs as they go and end."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend.errors import EngineFailed
from backend.importers import import_file
from backend.jobs.runner import jobs_of
from backend.sampling import environment
from backend.store import queries
from backend.store.database import Store
from backend.store.jobs import jobs as listed
from pages.shared.texts import JOINER
from tests.conftest import write_rows
from tests.pages.conftest import OpenPage, in_link, texts
from tests.sampling.conftest import server as server
from tests.sampling.stand_in import Server


@pytest.fixture
def sums(store: Store, tmp_path: Path) -> Iterator[Store]:
    """A store with four stated problems and no run; its jobs end with the test."""
    rows = [
        {"benchmark": "sums", "problem_id": f"p{i}", "question": f"What is {i} + {7 - i}?", "reference_answer": "7",
         "level": "easy" if i < 2 else "hard"}
        for i in range(4)
    ]  # fmt: skip
    import_file(store, write_rows(tmp_path / "problems.jsonl", rows))
    yield store
    assert store.path
    jobs_of(store.path).interrupt()


def remote(server: Server, **more: Any) -> dict[str, Any]:
    """The parameters of a link that draws from the stand-in."""
    url = f"http://127.0.0.1:{server.server_address[1]}"
    return {"engine": url, "model": "stand-in", "samples": "8", "max_tokens": "64", "verifier": "number", **more}


def ended(store: Store) -> dict[str, Any]:
    """Wait until no job is under way; return the newest."""
    assert store.path
    deadline = time.monotonic() + 30
    while jobs_of(store.path).under_way():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
    return {str(name): value for name, value in listed(store).iloc[0].items()}


def button(app: AppTest, words: str) -> Any:
    """The one button whose label begins so."""
    (found,) = [each for each in app.button if each.label.startswith(words)]
    return found


@pytest.mark.usefixtures("store")
def test_an_empty_store_takes_a_problem_of_ones_own_and_picks_it(open_page: OpenPage) -> None:
    app = open_page("launch")
    assert not app.exception
    app.text_input(key="new_id").set_value("mine")
    app.text_area(key="new_question").set_value("What is 6 · 7?")
    app.text_input(key="new_answer").set_value("42")
    app.button(key="new_add").click().run()
    assert not app.exception
    assert "Problem mine is added to my problems" in texts(app)
    assert app.multiselect(key="ids").value == ["mine"]
    assert "32 samples of 1 problem" in texts(app)
    assert [code.value for code in app.code] == ["What is 6 · 7?"]
    assert (in_link(app, "source"), in_link(app, "ids")) == (["list"], ["mine"])


@pytest.mark.usefixtures("store")
def test_a_problem_without_a_statement_is_refused_in_a_sentence(open_page: OpenPage) -> None:
    app = open_page("launch")
    app.text_input(key="new_id").set_value("mine")
    app.button(key="new_add").click().run()
    assert not app.exception
    assert "A problem needs a benchmark, a name and a statement." in texts(app)


@pytest.mark.usefixtures("sums")
def test_without_vllm_the_page_says_how_to_add_it(open_page: OpenPage) -> None:
    app = open_page("launch")
    assert "vLLM is not installed" in texts(app)
    assert "python -m backend engine build" in texts(app)


@pytest.mark.usefixtures("sums")
def test_a_building_environment_says_how_far_it_is_and_a_failed_one_why(no_engine: Path, open_page: OpenPage) -> None:
    note = {"step": "installing vLLM", "done": 1, "error": "", "pid": os.getpid(), "began": time.time(), "seconds": 1}
    place = no_engine.with_name(f"{no_engine.name}.build.json")
    place.write_text(json.dumps({**note, "state": "building"}))
    app = open_page("launch")
    assert "vLLM is being installed" in texts(app)
    place.write_text(json.dumps({**note, "state": "failed", "error": "No space left on device (exit code 1)."}))
    place.with_suffix(".log").write_text("Collecting vllm\nERROR: No space left on device\n")
    app = open_page("launch")
    assert "No space left on device" in texts(app)
    assert button(app, "Try again")
    assert any("Collecting vllm" in code.value for code in app.code)


@pytest.mark.usefixtures("sums")
def test_vllm_is_installed_from_the_page_and_what_went_wrong_is_told(
    no_engine: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": "", "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    app = button(open_page("launch"), "Install vLLM").click().run()
    assert not app.exception
    assert "vLLM is being installed" in texts(app)
    with pytest.raises(EngineFailed, match="being installed already"):
        environment.begin_building()
    deadline = time.monotonic() + 120
    while (built := environment.environment()).state is environment.Built.BUILDING:
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    assert (built.state, built.step) == (environment.Built.FAILED, "installing vLLM")
    assert (no_engine / "bin" / "python").exists()
    app.run()
    assert "vLLM could not be installed" in texts(app)
    assert "No matching distribution found" in texts(app)
    assert button(app, "Try again")


@pytest.mark.usefixtures("sums")
def test_an_environment_that_was_deleted_is_not_taken_for_installed(no_engine: Path, open_page: OpenPage) -> None:
    no_engine.with_name(f"{no_engine.name}.build.json").write_text(
        json.dumps({"state": "ready", "step": "", "done": 3, "error": "", "pid": 1, "began": 0.0, "seconds": 1.0})
    )
    assert button(open_page("launch"), "Install vLLM")


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ({"state": "ready", "version": "0.32", "ready_at": 1.0}, "tiny-base on vLLM 0.32, started with seed 5."),
        ({"state": "starting"}, "tiny-base is being loaded"),
        ({"state": "failed", "error": "The engine ended by itself, with exit code 1."}, "OutOfMemoryError"),
    ],
)
def test_the_local_engine_says_how_it_stands(
    sums: Store, no_engine: Path, open_page: OpenPage, note: dict[str, Any], words: str
) -> None:
    no_engine.mkdir()
    (no_engine / "made").touch()
    assert sums.path
    folder = sums.path.with_name(f"{sums.path.name}.engine")
    folder.mkdir()
    known = {"start": "a", "model": "tiny-base", "name": "tiny-base", "seed": 5, "keeper": os.getpid(),
             "started_at": time.time(), "idle_seconds": 900}  # fmt: skip
    (folder / "engine.json").write_text(json.dumps({**known, **note}))
    (folder / "engine.log").write_text("loading\ntorch.OutOfMemoryError: no memory is left\n")
    app = open_page("launch")
    assert not app.exception
    assert words in texts(app)


@pytest.mark.usefixtures("sums")
def test_a_link_restores_what_is_to_be_drawn(open_page: OpenPage) -> None:
    app = open_page(
        "launch", source="filter", difficulty="hard", samples="40", temperature="0.6", top_p="0.95", top_k="20",
        max_tokens="99", template="Q: {question}\nA:", stop=["Question:"], seed="7", run_name="mine", verifier="number",
    )  # fmt: skip
    assert not app.exception
    assert "A new run, **mine**: 80 samples of 2 problems · 4 requests · at most 7,920 tokens" in texts(app)
    assert [code.value for code in app.code] == ["Q: What is 2 + 5?\nA:"]
    assert "max 99 tokens; judged by number; ends before 'Question" in texts(app)
    values = {key: app.number_input(key=key).value for key in ("samples", "temperature", "top_p", "top_k", "seed")}
    assert values == {"samples": 40, "temperature": 0.6, "top_p": 0.95, "top_k": 20, "seed": 7}


@pytest.mark.usefixtures("sums")
def test_stop_strings_that_are_words_are_warned_about(open_page: OpenPage) -> None:
    app = open_page("launch", stop=["user", "\\n\\n"])
    assert "The stop string 'user' is a word" in texts(app)
    assert "ends before 'user' or '\\\\n\\\\n'" in texts(app)


@pytest.mark.usefixtures("sums")
@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"model": "no/such/thing"}, "There is no file or folder no/such/thing"),
        ({"model": "thing"}, "is no model: no folder with a config.json"),
        ({"engine": "http://example.org:8000"}, "The host example.org is not among those"),
        ({"engine": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"template": "no place"}, "holds no {question}"),
        ({"samples": "60000"}, "more than the 200,000 that one may"),
    ],
)
def test_what_cannot_be_launched_is_a_sentence(open_page: OpenPage, link: dict[str, str], words: str) -> None:
    app = open_page("launch", **link)
    assert not app.exception
    assert any(words in error.value or words in str(error.proto) for error in app.error)


def test_a_job_is_launched_watched_and_joins_the_curves(sums: Store, server: Server, open_page: OpenPage) -> None:
    app = open_page("launch", **remote(server))
    assert "32 samples of 4 problems" in texts(app)
    app.button(key="launch").click().run()
    assert not app.exception
    assert ", stand-in · sums · T 1 · top-p 1 · max 64." in texts(app)
    job = ended(sums)
    assert (job["state"], job["done"], job["asked_by"]) == ("finished", 32, None)
    app.run()
    assert not app.exception
    assert in_link(app, "job") == [str(job["job"])]
    assert f"Job {job['job']} finished: 32 of 32 samples, {job['correct']} correct, 96 tokens" in texts(app)
    counts = queries.correct_counts(sums, [str(job["key"])])
    (shown,) = [frame.value for frame in app.dataframe if "Problem" in frame.value]
    assert shown["Correct"].tolist() == counts["c"].tolist()
    assert len(app.get("plotly_chart")) == 1
    assert "Adds to **stand-in" in texts(app)
    assert "tokens/s as before" in texts(app)
    curves = open_page("curves", benchmark="sums")
    assert not curves.exception
    assert curves.multiselect(key="run").value == [job["key"]]


def test_a_second_visitor_sees_the_job_and_cancels_it(sums: Store, server: Server, open_page: OpenPage) -> None:
    server.state.script = {"seconds": 0.2}
    open_page("launch", **remote(server, samples="400")).button(key="launch").click().run()
    other = open_page("launch")
    assert other.title[0].value == "1 job running"
    assert "1,600 samples" in str(other.get("progress")[0].proto)
    button(other, "Cancel").click().run()
    assert not other.exception
    job = ended(sums)
    assert job["state"] == "cancelled"
    assert job["done"] < 1600
    server.state.script = {}
    other = open_page("launch", job=str(job["job"]))
    assert f"Job {job['job']} cancelled" in texts(other)
    button(other, "Resume").click().run()
    assert "goes on where it was" in texts(other)
    assert ended(sums)["done"] == 1600


def test_a_problem_that_failed_says_so_in_the_servers_words(sums: Store, server: Server, open_page: OpenPage) -> None:
    server.state.script = {"refuse": {"word": "What is 2", "message": "too long for this **model**"}}
    app = open_page("launch", **remote(server))
    app.button(key="launch").click().run()
    ended(sums)
    app.run()
    (shown,) = [frame.value for frame in app.dataframe if "Problem" in frame.value]
    failed = shown.set_index("Problem").loc["p2"]
    assert (failed["Given up"], failed["In the server's words"]) == (8, "too long for this **model**")
    assert "Given up, p2: too long for this \\*\\*model\\*\\*" in texts(app).replace(JOINER, "")
    assert "24 of 32 samples" in texts(app)
    assert "8 samples given up" in texts(app)


def test_a_failed_job_says_why_and_can_be_resumed(sums: Store, server: Server, open_page: OpenPage) -> None:
    server.state.script = {"always": "401"}
    app = open_page("launch", **remote(server))
    app.button(key="launch").click().run()
    assert ended(sums)["state"] == "failed"
    app.run()
    assert "status 401" in texts(app)
    assert button(app, "Resume, 32 left")


@pytest.mark.usefixtures("sums")
def test_a_link_to_a_job_that_is_gone_says_so(open_page: OpenPage, server: Server, sums: Store) -> None:
    open_page("launch", **remote(server)).button(key="launch").click().run()
    ended(sums)
    app = open_page("launch", job="999999999")
    assert not app.exception
    assert "The link names job 999999999, which this store does not hold." in texts(app)


def test_problems_that_two_runs_leave_open_are_drawn(two_runs: Store, server: Server, open_page: OpenPage) -> None:
    app = open_page("launch", **remote(server, source="undetermined"))
    assert not app.exception
    assert "32 samples of 4 problems" in texts(app)
    app.button(key="launch").click().run()
    assert ended(two_runs)["done"] == 32
    assert two_runs.path
    jobs_of(two_runs.path).interrupt()


def test_what_was_said_goes_with_the_next_step_and_not_to_another_page(
    sums: Store, server: Server, open_page: OpenPage
) -> None:
    app = open_page("launch", **remote(server))
    app.button(key="launch").click().run()
    assert "Launched: job" in texts(app)
    ended(sums)
    app.switch_page("curves.py").run()
    app.run()
    app.switch_page("launch.py").run()
    assert "Launched: job" not in texts(app)
