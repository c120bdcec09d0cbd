"""Bundles of runs: out of one store into another, column by column, or refused with a reason."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.commands import perform
from backend.errors import BadInput
from backend.exports.run_bundle import write_run_bundle
from backend.importers import import_file
from backend.importers.run_bundle import is_run_bundle
from backend.regrade import regrade
from backend.store import problem_queries, queries
from backend.store.database import Store, open_store
from backend.store.writes import delete_run, rename_run
from tests.backend.test_cli import run
from tests.conftest import ME, drawn, write_rows

SAMPLE = """runs.name as run, problems.name as problem, sample_index, verdict::varchar as verdict, samples.answer,
    samples.verifier, finish_reason, token_count, sum_logprob, min_logprob, seed, samples.metadata, file_name, sha256"""
OF_SAMPLE = (
    "from {} join samples using (sample_id) join runs on runs.run_id = samples.run_id join problems using (problem_id)"
)
EVERYTHING = {
    "samples": f"select {SAMPLE} from samples join runs using (run_id) join problems using (problem_id) "
    "left join imports using (import_id)",
    "completions": f"select runs.name, problems.name, sample_index, completion {OF_SAMPLE.format('completions')}",
    "other_verdicts": "select runs.name, problems.name, sample_index, o.verifier, o.verdict::varchar "
    + OF_SAMPLE.format("other_verdicts o"),
    "other_logprobs": "select runs.name, problems.name, sample_index, o.model, o.sum_logprob "
    + OF_SAMPLE.format("other_logprobs o"),
    "readings": "select runs.name, problems.name, sample_index, o.verifier, version, o.answer, came_with_file "
    + OF_SAMPLE.format("readings o"),
    "counts": "select runs.name, problems.name, n, c, no_answer, errors, unscored, has_samples "
    "from counts join runs using (run_id) join problems using (problem_id)",
    "problems": "select b.name as benchmark, p.* exclude (problem_id, benchmark_id) "
    "from problems p join benchmarks b using (benchmark_id)",
    "models": "select * exclude (model_id) from models",
    "runs": "select r.* exclude (run_id, model_id, benchmark_id), m.name as model, b.name as benchmark "
    "from runs r join models m using (model_id) join benchmarks b using (benchmark_id)",
    "imports": "select * exclude (import_id) from imports where format <> 'run-bundle'",
    "import_runs": "select run_name, file_name from import_runs join imports using (import_id) "
    "where format <> 'run-bundle'",
    "import_rejections": "select file_name, line, reason from import_rejections join imports using (import_id)",
    "regrades": "select r.* exclude (regrade_id, run_id, problem_id), p.name from regrades r "
    "left join problems p using (problem_id)",
    "reference_corrections": "select c.* exclude (correction_id, problem_id), p.name from reference_corrections c "
    "join problems p using (problem_id)",
    "training_logs": "select l.name, file_name from training_logs l left join imports using (import_id)",
    "training_steps": "select l.name, s.* exclude (log_id) from training_steps s join training_logs l using (log_id)",
}


@pytest.fixture
def full(store: Store, tmp_path: Path) -> Store:
    """A store with something in every column: samples, counts, other verdicts, regrades, corrections, a log."""
    about = {"benchmark": "sums", "temperature": 0.6, "top_p": 0.95, "max_tokens": 512, "prompt_template": "Q: {q}"}
    base = drawn("p1", [True, False, None], **about, model="base", run="base run", training="base", question="1 + 1?",
                 reference_answer="2", level="1", topic="sums", answer_space=10, verifier="theirs", answer="2",
                 finish_reason="stop", token_count=5, sum_logprob=-1.25, min_logprob=-0.5, seed=7)  # fmt: skip
    base[0] |= {"verdict:judge": "incorrect", "logprob:rlvr-10": -3.5, "note": {"deep": ["=1"]}}
    base += [{"problem_id": "p1", "sample_index": 9, "correct": "perhaps", **about, "model": "base", "run": "base run"}]
    import_file(store, write_rows(tmp_path / "base.jsonl", base))
    rlvr = drawn("p2", [True], **about, model="rlvr-10", run="rlvr run", training="rlvr", base_model="base",
                 checkpoint_step=10, question="2 + 2?", reference_answer="5", answer="4")  # fmt: skip
    import_file(store, write_rows(tmp_path / "rlvr.jsonl", rlvr))
    (tmp_path / "counts.csv").write_text("problem_id,n,c\np1,64,3\np3,64,0\n")
    import_file(store, tmp_path / "counts.csv", benchmark="sums", model="counted", run="counted run")
    (tmp_path / "log.jsonl").write_text('{"step": 1, "reward": 0.5, "entropy": 1.5}\n{"step": 2, "reward": 0.75}\n')
    import_file(store, tmp_path / "log.jsonl", model="rlvr")
    regrade(store, "base-run", "exact")
    perform("correct", store, {"benchmark": "sums", "problem": "p2", "answer": "4"}, ME)
    import_file(store, write_rows(tmp_path / "else.jsonl", drawn("x", [True], benchmark="other", model="m", run="m")))
    return store


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "other.duckdb")
    yield opened
    opened.close()


RUNS = ("base-run", "rlvr-run", "counted-run")


def bundled(store: Store, folder: Path, runs: tuple[str, ...] = RUNS) -> Path:
    write_run_bundle(store, list(runs), folder / "runs.zip")
    return folder / "runs.zip"


def everything(store: Store, name: str) -> pd.DataFrame:
    return store.read(f"select * from ({EVERYTHING[name]}) order by all")


def test_a_round_trip_keeps_every_column_of_every_table(full: Store, other: Store, tmp_path: Path) -> None:
    bundle = bundled(full, tmp_path)
    report = import_file(other, bundle)
    assert (report.format, sorted(report.runs)) == ("run-bundle", ["base run", "counted run", "rlvr run"])
    assert (report.added, report.duplicates, report.rejected) == (6, 0, [])
    delete_run(full, "m")
    for name in EVERYTHING:
        theirs = everything(full, name)
        if name == "imports":
            theirs = theirs[theirs["file_name"] != "else.jsonl"].reset_index(drop=True)
        pd.testing.assert_frame_equal(everything(other, name), theirs, obj=name)
        assert len(theirs), f"{name} holds something to compare"


def test_curves_samples_and_hashes_are_the_same_there(full: Store, other: Store, tmp_path: Path) -> None:
    import_file(other, bundled(full, tmp_path))
    for run_key, problem, index in (("base-run", "p1", 0), ("rlvr-run", "p2", 0)):
        assert queries.sample(other, run_key, problem, index) == queries.sample(full, run_key, problem, index)
    left, right = (queries.correct_counts(s, RUNS) for s in (full, other))
    pd.testing.assert_frame_equal(left, right)
    assert set(queries.imports(full)["sha256"]) - set(queries.imports(other)["sha256"]) == {
        queries.imports(full).set_index("file_name").loc["else.jsonl", "sha256"]
    }


def test_the_same_bundle_again_adds_nothing(full: Store, other: Store, tmp_path: Path) -> None:
    bundle = bundled(full, tmp_path)
    import_file(other, bundle)
    before = {name: len(everything(other, name)) for name in EVERYTHING}
    again = import_file(other, bundle)
    assert (again.added, again.duplicates) == (0, 6)
    assert {name: len(everything(other, name)) for name in EVERYTHING} == before


def test_a_bundle_joins_a_store_that_has_its_own_runs_of_the_benchmark(
    full: Store, other: Store, tmp_path: Path
) -> None:
    own = drawn("p1", [True] * 3, benchmark="sums", model="ours", run="ours", question="1 + 1?")
    import_file(other, write_rows(tmp_path / "own.jsonl", own))
    import_file(other, bundled(full, tmp_path))
    assert set(queries.runs(other, "sums")["run"]) == {"ours", *RUNS}
    found = problem_queries.problem(other, "sums", "p1")
    assert found
    assert found.reference_answer == "2", "what the store did not know is filled in"
    counts = queries.correct_counts(other, ["ours"])
    assert counts[["problem", "n", "c"]].to_numpy().tolist() == [["p1", 3, 3]]


def test_a_key_that_is_taken_is_made_anew_and_the_name_stays(full: Store, other: Store, tmp_path: Path) -> None:
    import_file(other, write_rows(tmp_path / "own.jsonl", drawn("q", [True], benchmark="o", model="x", run="base run")))
    rename_run(other, "base-run", "another")
    import_file(other, bundled(full, tmp_path))
    runs = queries.runs(other).set_index("name")["run"]
    assert (runs["another"], runs["base run"]) == ("base-run", "base-run-2")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (drawn("p1", [False] * 3, benchmark="sums", model="base", run="base run"), "run named base run with other"),
        (drawn("p1", [True], benchmark="sums", model="x", run="x", reference_answer="3"), "another reference answer"),
        (drawn("p1", [True], benchmark="sums", model="x", run="x", question="?"), "another question"),
    ],
)
def test_what_contradicts_the_store_is_refused_whole(
    full: Store, other: Store, tmp_path: Path, rows: list[dict[str, Any]], told: str
) -> None:
    import_file(other, write_rows(tmp_path / "own.jsonl", rows))
    before = {name: len(everything(other, name)) for name in EVERYTHING}
    with pytest.raises(BadInput, match=told):
        import_file(other, bundled(full, tmp_path))
    assert {name: len(everything(other, name)) for name in EVERYTHING} == before


def rewritten(bundle: Path, change: dict[str, bytes | None], packed: int = zipfile.ZIP_STORED) -> Path:
    """A copy of a bundle in which members are replaced, added or left out."""
    copy = bundle.with_name(f"changed-{len(list(bundle.parent.glob('*.zip')))}.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(copy, "w", packed) as new:
        for name in {**dict.fromkeys(old.namelist()), **change}:
            content = change[name] if name in change else old.read(name)
            if content is not None:
                new.writestr(name, content)
    return copy


def with_manifest(bundle: Path, **changes: Any) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    return rewritten(bundle, {"manifest.json": json.dumps({**manifest, **changes}).encode()})


def test_a_bundle_that_was_altered_or_cut_is_refused_and_nothing_stored(
    full: Store, other: Store, tmp_path: Path
) -> None:
    bundle = bundled(full, tmp_path)
    with zipfile.ZipFile(bundle) as archive:
        problems = archive.read("problems.parquet")
    odd = {
        "is not what the manifest says": rewritten(bundle, {"problems.parquet": problems[:-1] + b"x"}),
        "no whole bundle: models.parquet": rewritten(bundle, {"models.parquet": None}),
        "no whole bundle: ../../evil": rewritten(bundle, {"../../evil": b"x"}),
        "packed within the archive": rewritten(bundle, {}, zipfile.ZIP_DEFLATED),
        "later than this one": with_manifest(bundle, form=99),
        "manifest cannot be read": with_manifest(bundle, files="none"),
    }
    for told, path in odd.items():
        with pytest.raises(BadInput, match=told):
            import_file(other, path)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    with pytest.raises(BadInput):
        import_file(other, cut)
    assert queries.totals(other)["runs"] == queries.totals(other)["imports"] == 0


def test_only_our_archives_are_taken_for_bundles(tmp_path: Path) -> None:
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("manifest.json", "{}")
    assert not is_run_bundle(plain)
    assert not is_run_bundle(write_rows(tmp_path / "x.jsonl", []))


def test_a_bundle_by_command_and_its_preview(full: Store, tmp_path: Path) -> None:
    full.close()
    made = run("export", "runs", "base run", "counted run", "--out", tmp_path / "b.zip", "--json").json
    assert [one["key"] for one in made["runs"]] == ["base-run", "counted-run"]
    assert made["rows"][f"run-{made['runs'][0]['run_id']}/samples.parquet"] == 3
    told = run("inspect", tmp_path / "b.zip", "--json").json
    assert [(one["run"], one["samples"]) for one in told["runs"]] == [("base run", 3), ("counted run", 128)]
    taken = run("import", tmp_path / "b.zip", "--json", database=tmp_path / "third.duckdb").json["imports"][0]
    assert (taken["added"], taken["runs"]) == (5, ["base run", "counted run"])
