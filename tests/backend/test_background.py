"""Long work in the background: a queue, progress, and an end without a trace."""

import threading
from pathlib import Path

import pytest

from backend.background import State, Tell, Work, Works, works_of
from backend.commands.imports import import_
from backend.errors import BadInput, Cancelled, StoreBusy
from backend.store import queries
from backend.store.database import Store
from tests.conftest import drawn, write_rows

LONG = 20.0


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, tell: Tell) -> str:
        tell("a file", 1, 2, 10)
        self.began.set()
        self.go.wait(LONG)
        tell("a file", 2, 2, 20)
        return "done"


def ended(work: Work) -> Work:
    """Wait for a work's end."""
    work.future().exception(LONG) if not work.future().cancelled() else None
    return work


def test_a_work_tells_how_far_it_is_and_gives_its_answer() -> None:
    works, held = Works(), Held()
    work = works.begin("import", "Import of a file", held, unit="bytes")
    assert held.began.wait(LONG)
    assert (work.state, work.progress.item, work.progress.done, work.progress.of) == (State.RUNNING, "a file", 1, 2)
    assert works.under_way() == [work]
    held.go.set()
    assert work.answer() == "done"
    assert (work.state, work.progress.rows, works.under_way()) == (State.DONE, 20, [])
    assert work.seconds > 0


def test_changes_of_the_store_queue_and_say_so() -> None:
    works, first, second = Works(), Held(), Held()
    running = works.begin("import", "Import of one", first)
    waiting = works.begin("import", "Import of two", second)
    assert first.began.wait(LONG)
    assert works.under_way() == [running, waiting]
    assert waiting.seconds == 0
    with pytest.raises(StoreBusy, match="Import of one is under way"):
        works.require_idle()
    waiting.cancel()
    assert waiting.state is State.CANCELLED
    with pytest.raises(Cancelled):
        waiting.answer()
    first.go.set()
    assert running.answer() == "done"
    assert not second.began.is_set()
    works.require_idle()


def test_reading_goes_on_beside_a_change() -> None:
    works, change, look = Works(), Held(), Held()
    works.begin("import", "Import of one", change)
    reading = works.begin("texts", "Reading", look, changes=False, about="r")
    look.go.set()
    assert reading.answer() == "done"
    assert works.newest("texts", "r") is reading
    change.go.set()


def test_a_work_that_is_cancelled_ends_where_it_next_tells_how_far_it_is() -> None:
    works, held = Works(), Held()
    work = works.begin("import", "Import of a file", held)
    assert held.began.wait(LONG)
    work.cancel()
    assert work.cancelling
    held.go.set()
    with pytest.raises(Cancelled, match="Import of a file was cancelled"):
        work.answer()
    assert work.state is State.CANCELLED


def test_what_fails_keeps_its_reason() -> None:
    def fail(_: Tell) -> None:
        raise BadInput("It is empty.", "Fill it.")

    work = ended(Works().begin("import", "Import", fail))
    assert work.state is State.FAILED
    assert isinstance(work.failure(), BadInput)


def test_an_import_cancelled_between_two_files_keeps_the_first_and_nothing_of_the_second(
    store: Store, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        write_rows(tmp_path / f"{name}.jsonl", drawn("p", [True, False]))
    (tmp_path / "b.jsonl").write_text((tmp_path / "b.jsonl").read_text() + "\n")
    works = Works()
    begun = threading.Event()

    def do(tell: Tell) -> object:
        assert begun.wait(LONG)

        def told(item: str, done: int, of: int, rows: int) -> None:
            if item == "b.jsonl":
                work.cancel()
            tell(item, done, of, rows)

        paths = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
        return import_(store, paths, progress=told)

    work = works.begin("import", "Import of two files", do)
    begun.set()
    answer = work.answer()
    assert work.state is State.CANCELLED
    assert [report["file"] for report in answer["imports"]] == ["a.jsonl"]
    assert answer["error"]["kind"] == "Cancelled"
    assert queries.totals(store)["imports"] == 1


def test_a_store_has_one_queue_in_a_process(tmp_path: Path) -> None:
    assert works_of(tmp_path / "a.duckdb") is works_of(tmp_path / "b" / ".." / "a.duckdb")
    assert works_of(tmp_path / "a.duckdb") is not works_of(tmp_path / "b.duckdb")
