"""Where a run's samples came from: files with their hashes, regrades, corrected reference answers."""

from collections.abc import Sequence

import pandas as pd

from backend.store.database import Store


def files_of(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a run and file that brought rows to it, the oldest first.

    Columns: run (its key), file_name, sha256, format, imported_at.
    """
    return store.read(
        """
        select runs.key as run, file_name, sha256, format, imported_at
        from import_runs join runs using (run_id) join imports using (import_id)
        where runs.key in (select unnest(?::varchar[])) order by import_id, run
        """,
        [list(runs)],
    )


def regraded(store: Store, runs: Sequence[str]) -> pd.DataFrame:
    """Return one row a verifier that graded one of these runs: run (its key), verifier, version, counts, graded_at."""
    return store.read(
        """
        select runs.key as run, regrades.verifier, version, counts, max(graded_at) as graded_at
        from regrades join runs using (run_id) where runs.key in (select unnest(?::varchar[]))
        group by all order by run, graded_at
        """,
        [list(runs)],
    )


def corrected_of(store: Store, runs: Sequence[str]) -> int:
    """Return how many problems that these runs drew have a corrected reference answer."""
    rows = store.rows(
        """
        select count(distinct problem_id) from reference_corrections join counts using (problem_id)
        join runs using (run_id) where runs.key in (select unnest(?::varchar[]))
        """,
        [list(runs)],
    )
    return int(rows[0][0])
