"""Regrading: verdicts of ours beside those of the file, one of them counting, all or nothing."""

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.errors import BadInput, NotFound
from backend.importers import import_file
from backend.regrade import correct_reference_answer, regrade
from backend.store import queries
from backend.store.corrections import corrections, regrades
from backend.store.database import Store, open_store
from backend.store.verdicts import disagreements, set_counting_verifier, verdicts_of
from tests.conftest import write_rows


def row(problem: str, index: int, completion: str | None, correct: bool | None, **columns: Any) -> dict[str, Any]:
    """Return one sample row of the benchmark b."""
    return {
        "benchmark": "b", "problem_id": problem, "sample_index": index, "completion": completion, "correct": correct,
        "reference_answer": "1/2" if problem == "half" else "7", **columns,
    }  # fmt: skip


ROWS = [
    row("half", 0, "The answer is 0.5.", False, answer="0.5"),
    row("half", 1, "so \\boxed{2}", True, answer="2"),
    row("half", 2, "I do not know", False, answer=""),
    row("seven", 0, "#### 07", False, answer="07"),
    row("seven", 1, "#### 8", None, answer="8"),
]


@pytest.fixture
def run(store: Store, tmp_path: Path) -> str:
    """Import the rows above as the run r."""
    import_file(store, write_rows(tmp_path / "r.jsonl", ROWS), run="r", model="m")
    return "r"


def counts(store: Store, run: str = "r") -> dict[str, list[int]]:
    """Return n, c, no_answer, errors and unscored of each problem."""
    frame = queries.correct_counts(store, [run])
    return {row[0]: list(row[1:]) for row in frame[["problem", "n", "c", "no_answer", "errors", "unscored"]].values}


def everything(store: Store) -> list[pd.DataFrame]:
    """Return what the store holds of samples, verdicts and counts, apart from what remembers."""
    order = {"samples": "sample_id", "other_verdicts": "sample_id, verifier", "counts": "problem_id", "runs": "run_id"}
    return [store.read(f"select * from {table} order by {columns}") for table, columns in order.items()]


def test_a_regrade_changes_every_number_and_needs_no_new_samples(store: Store, run: str) -> None:
    before = counts(store)
    assert before == {"half": [3, 1, 1, 0, 0], "seven": [1, 0, 0, 0, 1]}
    told: list[tuple[int, int]] = []
    result = regrade(store, run, "normalised", progress=lambda done, of: told.append((done, of)))
    assert counts(store) == {"half": [3, 1, 1, 0, 0], "seven": [2, 1, 0, 0, 0]}
    assert (result.graded, result.changed, result.correct, result.no_answer, result.unscored) == (5, 4, 2, 1, 0)
    assert told[-1] == (5, 5)
    sample = queries.sample(store, run, "half", 0)
    assert sample is not None
    assert (sample.verdict, sample.verifier, sample.answer) == ("correct", "normalised", "0.5")
    assert sample.other_verdicts == {"imported": "incorrect"}


def test_naming_the_former_verifier_undoes_it_exactly(store: Store, run: str) -> None:
    before = everything(store)
    regrade(store, run, "normalised")
    assert set_counting_verifier(store, run, "imported") == 4
    after = everything(store)
    mine = after[1][after[1]["verifier"] == "normalised"]
    assert len(mine) == 5
    after[1] = after[1].drop(mine.index)
    for was, now in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(was, now.reset_index(drop=True), check_dtype=False)
    assert set_counting_verifier(store, run, "normalised") == 4
    assert counts(store)["seven"] == [2, 1, 0, 0, 0]


def test_a_regrade_may_stand_beside_what_counts(store: Store, run: str) -> None:
    before = counts(store)
    result = regrade(store, run, "number", counts=False)
    assert (result.counts, result.changed, result.graded) == (False, 0, 5)
    assert counts(store) == before
    listed = verdicts_of(store, run).set_index("verifier")
    assert list(listed.index) == ["imported", "number"]
    columns = ["version", "n", "correct", "no_answer", "errors", "unscored", "disagreements"]
    assert listed.loc[["number"], columns].values.tolist() == [["1", 5, 2, 1, 0, 0, 3]]
    assert listed.loc[["imported"], columns[1:]].values.tolist() == [[4, 1, 1, 0, 1, 0]]
    rows, total = disagreements(store, run, "number")
    assert total == 3
    assert rows[["problem", "sample_index", "verdict", "other_verdict", "other_answer"]].values.tolist()[0] == [
        "half", 0, "incorrect", "correct", "0.5",
    ]  # fmt: skip


def test_verdicts_of_the_file_under_the_name_of_one_of_ours_are_kept_as_imported(store: Store, tmp_path: Path) -> None:
    rows = [row("seven", 0, "#### 7", False, verifier="number", **{"verdict:normalised": False})]
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r", model="m")
    regrade(store, "r", "number")
    regrade(store, "r", "normalised")
    listed = verdicts_of(store, "r").set_index("verifier")["correct"].to_dict()
    assert listed == {"normalised": 1, "number": 1, "imported": 0, "imported:normalised": 0}
    set_counting_verifier(store, "r", "imported")
    assert counts(store) == {"seven": [1, 0, 0, 0, 0]}


def test_verdicts_of_two_harnesses_in_one_run_come_back_together(store: Store, tmp_path: Path) -> None:
    for index, harness in enumerate(("lm-eval", "inspect", None)):
        rows = [row("seven", index, "#### 8", True, verifier=harness)]
        import_file(store, write_rows(tmp_path / f"{index}.jsonl", rows), run="r", model="m")
    regrade(store, "r", "number")
    assert counts(store)["seven"] == [3, 0, 0, 0, 0]
    set_counting_verifier(store, "r", "lm-eval")
    assert counts(store)["seven"] == [1, 1, 0, 0, 2]
    set_counting_verifier(store, "r", "imported")
    assert counts(store)["seven"] == [3, 3, 0, 0, 0]


def test_samples_without_text_or_reference_are_unscored_and_told(store: Store, tmp_path: Path) -> None:
    rows = [*ROWS, row("seven", 2, None, True), row("open", 0, "#### 1", True, reference_answer=None)]
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="r", model="m")
    result = regrade(store, "r", "number")
    assert (result.graded, result.unscored, result.without_text, result.without_reference) == (5, 2, 1, 1)
    assert counts(store)["open"] == [0, 0, 0, 0, 1]


def test_what_cannot_be_graded_is_refused_and_changes_nothing(store: Store, run: str, tmp_path: Path) -> None:
    rows = [row("seven", 0, None, True)]
    import_file(store, write_rows(tmp_path / "bare.jsonl", rows), run="bare", model="m")
    rows = [row("open", 0, "#### 1", True, reference_answer=None)]
    import_file(store, write_rows(tmp_path / "open.jsonl", rows), run="open", model="m")
    version = store.version()
    with pytest.raises(BadInput, match="came without texts"):
        regrade(store, "bare", "number")
    with pytest.raises(BadInput, match="no sample of run open"):
        regrade(store, "open", "number")
    with pytest.raises(NotFound, match="no verifier nonsense"):
        regrade(store, run, "nonsense")
    with pytest.raises(NotFound, match="holds no run"):
        regrade(store, "none", "number")
    with pytest.raises(NotFound, match="no verdicts of number"):
        set_counting_verifier(store, run, "number")
    assert store.version() == version


def test_a_cancelled_regrade_leaves_no_trace(store: Store, run: str) -> None:
    before = everything(store)

    def stop(_done: int, _of: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        regrade(store, run, "math_verify", progress=stop)
    for was, now in zip(before, everything(store), strict=True):
        pd.testing.assert_frame_equal(was, now)
    assert regrades(store).empty


def test_samples_that_come_while_a_run_is_graded_are_graded_too(store: Store, run: str, tmp_path: Path) -> None:
    def add(_done: int, _of: int) -> None:
        if counts(store)["seven"][0] == 1:
            late = [row("seven", 2, "#### 7", False)]
            import_file(store, write_rows(tmp_path / "late.jsonl", late), run="r", model="m")
            correct_reference_answer(store, "b", "half", "2")

    assert regrade(store, run, "number", progress=add).graded == 6
    assert counts(store) == {"half": [3, 1, 1, 0, 0], "seven": [3, 2, 0, 0, 0]}
    sample = queries.sample(store, run, "half", 1)
    assert sample is not None
    assert sample.verdict == "correct"


def test_an_answer_that_was_given_where_none_was_can_be_taken_back(store: Store, tmp_path: Path) -> None:
    rows = [row("p", i, f"\\boxed{{{i}}}", None, reference_answer=None) for i in (6, 7)]
    rows += [row("q", 0, "\\boxed{7}", None)]
    import_file(store, write_rows(tmp_path / "f.jsonl", rows), run="r", benchmark="b")
    regrade(store, "r", "number")
    before = counts(store)
    assert before == {"p": [0, 0, 0, 0, 2], "q": [1, 1, 0, 0, 0]}
    correct_reference_answer(store, "b", "p", "7")
    assert counts(store)["p"] == [2, 1, 0, 0, 0]
    done = correct_reference_answer(store, "b", "p", None)
    assert (done.old_answer, done.new_answer) == ("7", None)
    assert counts(store) == before
    assert store.rows("select reference_answer from problems where name = 'p'") == [(None,)]
    log = corrections(store, "b")
    assert [(o if isinstance(o, str) else None) for o in log["old_answer"]] == ["7", None]
    with pytest.raises(BadInput, match="is not known"):
        correct_reference_answer(store, "b", "p", None)


def test_a_corrected_reference_answer_regrades_its_problem_wherever_ours_counts(
    store: Store, run: str, tmp_path: Path
) -> None:
    import_file(store, write_rows(tmp_path / "other.jsonl", ROWS), run="other", model="m2")
    regrade(store, run, "number")
    done = correct_reference_answer(store, "b", "seven", "8")
    assert (done.old_answer, done.new_answer, done.kept) == ("7", "8", ["other"])
    assert [(r.run, r.verifier, r.graded, r.changed) for r in done.regrades] == [("r", "number", 2, 2)]
    sample = queries.sample(store, run, "seven", 1)
    assert sample is not None
    assert sample.verdict == "correct"
    assert counts(store, "other") == {"half": [3, 1, 1, 0, 0], "seven": [1, 0, 0, 0, 1]}
    log = corrections(store, "b")
    assert log[["problem", "old_answer", "new_answer"]].values.tolist() == [["seven", "7", "8"]]
    assert regrades(store, run)["problem"].tolist()[0] == "seven"
    with pytest.raises(BadInput, match="corrects nothing"):
        correct_reference_answer(store, "b", "seven", "8 ")
    with pytest.raises(NotFound, match="has no problem"):
        correct_reference_answer(store, "b", "nine", "8")


def test_a_regrade_by_math_verify_works_from_a_thread(store: Store, run: str) -> None:
    results = []
    thread = threading.Thread(target=lambda: results.append(regrade(store, run, "math_verify", workers=1)))
    thread.start()
    thread.join()
    assert results[0].graded == 5
    assert results[0].errors == 0
    assert counts(store) == {"half": [3, 1, 1, 0, 0], "seven": [2, 1, 0, 0, 0]}


def test_a_rerun_of_a_verifier_replaces_its_verdicts(store: Store, run: str) -> None:
    regrade(store, run, "number")
    again = regrade(store, run, "number")
    assert again.changed == 0
    assert set(verdicts_of(store, run)["verifier"]) == {"number", "imported"}
    assert len(regrades(store, run)) == 2


def test_long_texts_are_read_in_pages(store: Store, tmp_path: Path) -> None:
    rows = [row("seven", i, "x" * 40_000 + f" #### {i % 8}", False) for i in range(700)]
    import_file(store, write_rows(tmp_path / "r.jsonl", rows), run="long", model="m")
    assert regrade(store, "long", "number").correct == sum(i % 8 == 7 for i in range(700))


def test_a_store_from_before_regrades_is_brought_to_them_when_it_is_opened(
    store: Store, run: str, own_database: Path
) -> None:
    with store.write() as cursor:
        for table in ("readings", "regrades", "reference_corrections"):
            cursor.execute(f"drop table {table}")
        cursor.execute("delete from migrations where number >= 2")
    store.close()
    again = open_store(own_database)
    assert regrade(again, run, "number").graded == 5
    again.close()
