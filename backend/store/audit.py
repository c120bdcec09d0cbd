"""Who did what: a list that only grows."""

from datetime import UTC, datetime

import pandas as pd

from backend.store.database import Store

DONE, REFUSED, FAILED = "done", "refused", "failed"
MOST_LETTERS = 500


def note_deed(
    store: Store,
    *,
    who: str,
    way: str,
    role: str,
    command: str,
    about: str | None,
    outcome: str,
    reason: str | None = None,
    seconds: float = 0.0,
) -> None:
    """Write down one deed, or one that was refused."""
    now = datetime.now(UTC).replace(tzinfo=None)
    values = [now, who[:MOST_LETTERS], way, role, command, _cut(about), outcome, _cut(reason), seconds]
    store.note("insert into audit values (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MOST_LETTERS]


def deeds(store: Store, *, limit: int = 100, offset: int = 0) -> pd.DataFrame:
    """Return one row a deed, the newest first: done_at, who, way, role, command, about, outcome, reason, seconds."""
    return store.read(
        "select * from audit order by done_at desc, rowid desc limit ? offset ?",
        [limit, offset],
    )


def deed_count(store: Store) -> int:
    """Return how many deeds are written down."""
    return int(store.rows("select count(*) from audit")[0][0])
