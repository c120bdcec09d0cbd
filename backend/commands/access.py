"""Commands about who may do what: tokens, and the list of deeds."""

from backend.access.roles import Role
from backend.commands.plain import Plain, records
from backend.errors import BadInput
from backend.store import audit, tokens
from backend.store.database import Store

DEFAULT_DAYS = 90
GIVEN = (Role.VIEWER, Role.SAMPLER, Role.CURATOR)


def token_create(
    store: Store, name: str, *, role: str = "viewer", days: int | None = DEFAULT_DAYS, created_by: str = "local"
) -> dict[str, Plain]:
    """Make a token for a program; it is told once, here, and kept as a hash. `days` None makes it last."""
    words = [given.word for given in GIVEN]
    if role not in words:
        raise BadInput(f"There is no role {role} for a token.", f"Name one of {', '.join(words)}.")
    key, token = tokens.make_token(store, name, role, created_by=created_by, days=days)
    return {"token": key, "name": name, "role": role, "days": days, "secret": token}


def token_list(store: Store) -> list[dict[str, Plain]]:
    """List the tokens, the newest first, those that have ended too."""
    return records(tokens.tokens(store))


def token_revoke(store: Store, token: str) -> dict[str, Plain]:
    """Take a token back, by its id or its name."""
    return {"revoked": tokens.revoke_token(store, token)}


def audit_list(store: Store, *, limit: int = 100, offset: int = 0) -> dict[str, Plain]:
    """List who did what, the newest first."""
    if limit < 1 or offset < 0:
        raise BadInput(f"limit is {limit} and offset {offset}.", "limit must be 1 or more, offset 0 or more.")
    return {"total": audit.deed_count(store), "deeds": records(audit.deeds(store, limit=limit, offset=offset))}
