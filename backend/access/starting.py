"""Whether the server may start as it is told to: open to this machine alone, or with a sign-in, or for reading only."""

import ipaddress

from backend.access.rules import Rules
from backend.config import settings
from backend.errors import Forbidden


def is_loopback(address: str | None) -> bool:
    """Tell whether only this machine can reach a server that listens on this address; none named means all."""
    if address is None:
        return False
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def require_safe_start(address: str | None, rules: Rules, *, sign_in_works: bool, what_lacks: str = "") -> None:
    """Raise Forbidden where a server on this address would let anyone on the network change the store.

    sign_in_works: whether Streamlit knows the identity provider that the access file relies on; what_lacks: why not.
    """
    if rules.sign_in == "oidc" and not sign_in_works:
        raise Forbidden(
            f"The access file {settings().access} asks for sign-in by OIDC, and {what_lacks}.",
            "docs/security.md shows how sign-in is set up.",
        )
    if is_loopback(address) or rules.sign_in is not None or settings().read_only:
        return
    where = address or "every address of this machine"
    raise Forbidden(
        f"The app is told to listen on {where}, where anyone who reaches it could change or delete all data.",
        "Name an access file in BOUNDARY_ACCESS so that people sign in (docs/security.md), start with "
        "BOUNDARY_READ_ONLY=1 so that nobody can change anything, or listen on 127.0.0.1.",
    )
