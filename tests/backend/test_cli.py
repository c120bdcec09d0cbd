"""The command line as a contract: exact JSON on stdout, sentences on stderr, exit codes 0, 1 and 2."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.config import settings
from backend.errors import BadInput, NotFound
from backend.handover import ask, read_note
from tests.conftest import drawn, write_rows

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import sys
import uvicorn
from starlette.applications import Starlette
from backend.api import lifespan, routes
port = int(sys.argv[1])
uvicorn.run(Starlette(routes=routes, lifespan=lifespan("127.0.0.1", port)), host="127.0.0.1", port=port)
"""


class Answer:
    """What one command did."""

    def __init__(self, code: int, out: str, said: str) -> None:
        self.code = code
        self.out = out
        self.said = said

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: object, database: Path | None = None) -> Answer:
    """Run a command in this process; the settings are read anew, as in a process of its own."""
    settings.cache_clear()
    environment = {} if database is None else {"BOUNDARY_DATABASE": str(database)}
    done = CliRunner(env=environment).invoke(app, [str(a) for a in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def two_runs(tmp_path: Path) -> tuple[Path, Path]:
    base = [
        *drawn("p1", [True, False, False, False]),
        *drawn("p2", [False] * 4),
        *drawn("p3", [True, False, False, True]),
    ]
    rlvr = [*drawn("p1", [False] * 4), *drawn("p2", [True] * 4), *drawn("p3", [True] * 4), *drawn("p4", [None])]
    return write_rows(tmp_path / "base.jsonl", base), write_rows(tmp_path / "rlvr.jsonl", rlvr)


def test_it_is_a_program_of_its_own(two_runs: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "backend", "import", str(two_runs[0]), "--run", "base", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["imports"][0]["added"] == 12
    assert len(done.stdout.splitlines()) == 1


def test_the_whole_path_by_command(two_runs: tuple[Path, Path]) -> None:
    imported = run("import", two_runs[0], "--run", "base", "--training", "base", "--json")
    assert imported.code == 0
    (report,) = imported.json["imports"]
    assert {k: report[k] for k in ("file", "runs", "rows", "added", "duplicates", "rejected", "unscored")} == {
        "file": "base.jsonl", "runs": ["base"], "rows": 12, "added": 12, "duplicates": 0, "rejected": [], "unscored": 0,
    }  # fmt: skip
    assert (
        run("import", two_runs[1], "--run", "rlvr", "--training", "rlvr", "--json").json["imports"][0]["unscored"] == 1
    )

    listed = run("runs", "--json").json
    assert [(r["run"], r["training"], r["problems"], r["samples"], r["correct"], r["unscored"]) for r in listed] == [
        ("base", "base", 3, 12, 3, 0),
        ("rlvr", "rlvr", 4, 13, 8, 1),
    ]
    assert run("counts", "base", "--json").json == [
        {"problem": "p1", "n": 4, "c": 1}, {"problem": "p2", "n": 4, "c": 0}, {"problem": "p3", "n": 4, "c": 2},
    ]  # fmt: skip
    compared = run("compare", "base", "rlvr", "--json").json
    assert {name: compared[name] for name in ("both", "base_only", "rlvr_only", "neither", "not_compared")} == {
        "both": ["p3"], "base_only": ["p1"], "rlvr_only": ["p2"], "neither": [], "not_compared": ["p4"],
    }  # fmt: skip
    assert compared["m"] == 2
    assert compared["table"] == pytest.approx({"both": 5 / 6, "base_only": 1 / 2, "rlvr_only": 7 / 6, "neither": 1 / 2})
    assert compared["self_null"] == pytest.approx({"base": 1 / 2 + 1 / 6, "rlvr": 0})
    assert compared["mcnemar_p"] == 1
    assert next((v["problem"], v["verdict"]) for v in compared["verdicts"]) == ("p1", "undetermined")
    assert run("compare", "base", "rlvr", "--m", "5").code == 2
    points = run("curve", "base", "rlvr", "--k", "1,4,5", "--json").json
    assert [(p["run"], p["k"], p["problems"]) for p in points][:3] == [("base", 1, 3), ("base", 4, 3), ("base", 5, 0)]
    assert points[0]["pass_at_k"] == pytest.approx(0.25)
    assert points[1]["pass_at_k"] == pytest.approx(2 / 3)
    assert points[0]["low"] < 0.25 < points[0]["high"]
    assert (points[2]["pass_at_k"], points[2]["low"], points[2]["high"]) == (None, None, None)


def test_samples_come_out_as_rows_that_go_in_again(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    run("import", two_runs[0], "--run", "base", "--benchmark", "b")
    rows = run("samples", "base", "p3", "--json").json
    assert [(r["sample_index"], r["correct"], r["completion"]) for r in rows] == [
        (0, True, "try 0"), (1, False, "try 1"), (2, False, "try 2"), (3, True, "try 3"),
    ]  # fmt: skip
    again = run("import", write_rows(tmp_path / "again.jsonl", rows), "--json").json["imports"][0]
    assert (again["added"], again["duplicates"], again["runs"]) == (0, 4, ["base"])
    elsewhere = run("import", tmp_path / "again.jsonl", "--json", database=tmp_path / "other.duckdb").json["imports"][0]
    assert (elsewhere["added"], elsewhere["rejected"]) == (4, [])


def test_exit_codes_and_refusals(tmp_path: Path) -> None:
    nothing = run("runs", "--json")
    assert (nothing.code, nothing.json) == (1, [])
    bad = write_rows(tmp_path / "bad.jsonl", [*drawn("p", [True]), {"problem_id": "q"}])
    kept = run("import", bad, "--run", "r", "--json")
    assert kept.code == 1
    assert kept.json["imports"][0]["rejected"] == [{"line": 2, "reason": "neither correct nor completion is given"}]
    strict = run("import", bad, "--run", "s", "--strict", "--json")
    assert strict.code == 2
    assert strict.json["imports"][0]["rejected"][0]["line"] == 2
    assert "Nothing was stored" in strict.said
    missing = run("import", tmp_path / "nothing.jsonl", "--json")
    assert missing.code == 2
    assert "nothing.jsonl" in missing.json["error"]["message"]
    assert run("counts", "nobody", "--json").code == 1
    assert run("delete", "r").code == 2
    assert run("delete", "r", "--yes", "--json").json["deleted"] == "r"
    assert run("runs", "--json").json == []
    assert run("curve", "r", "--k", "one").code == 2
    assert run("curve", "r", "--k", "0").code == 2


def test_runs_on_different_benchmarks_are_not_compared(two_runs: tuple[Path, Path]) -> None:
    run("import", two_runs[0], "--run", "a", "--benchmark", "x")
    run("import", two_runs[1], "--run", "b", "--benchmark", "y")
    refused = run("compare", "a", "b", "--json")
    assert refused.code == 2
    assert "a run on x" in refused.said


def test_a_run_can_be_named_by_its_model_when_that_has_only_one(two_runs: tuple[Path, Path]) -> None:
    run("import", two_runs[0], "--model", "m", "--benchmark", "b")
    assert [r["run"] for r in run("runs", "--json").json] == ["m · b"]
    assert len(run("counts", "m", "--json").json) == 3
    run("import", two_runs[1], "--model", "m", "--benchmark", "c")
    ambiguous = run("counts", "m", "--json")
    assert ambiguous.code == 2
    assert "2 runs are of model m" in ambiguous.said


def test_the_database_can_be_named_before_or_after_the_command(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "s.duckdb"
    assert run("import", two_runs[0], "--run", "a", "--database", path).code == 0
    assert run("--database", path, "counts", "a", "--json").code == 0


@pytest.fixture
def serving(own_database: Path, unused_port: int) -> Iterator[int]:
    command = [sys.executable, "-c", SERVER, str(unused_port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if "Uvicorn running" in line:
                break
        yield unused_port
        server.terminate()
        server.stderr.read()
    assert not own_database.with_name(f"{own_database.name}.app.json").exists()


@pytest.mark.usefixtures("serving")
def test_commands_reach_a_store_that_the_app_holds(two_runs: tuple[Path, Path]) -> None:
    assert run("runs", "--json").json == []
    imported = run("import", two_runs[0], "--run", "base", "--json")
    assert (imported.code, imported.json["imports"][0]["added"]) == (0, 12)
    assert run("import", two_runs[1], "--run", "rlvr", "--strict", "--json").code == 0
    assert run("compare", "base", "rlvr", "--json").json["base_only"] == ["p1"]
    assert len(run("samples", "base", "p1", "--json").json) == 4
    assert run("counts", "nobody", "--json").code == 1
    assert run("delete", "rlvr", "--yes", "--json").code == 0
    assert [r["run"] for r in run("runs", "--json").json] == ["base"]


@pytest.mark.usefixtures("serving")
def test_bad_input_handed_to_the_app_is_told_as_it_is_here(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    refused = run("import", empty, "--json")
    assert refused.code == 2
    assert refused.json["error"]["message"] == "empty.jsonl is empty."
    bad = write_rows(tmp_path / "bad.jsonl", [*drawn("p", [True]), {"problem_id": 1}])
    strict = run("import", bad, "--strict", "--json")
    assert strict.code == 2
    assert strict.json["imports"][0]["rejected"][0]["line"] == 2
    assert "line 2" in strict.said


def test_the_app_lets_only_holders_of_its_token_in(serving: int) -> None:
    import urllib.error
    import urllib.request

    def status(path: str, token: str) -> int:
        request = urllib.request.Request(
            f"http://127.0.0.1:{serving}{path}", data=b"{}", headers={"Authorization": f"Bearer {token}"}
        )
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        refusal.value.close()
        return refusal.value.code

    assert status("/api/import", "guess") == 401
    assert status("/api/commands/runs", "") == 401


def test_regrading_by_command_changes_every_number_and_can_be_undone(tmp_path: Path) -> None:
    rows = [
        {"problem_id": "p", "reference_answer": "7", "completion": text, "correct": False, "sample_index": i}
        for i, text in enumerate(["so \\boxed{7}", "\\boxed{8}", "no idea", "The answer is 7."])
    ]
    path = write_rows(tmp_path / "samples.jsonl", rows)
    run("import", path, "--run", "r", "--benchmark", "b")
    assert run("counts", "r", "--json").json == [{"problem": "p", "n": 4, "c": 0}]
    graded = run("regrade", "r", "--verifier", "normalised", "--json").json
    assert (graded["graded"], graded["correct"]) == (4, 2)
    assert run("counts", "r", "--json").json == [{"problem": "p", "n": 4, "c": 2}]
    assert {v["verifier"]: v["counts"] for v in run("verdicts", "r", "--json").json} == {
        "normalised": True,
        "imported": False,
    }
    assert run("import", path, "--run", "r", "--benchmark", "b", "--json").json["imports"][0]["duplicates"] == 4
    run("count-by", "r", "imported")
    assert run("counts", "r", "--json").json == [{"problem": "p", "n": 4, "c": 0}]
    run("count-by", "r", "normalised")
    assert run("correct", "b", "p", "8", "--json").json["new_answer"] == "8"
    assert run("counts", "r", "--json").json == [{"problem": "p", "n": 4, "c": 1}]
    assert run("regrade", "r", "--verifier", "nobody").code == 1
    assert {f["name"] for f in run("hygiene", "r", "--texts", "--json").json}


def test_a_file_can_be_looked_at_and_mapped_by_command(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "odd.jsonl", [{"task": "a", "reward": 1.0}, {"task": "a", "reward": 0.0}])
    assert run("import", path, "--json").code == 2
    mapping = ("--map", "problem_id=task", "--map", "correct=reward")
    assert run("inspect", path, *mapping, "--json").json["rows"] == 2
    assert (
        run("import", path, *mapping, "--save-mapping", "mine", "--run", "r", "--json").json["imports"][0]["added"] == 2
    )
    assert run("counts", "r", "--json").json == [{"problem": "a", "n": 2, "c": 1}]
    assert run("import", path, "--mapping", "mine", "--run", "s", "--json").json["imports"][0]["added"] == 2
    assert "samples-jsonl" in {f["name"] for f in run("formats", "--json").json}


def test_reports_mappings_findings_and_names_by_command(tmp_path: Path) -> None:
    rows = [*drawn("p", [True, None], finish_reason="length", seed=1), *drawn("q", [False]), {"problem_id": "p"}]
    run("import", write_rows(tmp_path / "r.jsonl", rows), "--run", "r", "--model", "m", "--benchmark", "b")
    (listed,) = run("imports", "--json").json
    assert (listed["runs"], listed["run_keys"], listed["rejected"]) == (["r"], ["r"], 1)
    report = run("import-report", listed["import_id"], "--json").json
    assert [r["line"] for r in report["rejections"]] == [4]
    assert run("import-report", 999_999).code == 1
    cut = run("hygiene", "r", "--finding", "truncated", "--import", listed["import_id"], "--json").json
    assert [(s["problem"], s["sample_index"]) for s in cut] == [("p", 0), ("p", 1)]
    assert run("hygiene", "r", "--finding", "nothing").code == 1
    assert run("hygiene", "r", "--finding", "fewer_samples", "--json").json == [{"problem": "q"}]
    assert run("hygiene", "r", "--finding", "undrawn", "--json").json == []
    assert run("rename", "r", "s", "--json").json == {"renamed": "r", "name": "s"}
    assert run("model", "m", "--training", "rlvr", "--checkpoint-step", "5").code == 0
    assert [(r["run"], r["training"], r["checkpoint_step"]) for r in run("runs", "--json").json] == [("s", "rlvr", 5)]
    odd = write_rows(tmp_path / "odd.jsonl", [{"task": "a", "reward": 1.0, "model": "x"}])
    mapping = ("--map", "problem_id=task", "--map", "correct=reward", "--map", "model=-")
    run("import", odd, *mapping, "--save-mapping", "mine", "--run", "o")
    assert [kept["name"] for kept in run("mappings", "--json").json] == ["mine"]
    assert {r["run"]: r["model"] for r in run("runs", "--json").json}["o"] == "o"
    assert run("delete-mapping", "mine").code == 0
    assert run("mappings", "--json").json == []


def test_disagreements_corrections_and_regrades_by_command(tmp_path: Path) -> None:
    rows = [
        {"problem_id": "p", "reference_answer": "7", "completion": "so \\boxed{7}", "correct": at == 0,
         "sample_index": at}
        for at in range(3)
    ]  # fmt: skip
    run("import", write_rows(tmp_path / "r.jsonl", rows), "--run", "r", "--benchmark", "b")
    run("regrade", "r", "--verifier", "normalised", "--no-count")
    apart = run("disagreements", "r", "normalised", "--limit", "1", "--json").json
    assert (apart["total"], [s["sample_index"] for s in apart["samples"]]) == (2, [1])
    run("correct", "b", "p", "8")
    assert [(c["old_answer"], c["new_answer"]) for c in run("corrections", "b", "--json").json] == [("7", "8")]
    assert [(g["verifier"], g["problem"]) for g in run("regrades", "r", "--json").json] == [
        ("normalised", "p"), ("normalised", None),
    ]  # fmt: skip


@pytest.mark.usefixtures("serving")
def test_other_programs_import_with_the_token(own_database: Path) -> None:
    note = read_note(own_database)
    assert note is not None
    body = "".join(json.dumps(row) + "\n" for row in [*drawn("p", [True, False]), {"problem_id": "q"}]).encode()
    (report,) = ask(note, "/api/import", body, {"file_name": "../up.jsonl", "run": "r"})["imports"]
    assert (report["file"], report["added"], report["rejected_total"]) == ("up.jsonl", 2, 1)
    with pytest.raises(BadInput, match="line 3"):
        ask(note, "/api/import", body, {"file_name": "up.jsonl", "run": "s", "strict": "true"})
    with pytest.raises(NotFound):
        ask(note, "/api/commands/nothing", b"{}", {})
    with pytest.raises(BadInput, match="do not fit counts"):
        ask(note, "/api/commands/counts", b'{"runs": 1}', {})
    with pytest.raises(BadInput, match="not JSON"):
        ask(note, "/api/commands/counts", b"{", {})
    assert run("counts", "r", "--json").json == [{"problem": "p", "n": 2, "c": 1}]
