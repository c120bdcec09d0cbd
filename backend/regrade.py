"""Runs graded anew by verifiers of ours, and reference answers corrected: whole, or not at all."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from backend.errors import BadInput
from backend.records import Problem
from backend.store import regrading
from backend.store.corrections import StoredProblem, graded_by_ours, problem_to_correct, record_correction
from backend.store.database import Store
from backend.store.regrading import GRADES, Ask, GradedRun, Regrade, Rows
from backend.verifiers import VERIFIERS, verifier_named
from backend.verifiers.grading import Grader

Progress = Callable[[int, int], None]
PROGRESS_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What correcting a reference answer did."""

    benchmark: str
    problem: str
    old_answer: str | None
    new_answer: str | None
    """None: not known."""
    regrades: list[Regrade] = field(default_factory=list)
    """One a run and verifier of ours that had graded the problem."""
    kept: list[str] = field(default_factory=list)
    """Runs whose verdicts on the problem came with the file and still count: names."""


def regrade(
    store: Store,
    run: str,
    verifier: str,
    *,
    counts: bool = True,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Regrade:
    """Grade every sample of a run that has a text; the verdicts stand beside the others, and count unless told not to.

    The texts are graded first, outside any transaction; the verdicts are then written in one. `progress` is told
    samples done and in all; what it raises ends the regrade without a trace. Samples that came, and reference answers
    that were corrected, while it ran are graded too. Raises NotFound for an unknown run or verifier, BadInput where
    nothing can be graded.
    """
    known = regrading.run_to_grade(store, run)
    if not known.texts:
        raise BadInput(f"Run {known.name} came without texts.", "Import its completions to grade them.")
    with Grader(verifier_named(verifier), workers=workers) as grader, _spool() as path:
        correction = regrading.newest_correction(store.rows)
        told = _Told(progress, known.texts)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, GRADES) as writer:
            for table in _graded(grader, store.rows, regrading.texts(store.rows, known.run_id), told):
                writer.write_table(table)
        with pa.memory_map(str(path)) as source, store.write() as cursor:
            grades = pa.ipc.open_file(source).read_all()

            def ask(sql: str, parameters: object) -> Rows:
                return cursor.execute(sql, parameters).fetchall()

            grades = _with_news(grader, ask, known, grades, correction)
            result = regrading.record_grades(
                cursor, known, grades, verifier=verifier, version=VERIFIERS[verifier].version, counts=counts
            )
            if not result.graded:
                raise _nothing_graded(result)
            return result


def correct_reference_answer(store: Store, benchmark: str, problem: str, answer: str | None) -> Correction:
    """Correct a problem's reference answer, and grade its samples again wherever a verifier of ours has graded them.

    Without an answer, the right one is not known any more, as before one was given. All runs change in one
    transaction, or none. Verdicts that came with a file stay as they are. Raises NotFound for an unknown problem,
    BadInput where the answer is empty or is the stored one.
    """
    answer = None if answer is None else answer.strip()
    found = problem_to_correct(store, benchmark, problem)
    if answer in ("", found.reference_answer):
        so_far = "not known" if found.reference_answer is None else repr(found.reference_answer)
        raise BadInput(
            f"The reference answer of {problem} is {so_far}; {answer or 'an empty one'!r} corrects nothing.",
            "Give another answer.",
        )
    pairs, kept = graded_by_ours(store, found.problem_id)
    graded = [(run, verifier, _of_problem(store, run, verifier, found, answer)) for run, verifier in pairs]
    with store.write() as cursor:
        record_correction(cursor, found, benchmark, problem, answer)
        regrades = [
            regrading.record_grades(
                cursor, run, grades, verifier=verifier, version=VERIFIERS[verifier].version, counts=False,
                problem_id=found.problem_id,
            )
            for run, verifier, grades in graded
        ]  # fmt: skip
    return Correction(
        benchmark=benchmark, problem=problem, old_answer=found.reference_answer, new_answer=answer,
        regrades=regrades, kept=kept,
    )  # fmt: skip


def _of_problem(store: Store, run: GradedRun, verifier: str, found: StoredProblem, answer: str | None) -> pa.Table:
    """Grade a run's samples of one problem against another reference answer."""
    pages = regrading.texts_of_problem(store.rows, run.run_id, found.problem_id)
    with Grader(verifier_named(verifier)) as grader:
        stated = replace(
            regrading.problems_of(store.rows, [found.problem_id])[found.problem_id], reference_answer=answer
        )
        tables = list(_graded(grader, store.rows, pages, _Told(None, 0), {found.problem_id: stated}))
    return pa.concat_tables(tables) if tables else GRADES.empty_table()


def _graded(
    grader: Grader, ask: Ask, pages: Iterable[Rows], told: "_Told", stated: dict[int, Problem] | None = None
) -> Iterator[pa.Table]:
    """Yield the grades of each page; `stated` replaces what the store says of problems."""
    for page in pages:
        problems = stated or regrading.problems_of(ask, sorted({row[1] for row in page}))
        grades = grader.graded([(text, problems[problem]) for _, problem, text in page], told.within)
        verdicts = [None if g.verdict is None else str(g.verdict) for g in grades]
        told.page(len(page))
        columns = ([row[0] for row in page], verdicts, [g.answer for g in grades])
        yield pa.table([pa.array(c, f.type) for c, f in zip(columns, GRADES, strict=True)], schema=GRADES)


def _with_news(grader: Grader, ask: Ask, known: GradedRun, grades: pa.Table, correction: int) -> pa.Table:
    """Return the grades with those of samples that came, and of problems that were corrected, while they were made."""
    told = _Told(None, 0)
    last = pc.max(grades.column("sample_id")).as_py() or 0
    fresh = list(_graded(grader, ask, regrading.texts(ask, known.run_id, after=last), told))
    for problem_id in regrading.corrected_since(ask, correction, known.run_id):
        fresh += _graded(grader, ask, regrading.texts_of_problem(ask, known.run_id, problem_id), told)
    if not fresh:
        return grades
    news = pa.concat_tables(fresh)
    kept = grades.filter(pc.invert(pc.is_in(grades.column("sample_id"), news.column("sample_id").combine_chunks())))
    return pa.concat_tables([kept, news])


def _nothing_graded(result: Regrade) -> BadInput:
    return BadInput(
        f"{result.verifier} can grade no sample of run {result.run}: its problems lack what it compares with.",
        "Import a problem list (benchmark, problem_id, question, reference_answer), then grade again.",
    )


@contextmanager
def _spool() -> Iterator[Path]:
    """Lend a file for grades that wait to be written."""
    with tempfile.TemporaryDirectory(prefix="boundary-") as folder:
        yield Path(folder) / "grades.arrow"


class _Told:
    """How far the work is, told a few times a second."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._at = 0.0

    def within(self, _: int) -> None:
        """Tell what was done before this page; whoever wants to end the work does so here."""
        if self._progress and time.monotonic() - self._at >= PROGRESS_SECONDS:
            self._at = time.monotonic()
            self._progress(self._done, self._total)

    def page(self, size: int) -> None:
        """Tell that a page is done."""
        self._done += size
        if self._progress:
            self._progress(self._done, max(self._total, self._done))
