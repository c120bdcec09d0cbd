"""Frozen shares: views kept as they were, each under an address made of its content, which never changes."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pandas as pd

from backend.errors import BadInput, NotFound
from backend.store.database import Store
from backend.store.migrations import first_row

LETTERS = 16
"""Of the content's SHA-256, in hexadecimal; enough that no two contents meet."""
MOST_TITLE, MOST_NOTE, MOST_AUTHOR = 300, 10_000, 200
MOST_BYTES = 64_000_000


@dataclass(frozen=True, kw_only=True)
class StoredShare:
    """One share as the store holds it."""

    share: str
    """Its id, by which its address names it."""
    page: str
    title: str
    note: str | None
    author: str | None
    created_at: datetime
    content: bytes
    sha256: str


def share_id(content: bytes) -> str:
    """Return the id of a content: the beginning of its hash."""
    return hashlib.sha256(content).hexdigest()[:LETTERS]


def keep_share(
    store: Store, content: bytes, *, page: str, title: str, note: str | None = None, author: str | None = None
) -> tuple[str, bool]:
    """Keep a view; return its id, and whether it is new: what is kept already stays, with its title and its note.

    Raises BadInput for a title that is empty or too long, and for more than 64 MB.
    """
    title, note, author = _named(title), _short("note", note, MOST_NOTE), _short("author", author, MOST_AUTHOR)
    if len(content) > MOST_BYTES:
        raise BadInput(
            f"The view is {len(content) / 1e6:,.0f} MB, and at most {MOST_BYTES / 1e6:,.0f} MB are kept.",
            "Share fewer runs or one problem, or export the runs instead.",
        )
    share = share_id(content)
    with store.write() as cursor:
        known = first_row(cursor, "select revoked_at from shares where share_id = ?", [share])
        if known and known[0] is None:
            return share, False
        cursor.execute("delete from shares where share_id = ?", [share])
        now = datetime.now(UTC).replace(tzinfo=None)
        cursor.execute(
            "insert into shares values (?, ?, ?, ?, ?, ?, ?, null)",
            [share, page, title, note, author, now, gzip.compress(content)],
        )
    return share, True


def shares(store: Store) -> pd.DataFrame:
    """Return one row a share, the newest first: share, page, title, note, author, created_at, bytes."""
    return store.read(
        """
        select share_id as share, page, title, note, author, created_at, octet_length(content) as bytes
        from shares where revoked_at is null order by created_at desc, share_id
        """
    )


def share(store: Store, share: str) -> StoredShare:
    """Return one share. Raises NotFound where there is none, or no longer; BadInput where its content was altered."""
    rows = store.rows(
        "select page, title, note, author, created_at, content, revoked_at from shares where share_id = ?", [share]
    )
    if not rows:
        raise NotFound(f"The store holds no share {share}.", "`python -m backend shares` lists the shares there are.")
    page, title, note, author, created_at, content, revoked_at = rows[0]
    if revoked_at is not None:
        raise NotFound(
            f"The share {share} was revoked on {revoked_at:%Y-%m-%d}.", "Ask whoever shared it for another link."
        )
    content = gzip.decompress(content)
    digest = hashlib.sha256(content).hexdigest()
    if digest[:LETTERS] != share:
        raise BadInput(f"The content of the share {share} is not what was shared.", "Revoke it and share anew.")
    return StoredShare(
        share=share, page=page, title=title, note=note, author=author, created_at=created_at, content=content,
        sha256=digest,
    )  # fmt: skip


def author_of(store: Store, share: str) -> str | None:
    """Return who shared a view; None where nobody is named, or there is no such share."""
    rows = store.rows("select author from shares where share_id = ? and revoked_at is null", [share])
    return None if not rows or rows[0][0] is None else str(rows[0][0])


def rename_share(store: Store, share: str, title: str) -> None:
    """Give a share another title; its content and its address stay."""
    title = _named(title)
    with store.write() as cursor:
        _change(cursor, "update shares set title = ? where share_id = ? and revoked_at is null", title, share)


def revoke_share(store: Store, share: str) -> None:
    """Take a share back: its content goes, and its address says so."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.write() as cursor:
        _change(
            cursor,
            "update shares set revoked_at = ?, content = null, note = null where share_id = ? and revoked_at is null",
            now,
            share,
        )


def _change(cursor: duckdb.DuckDBPyConnection, sql: str, value: object, share: str) -> None:
    if not cursor.execute(f"{sql} returning share_id", [value, share]).fetchall():
        raise NotFound(f"The store holds no share {share}.", "`python -m backend shares` lists the shares there are.")


def _named(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise BadInput("A share needs a title.", "Type at least one character.")
    return _short("title", title, MOST_TITLE) or title


def _short(what: str, text: str | None, most: int) -> str | None:
    """A text as it is kept, None for an empty one. Raises BadInput for one that is too long."""
    text = (text or "").strip()
    if len(text) > most:
        raise BadInput(f"The {what} has {len(text):,} characters.", f"Shorten it to {most:,}.")
    return text or None
