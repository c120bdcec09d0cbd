"""Tokens for programs: random, kept as hashes, with a role, an end, and a way to take them back."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from backend.errors import BadInput, NotFound
from backend.store.database import Store
from backend.store.migrations import first_row

PREFIX = "rbe_"
"""What a token begins with, so that it is known where it leaks."""
BYTES = 32
USED_SECONDS = 60
"""How exactly the last use is kept."""
MOST_NAME, MOST_DAYS = 100, 3_650


@dataclass(frozen=True, kw_only=True)
class KnownToken:
    """A token that is valid now."""

    token: str
    """Its id, which is no secret."""
    name: str
    role: str
    created_by: str


def make_token(store: Store, name: str, role: str, *, created_by: str, days: int | None) -> tuple[str, str]:
    """Make a token; return its id and the token itself, which is not kept. Raises BadInput for an odd name or time."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MOST_NAME:
        raise BadInput(f"The token's name has {len(name):,} characters.", f"Give it 1 to {MOST_NAME}.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadInput(f"The token is to end after {days:,} days.", f"Say 1 to {MOST_DAYS:,} days.")
    token, key = f"{PREFIX}{secrets.token_urlsafe(BYTES)}", secrets.token_hex(4)
    now = _now()
    ends = None if days is None else now + timedelta(days=days)
    with store.write() as cursor:
        if first_row(cursor, "select 1 from tokens where name = ? and revoked_at is null", [name]):
            raise BadInput(f"There is a token named {name} already.", "Revoke it, or choose another name.")
        cursor.execute(
            "insert into tokens values (?, ?, ?, ?, ?, ?, ?, null, null)",
            [key, name, _hash(token), role, created_by, now, ends],
        )
    return key, token


def known_token(store: Store, said: str) -> KnownToken | None:
    """Return the token that somebody shows, and take note of its use; None where it is unknown, ended or revoked."""
    rows = store.rows(
        "select token_id, name, role, created_by, last_used_at from tokens "
        "where hash = ? and revoked_at is null and (expires_at is null or expires_at > ?)",
        [_hash(said), _now()],
    )
    if not rows:
        return None
    key, name, role, created_by, last = rows[0]
    if last is None or _now() - last > timedelta(seconds=USED_SECONDS):
        store.note("update tokens set last_used_at = ? where token_id = ?", [_now(), key])
    return KnownToken(token=key, name=name, role=role, created_by=created_by)


def tokens(store: Store) -> pd.DataFrame:
    """Return one row a token, the newest first: token, name, role, created_by, created_at, expires_at, revoked_at,
    last_used_at; never the token itself, which nobody has."""
    return store.read(
        "select token_id as token, name, role, created_by, created_at, expires_at, revoked_at, last_used_at "
        "from tokens order by created_at desc, token_id"
    )


def revoke_token(store: Store, token: str) -> str:
    """Take a token back, by its id or its name; return its id. Raises NotFound where no valid one is called so."""
    with store.write() as cursor:
        found = cursor.execute(
            "update tokens set revoked_at = ? where (token_id = ? or name = ?) and revoked_at is null "
            "returning token_id",
            [_now(), token, token],
        ).fetchall()
    if not found:
        raise NotFound(
            f"There is no token {token} that could be revoked.", "`python -m backend token list` lists them."
        )
    return str(found[0][0])


def _hash(token: str) -> str:
    """A token's hash; one round of SHA-256 is enough for 256 random bits, which nobody can guess through."""
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
