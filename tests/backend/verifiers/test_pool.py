"""The pool of processes: a task that hangs, dies or raises is an error, and nothing of its process stays."""

import threading
import time
from pathlib import Path

import pytest

from backend.records import Verdict
from backend.store.database import Store
from backend.verifiers.pool import Pool

SCRIPTED = "tests.backend.verifiers.judges:scripted"


def children() -> set[str]:
    """Return the ids of this process's children, dead ones that nobody waited for included."""
    own = str(Path("/proc/self").resolve().name)
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[1] == own:
            found.add(stat.parent.name)
    return found


def test_verdicts_come_in_the_order_of_the_tasks() -> None:
    wanted = ["correct", "incorrect", "no_answer", "error"] * 50
    with Pool(SCRIPTED, workers=2) as pool:
        assert pool.judged([(w,) for w in wanted]) == wanted
        assert pool.judged([]) == []
        assert pool.judged([("incorrect",)]) == ["incorrect"]


def test_a_task_that_hangs_is_killed_within_its_limit_and_the_others_are_judged() -> None:
    before = children()
    with Pool(SCRIPTED, workers=1, limit=0.5) as pool:
        pool.judged([("correct",)])
        tasks = ["correct", "hang", "correct", "die", "raise", "exit", "print", "memory", "nonsense", "incorrect"]
        judged = pool.judged([(t,) for t in tasks])
    error, incorrect = Verdict.ERROR, Verdict.INCORRECT
    assert judged == ["correct", error, "correct", error, error, error, incorrect, error, error, incorrect]
    assert children() == before


def test_it_works_from_a_thread_while_the_store_is_open(store: Store) -> None:
    judged: list[Verdict] = []

    def work() -> None:
        with Pool(SCRIPTED, workers=2) as pool:
            judged.extend(pool.judged([("correct",)] * 20))

    thread = threading.Thread(target=work)
    thread.start()
    assert store.rows("select count(*) from runs") == [(0,)]
    thread.join()
    assert judged == ["correct"] * 20


def test_it_can_be_cancelled_while_a_task_hangs_and_leaves_nothing() -> None:
    before = children()
    started = time.monotonic()

    def stop(_done: int) -> None:
        if time.monotonic() - started > 1:
            raise InterruptedError

    with pytest.raises(InterruptedError), Pool(SCRIPTED, workers=2, limit=60) as pool:
        pool.judged([("hang",)] * 4, stop)
    assert children() == before


def test_after_a_cancelled_batch_late_verdicts_are_not_taken_for_new_ones() -> None:
    def stop(_done: int) -> None:
        raise InterruptedError

    with Pool(SCRIPTED, workers=1) as pool:
        pool.judged([("correct",)])
        with pytest.raises(InterruptedError):
            pool.judged([("correct",)] * 3, stop)
        assert pool.judged([("incorrect",)] * 3) == ["incorrect"] * 3


def test_a_judge_that_cannot_be_loaded_is_a_defect_and_not_a_verdict() -> None:
    before = children()
    with pytest.raises(RuntimeError, match="did not start"), Pool("tests.backend.verifiers.judges:absent") as pool:
        pool.judged([("correct",)])
    assert children() == before
