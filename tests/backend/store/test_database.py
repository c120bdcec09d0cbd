"""The store as a file: one version after another, all or nothing, also when the process is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from backend.errors import BadInput, NotFound, StoreBusy
from backend.importers import import_file
from backend.store import database, migrations, queries
from backend.store.database import ROW_GROUP, Store, open_store
from backend.store.migrations import MIGRATIONS
from backend.store.writes import delete_run, rename_run, set_model
from tests.conftest import drawn, write_rows

ROOT = Path(__file__).resolve().parents[3]


def test_a_new_store_is_migrated_and_reopens_as_it_was(store: Store, own_database: Path, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True])), run="r")
    version = store.version()
    store.close()
    again = open_store(own_database)
    assert again.version() == version == 1
    assert again.rows("select count(*) from migrations") == [(len(MIGRATIONS),)]
    again.close()


def test_texts_of_an_older_store_are_kept_as_they_were(
    own_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = MIGRATIONS[: [name for name, _ in MIGRATIONS].index("texts compressed by zstd")]
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", older)
        patched.setattr(migrations, "MIGRATIONS", older)
        store = open_store(own_database)
        import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True] * 50)), run="r")
        before = store.rows("select * from completions")
        store.close()
    store = open_store(own_database)
    assert store.rows("select * from completions") == before
    assert len(before) == 50
    store.close()


def test_rows_are_written_as_they_come_and_not_all_within_the_commit(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "p", "correct": True, "completion": f"{i} " * 20} for i in range(3 * ROW_GROUP)]
    import_file(store, write_rows(tmp_path / "f.jsonl", rows), run="r")
    for table, column in (("completions", "completion"), ("samples", "sample_index")):
        told = f"from pragma_storage_info('{table}') where column_name = '{column}'"
        [(groups, largest)] = store.rows(f"select count(distinct row_group_id), max(count) {told}")
        assert groups >= 3, table
        assert largest <= ROW_GROUP, table
    [(how,)] = store.rows("""select distinct compression from pragma_storage_info('completions')
        where column_name = 'completion' and segment_type = 'VARCHAR'""")
    assert how == "ZSTD"


def test_a_store_of_a_newer_program_is_refused(store: Store, own_database: Path) -> None:
    with store.write() as cursor:
        cursor.execute("insert into migrations values (99, 'from the future', now())")
    store.close()
    with pytest.raises(BadInput, match="newer than this version"):
        open_store(own_database)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    for content in ("these are notes, not a database" * 1000, '{"problem_id": 1}\n', "a,b\n1,2\n"):
        path.write_text(content)
        with pytest.raises(BadInput, match=r"notes\.duckdb is no store"):
            open_store(path)
        assert path.read_text() == content


def test_a_reader_of_a_store_that_is_not_there_sees_an_empty_one_and_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    reader = open_store(path, read_only=True)
    assert queries.runs(reader).empty
    reader.close()
    assert not path.exists()


def test_a_failed_write_leaves_no_trace(store: Store) -> None:
    before = store.version()

    def fail_after_writing() -> None:
        with store.write() as cursor:
            cursor.execute("insert into benchmarks values (1, 'b')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert queries.totals(store)["benchmarks"] == 0
    assert store.version() == before


def test_another_process_that_holds_the_store_is_named_as_the_reason(own_database: Path) -> None:
    open_store(own_database).close()
    hold = f"import duckdb, time; c = duckdb.connect({str(own_database)!r}); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match="Another process"):
            open_store(own_database)
        other.kill()


KILLED_IMPORT = """
import os, signal, sys
from pathlib import Path
from backend.importers import import_file
from backend.store.database import open_store

def kill_at_the_end(done, size, rows):
    if done >= size:
        os.kill(os.getpid(), signal.SIGKILL)

import_file(open_store(Path(sys.argv[1])), Path(sys.argv[2]), run="lost", progress=kill_at_the_end)
"""


def test_a_kill_in_mid_import_leaves_the_store_as_it_was(own_database: Path, tmp_path: Path) -> None:
    first = write_rows(tmp_path / "first.jsonl", drawn("p", [True, False]))
    store = open_store(own_database)
    import_file(store, first, run="kept")
    store.close()
    second = tmp_path / "second.jsonl"
    row = '{{"problem_id": "q{0}", "correct": true, "completion": "{1}", "sample_index": {2}}}\n'
    second.write_text("".join(row.format(i % 100, os.urandom(50).hex(), i // 100) for i in range(150_000)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IMPORT, str(own_database), str(second)], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    store = open_store(own_database)
    assert list(queries.runs(store)["name"]) == ["kept"]
    assert queries.totals(store)["samples"] == 2
    assert store.rows("select count(*) from completions") == [(2,)]
    report = import_file(store, second, run="lost")
    assert (report.added, report.duplicates) == (150_000, 0)
    store.close()


def test_readers_see_the_state_before_an_import_until_it_is_whole(store: Store, tmp_path: Path) -> None:
    seen = []
    path = write_rows(tmp_path / "f.jsonl", drawn("p", [True] * 10))
    import_file(store, path, progress=lambda _done, _size, _rows: seen.append(queries.totals(store)["samples"]))
    assert set(seen) == {0}
    assert queries.totals(store)["samples"] == 10


def test_an_import_that_is_stopped_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    def stop(_done: int, _size: int, _rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True])), progress=stop)
    assert queries.totals(store)["samples"] == 0


def test_deleting_a_run_frees_its_space_and_leaves_the_others(store: Store, tmp_path: Path) -> None:
    def big(name: str) -> Path:
        rows = [{"problem_id": f"p{i}", "correct": True, "completion": os.urandom(2000).hex()} for i in range(4000)]
        return write_rows(tmp_path / f"{name}.jsonl", rows)

    import_file(store, big("one"), run="one")
    import_file(store, big("two"), run="two")
    path = store.path
    assert path is not None
    before, version = path.stat().st_size, store.version()
    freed = delete_run(store, "one")
    assert freed > before / 4
    assert path.stat().st_size == before - freed
    assert store.version() > version
    assert list(queries.runs(store)["name"]) == ["two"]
    assert int(queries.correct_counts(store, ["two"])["n"].sum()) == 4000
    assert queries.sample(store, "two", "p7", 0) is not None
    import_file(store, tmp_path / "one.jsonl", run="one")
    assert queries.totals(store)["samples"] == 8000
    with pytest.raises(NotFound):
        delete_run(store, "three")


def test_the_last_run_takes_its_model_and_benchmark_with_it(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True])), run="r")
    delete_run(store, "r")
    assert {k: v for k, v in queries.totals(store).items() if v} == {"imports": 1}


def test_a_renamed_run_keeps_its_key(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True])), run="First Name")
    import_file(store, tmp_path / "f.jsonl", run="other")
    rename_run(store, "first-name", "second name")
    assert set(queries.runs(store)[["run", "name"]].itertuples(index=False, name=None)) == {
        ("first-name", "second name"),
        ("other", "other"),
    }
    with pytest.raises(BadInput, match="is a run named other"):
        rename_run(store, "first-name", "other")
    with pytest.raises(BadInput, match="needs a name"):
        rename_run(store, "first-name", "  ")


def test_a_model_can_be_told_its_training(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True], model="m")))
    set_model(store, "m", training="rlvr", base_model="b", checkpoint_step=150)
    (row,) = queries.models(store).to_dict("records")
    assert (row["training"], row["base_model"], row["checkpoint_step"]) == ("rlvr", "b", 150)
    with pytest.raises(BadInput, match="training is ppo"):
        set_model(store, "m", training="ppo", base_model=None, checkpoint_step=None)
    with pytest.raises(NotFound):
        set_model(store, "nobody", training=None, base_model=None, checkpoint_step=None)


def test_the_store_reaches_no_other_file(store: Store, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(duckdb.PermissionException):
        store.read(f"select * from read_csv('{secret}')")
