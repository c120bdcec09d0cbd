"""Whoever waits for a long step is asked a few times a second, and can end it without a trace."""

import gzip
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.errors import Cancelled
from backend.importers import Wanted, import_file, import_paths
from backend.importers.source import BLOCK_BYTES, Source
from backend.store import queries
from backend.store.database import Store
from backend.store.incoming import Batch
from backend.store.patience import patience
from backend.store.writes import record_import
from tests.conftest import drawn, write_rows

ENDLESS = "select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1"
LONG = {"completion": "word " * 2_000}
"""Rows of 10 kB, so that a file of a few thousand is read in several pieces."""


class Enough(Exception):
    """What a beat raises to end a step."""


def ending_after(count: int) -> tuple[list[tuple[int, ...]], Callable[..., None]]:
    """Return what was told, and a progress that raises when it is told for the `count`-th time."""
    told: list[tuple[int, ...]] = []

    def progress(*said: int) -> None:
        told.append(said)
        if len(told) == count:
            raise Enough

    return told, progress


def test_an_endless_statement_ends_when_the_beat_says_so(store: Store) -> None:
    told, beat = ending_after(3)

    def write_endlessly() -> None:
        with store.write() as cursor, patience(cursor, beat) as patiently:
            cursor.execute("insert into benchmarks values (1, 'b')")
            patiently(cursor.execute, ENDLESS)

    with pytest.raises(Enough):
        write_endlessly()
    assert len(told) == 3
    assert store.rows("select * from benchmarks") == []
    with store.write() as cursor:
        cursor.execute("insert into benchmarks values (1, 'b')")
    assert store.rows("select count(*) from benchmarks") == [(1,)]


def test_a_step_returns_what_it_returns_and_raises_what_it_raises(store: Store) -> None:
    with store.write() as cursor, patience(cursor, lambda: None) as patiently:
        assert patiently(max, 3, 4) == 4
        with pytest.raises(ZeroDivisionError):
            patiently(divmod, 1, 0)


def test_a_batch_that_never_comes_is_given_up_when_progress_says_so(store: Store) -> None:
    told, progress = ending_after(2)
    ended = threading.Event()

    def never() -> Iterator[Batch]:
        ended.wait()
        yield from ()

    with pytest.raises(Enough):
        record_import(
            store, never(), file_name="f", sha256=lambda: "", format_name="f", default_model="m", progress=progress,
            end=ended.set,
        )  # fmt: skip
    assert told == [(0, 0), (0, 0)]
    assert queries.totals(store)["imports"] == 0


def test_a_hash_that_never_comes_is_given_up_when_progress_says_so(store: Store) -> None:
    told, progress = ending_after(2)
    ended = threading.Event()

    def never() -> str:
        ended.wait()
        return ""

    with pytest.raises(Enough):
        record_import(
            store, iter(()), file_name="f", sha256=never, format_name="f", default_model="m", progress=progress,
            end=ended.set,
        )  # fmt: skip
    assert len(told) == 2
    assert queries.totals(store)["imports"] == 0


@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
def test_an_import_ended_wherever_it_is_leaves_no_trace(store: Store, tmp_path: Path, call: int) -> None:
    path = write_rows(tmp_path / "f.jsonl", drawn("p", [True] * 3000, **LONG))
    assert path.stat().st_size > 3 * BLOCK_BYTES
    told, progress = ending_after(call)
    with pytest.raises(Enough):
        import_file(store, path, run="r", progress=progress)
    assert len(told) == call
    assert set(queries.totals(store).values()) == {0}
    assert import_file(store, path, run="r").added == 3000


def test_an_import_that_is_ended_after_its_last_batch_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    def progress(done: int, size: int, _rows: int) -> None:
        if done == size:
            raise Enough

    path = write_rows(tmp_path / "f.jsonl", drawn("p", [True] * 500))
    with pytest.raises(Enough):
        import_file(store, path, run="r", progress=progress)
    assert set(queries.totals(store).values()) == {0}
    assert import_file(store, path, run="r").added == 500


def test_guessing_tells_that_it_goes_on_and_can_be_ended(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f'[{{"task": "p", "text": "{"word " * 2_000_000}", "passed": true}}]')
    told, progress = ending_after(2)
    with pytest.raises(Enough):
        import_file(store, path, progress=progress, wanted=Wanted(mapping="guess"))
    assert told == [(0, path.stat().st_size, 0)] * 2


def test_a_file_that_may_have_come_before_is_hashed_with_word_that_it_goes_on(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "first.jsonl", drawn("p", [True])), run="r")
    table = pa.table({"problem_id": ["p"] * 40_000, "completion": pa.array([f"{i}" * 200 for i in range(40_000)])})
    pq.write_table(table, tmp_path / "f.parquet", compression="none")
    told, progress = ending_after(2)
    with pytest.raises(Enough):
        import_file(store, tmp_path / "f.parquet", progress=progress)
    assert told == [(0, (tmp_path / "f.parquet").stat().st_size, 0)] * 2
    assert queries.totals(store)["imports"] == 1


def test_files_that_are_compared_with_each_other_tell_that_it_goes_on(store: Store, tmp_path: Path) -> None:
    for seed in (0, 1):
        write_rows(tmp_path / f"f_seed{seed}.jsonl", drawn("p", [True] * 1000, seed=seed, **LONG))
    told: list[tuple[str, int]] = []

    def progress(name: str, done: int, _size: int, rows: int) -> None:
        told.append((name, done))
        if len(told) == 2:
            raise Enough
        assert rows == 0

    with pytest.raises(Enough):
        list(import_paths(store, [tmp_path], progress=progress))
    assert told == [("f_seed0.jsonl", 0)] * 2
    assert queries.totals(store)["imports"] == 0


def test_a_reading_that_was_ended_reads_no_further(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl.gz"
    path.write_bytes(gzip.compress(b"line\n" * 4_000_000, compresslevel=1))
    source = Source(path, "f")
    with source.open() as stream:
        assert len(stream.read(1000)) == 1000
        source.end()
        with pytest.raises(Cancelled, match="was ended"):
            stream.read(20_000_000)
    with pytest.raises(Cancelled, match="was ended"):
        source.sha256()


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_progress_of_a_compressed_file_is_told_in_bytes_of_the_file_itself(
    store: Store, tmp_path: Path, ending: str
) -> None:
    plain = write_rows(
        tmp_path / "f.jsonl",
        [{**row, "completion": f"{i * 7919 % 10007} " * 1000} for i, row in enumerate(drawn("p", [True] * 6000))],
    )
    path = tmp_path / f"f.jsonl.{ending}"
    with pa.CompressedOutputStream(path, {"gz": "gzip", "zst": "zstd"}[ending]) as out:
        out.write(plain.read_bytes())
    size = path.stat().st_size
    told: list[tuple[int, int, int]] = []
    assert import_file(store, path, progress=lambda *said: told.append(said)).added == 6000
    assert size < plain.stat().st_size / 3
    assert {of for _, of, _ in told} == {size}
    dones = [done for done, _, _ in told]
    assert dones == sorted(dones)
    assert dones[-1] == size
    assert any(0 < done < size for done in dones)
