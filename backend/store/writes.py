"""Everything that changes the store; each function is one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backend.errors import BadInput, NotFound
from backend.records import Training
from backend.store.database import Store
from backend.store.incoming import Batch, Rejection
from backend.store.intake import Intake, warnings_in_words
from backend.store.migrations import first_row
from backend.store.patience import patience
from backend.store.training_logs import delete_log_of

REJECTIONS_SHOWN = 10_000
OF_A_RUN = (
    *("samples", "completions", "other_verdicts", "other_logprobs", "readings", "counts", "import_runs"),
    *("prefix_samples", "likelihoods", "token_likelihoods", "replies", "requests", "jobs", "runs"),
)
"""The tables that hold what belongs to a run."""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What one import did."""

    file: str
    format: str
    runs: list[str] = field(default_factory=list)
    rows: int = 0
    """Rows read."""
    added: int = 0
    completed: int = 0
    """Rows of samples that the store held already, to which they added what was missing: a text, a verdict, a fact."""
    duplicates: int = 0
    """Rows that the store held already, with all they say."""
    rejected: list[Rejection] = field(default_factory=list)
    """Rows that were not taken, the first 10,000 of them."""
    rejected_total: int = 0
    unscored: int = 0
    """Added samples without a verdict."""
    warnings: list[str] = field(default_factory=list)


def record_import(
    store: Store,
    batches: Iterable[Batch],
    *,
    file_name: str,
    sha256: Callable[[], str],
    format_name: str,
    default_model: str,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
    end: Callable[[], None] = lambda: None,
) -> ImportReport:
    """Add all batches of a file, or nothing.

    `sha256` is asked once the batches are read. `progress` is told bytes read and rows read after each batch,
    and some times a second; what it raises ends the import without a trace, and `end` is told so that neither batches
    nor `sha256` go on. Raises BadInput under `strict` where any row is bad.
    """
    iterator, done = iter(batches), 0

    def tell() -> None:
        if progress:
            progress(done, intake.tally.rows)

    with store.write() as cursor, patience(cursor, tell, end) as patiently:
        intake = Intake(cursor, default_model)
        while batch := patiently(next, iterator, None):
            patiently(intake.add, batch)
            done = batch.bytes_done
            tell()
            if strict and intake.tally.rejected:
                raise _strict_refusal(file_name, intake.tally.rejected)
        patiently(intake.finish, file_name, patiently(sha256), format_name)
    tally = intake.tally
    return ImportReport(
        file=file_name,
        format=format_name,
        runs=intake.runs(),
        rows=tally.rows,
        added=tally.added,
        completed=tally.completed,
        duplicates=tally.duplicates,
        rejected=tally.rejected[:REJECTIONS_SHOWN],
        rejected_total=len(tally.rejected),
        unscored=tally.unscored,
        warnings=warnings_in_words(tally.warnings),
    )


def _strict_refusal(file_name: str, rejected: list[Rejection]) -> BadInput:
    first = rejected[0]
    return BadInput(
        f"{file_name}, line {first.line}: {first.reason}. Nothing was stored.",
        "Mend the row, or import without --strict to keep the good rows.",
        [(r.line, r.reason) for r in rejected[:REJECTIONS_SHOWN]],
    )


def rename_run(store: Store, run: str, name: str) -> None:
    """Give the run with this key another name; its key, and so every link to it, stays."""
    name = name.strip()
    if not name:
        raise BadInput("A run needs a name.", "Type at least one character.")
    with store.write() as cursor:
        if first_row(cursor, "select 1 from runs where name = ? and key <> ?", [name, run]):
            raise BadInput(f"There is a run named {name} already.", "Choose another name.")
        if not cursor.execute("update runs set name = ? where key = ? returning run_id", [name, run]).fetchall():
            raise NotFound(f"The store holds no run {run}.", "Reload the page to see the runs there are.")


def set_model(
    store: Store, model: str, *, training: str | None, base_model: str | None, checkpoint_step: int | None
) -> None:
    """Say how a model came to be; None takes the fact back."""
    if training is not None and training not in set(Training):
        raise BadInput(f"training is {training}.", f"It must be one of {', '.join(Training)}.")
    if checkpoint_step is not None and checkpoint_step < 0:
        raise BadInput(f"checkpoint_step is {checkpoint_step}.", "It must be 0 or more.")
    with store.write() as cursor:
        found = cursor.execute(
            "update models set training = ?, base_model = ?, checkpoint_step = ? where name = ? returning model_id",
            [training, base_model or None, checkpoint_step, model],
        ).fetchall()
        if not found:
            raise NotFound(f"The store holds no model {model}.", "Reload the page to see the models there are.")


def delete_run(store: Store, run: str) -> int:
    """Delete the run with this key and all that belongs to it; return how many bytes the store's file shrank.

    Its model and its benchmark go too where no other run uses them, with the benchmark's problems; and the log of the
    training whose last model it was.
    """
    with store.write() as cursor:
        found = first_row(cursor, "select run_id, model_id, benchmark_id from runs where key = ?", [run])
        if not found:
            raise NotFound(f"The store holds no run {run}.", "Reload the page to see the runs there are.")
        (share,) = first_row(
            cursor, "select count(*) filter (run_id = ?) / greatest(count(*), 1) from samples", [found[0]]
        ) or (1.0,)
        for table in OF_A_RUN:
            cursor.execute(f"delete from {table} where run_id = ?", [found[0]])
        if not first_row(cursor, "select 1 from runs where model_id = ?", [found[1]]):
            (model, step) = first_row(
                cursor, "select name, checkpoint_step from models where model_id = ?", [found[1]]
            ) or ("", None)
            cursor.execute("delete from models where model_id = ?", [found[1]])
            delete_log_of(cursor, model, step)
        if not first_row(cursor, "select 1 from runs where benchmark_id = ?", [found[2]]):
            cursor.execute("delete from problems where benchmark_id = ?", [found[2]])
            cursor.execute("delete from benchmarks where benchmark_id = ?", [found[2]])
    return store.release_space(float(share))
