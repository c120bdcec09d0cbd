"""Whoever waits for a long step is asked a few times a second, and can end it without a trace."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.importers import import_file
from backend.store import queries
from backend.store.database import Store
from backend.store.incoming import Batch
from backend.store.patience import patience
from backend.store.writes import record_import
from tests.conftest import drawn, write_rows

ENDLESS = "select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1"


class Enough(Exception):
    """What a beat raises to end a step."""


def test_an_endless_statement_ends_when_the_beat_says_so(store: Store) -> None:
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.perf_counter())
        if len(beats) == 3:
            raise Enough

    with pytest.raises(Enough), store.write() as cursor, patience(cursor, beat) as patiently:
        cursor.execute("insert into benchmarks values (1, 'b')")
        patiently(cursor.execute, ENDLESS)
    assert time.perf_counter() - beats[-1] < 5
    assert len(beats) == 3
    assert store.rows("select * from benchmarks") == []
    with store.write() as cursor:
        cursor.execute("insert into benchmarks values (1, 'b')")
    assert store.rows("select count(*) from benchmarks") == [(1,)]


def test_a_step_returns_what_it_returns_and_raises_what_it_raises(store: Store) -> None:
    with store.write() as cursor, patience(cursor, lambda: None) as patiently:
        assert patiently(max, 3, 4) == 4
        with pytest.raises(ZeroDivisionError):
            patiently(divmod, 1, 0)


def test_progress_is_told_while_a_batch_is_long_in_coming_and_can_end_the_import(store: Store) -> None:
    told: list[tuple[int, int]] = []

    def slow() -> Iterator[Batch]:
        time.sleep(1)
        yield from ()

    def progress(done: int, rows: int) -> None:
        told.append((done, rows))
        if len(told) == 2:
            raise Enough

    with pytest.raises(Enough):
        record_import(
            store, slow(), file_name="f", sha256=lambda: "", format_name="f", default_model="m", progress=progress
        )
    assert told == [(0, 0), (0, 0)]
    assert queries.totals(store)["imports"] == 0


def test_an_import_that_is_ended_after_its_last_batch_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    def progress(done: int, size: int, rows: int) -> None:
        if done == size:
            raise Enough

    path = write_rows(tmp_path / "f.jsonl", drawn("p", [True] * 500))
    with pytest.raises(Enough):
        import_file(store, path, run="r", progress=progress)
    assert set(queries.totals(store).values()) == {0}
    assert import_file(store, path, run="r").added == 500
