"""The door of the server, before any route: refuses foreign hosts and origins, bounds bodies, and lets nobody but a
trusted proxy say who is asking."""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from backend.access.admission import may_upload
from backend.access.rules import Rules, forwarding_peers
from backend.access.starting import is_loopback
from backend.config import settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MOST_COMMAND_BYTES = 1_000_000
UPLOADS = "/_stcore/upload_file/"
HARDENING: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
]


class Door:
    """Stands before the whole server, as ASGI middleware."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, rules: Rules, address: str | None
    ) -> None:
        self._app = app
        self._rules = rules
        self._is_open = rules.sign_in is None and not settings().read_only
        self._hosts = known_hosts(rules, address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 — as ASGI has it
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if (refused := self._refusal(scope)) is not None:
            await _refuse(scope, receive, send, *refused)
            return
        scope["headers"] = trusted_headers(self._rules, scope)
        await self._app(scope, receive, _hardened(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Say why a request is not let in, with a status; None where it is."""
        headers: Headers = scope["headers"]
        host = _only(headers, b"host")
        if self._is_open and not is_loopback(str((scope.get("server") or ("127.0.0.1", 0))[0])):
            return 403, "This server lets everyone in and so answers this machine alone. docs/security.md tells more."
        if host is None or not is_known_host(host, self._hosts):
            return 421, "This server does not answer under that name. Name it as public_url in its access file."
        unsafe = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if unsafe and not _is_own_page(headers, host, self._rules.public_host):
            return 403, "The request comes from a page of another site."
        return _too_large(scope) or _stray_upload(scope)


def known_hosts(rules: Rules, address: str | None) -> frozenset[str]:
    """Return the names under which the server answers; on loopback only those of this machine itself."""
    own = (
        {"localhost"} if is_loopback(address) else {"localhost", address or "", socket.gethostname(), socket.getfqdn()}
    )
    public = {_hostname(rules.public_host)} if rules.public_host else set()
    return frozenset({name.lower() for name in own | public} - {""})


def _hostname(host: str) -> str:
    """Return the name in a Host header, in small letters; empty where there is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return ""
    plain = not (parts.username or parts.password or parts.path or parts.query or parts.fragment)
    return (parts.hostname or "").rstrip(".") if plain else ""


def is_known_host(host: str, known: frozenset[str]) -> bool:
    """Tell whether a Host header names this server.

    A page of a foreign name that resolves to this server's address (DNS rebinding) bears that foreign name; an address
    in figures cannot be made to resolve elsewhere, so it is always known.
    """
    name = _hostname(host)
    if name in known:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_own_page(headers: Headers, host: str, public_host: str | None) -> bool:
    """Tell whether a request that may change something comes from a page of ours, or from no page at all."""
    if _only(headers, b"sec-fetch-site") in ("cross-site", "same-site"):
        return False
    origins = _all(headers, b"origin")
    if not origins:
        return True
    own = {host.lower(), *([public_host] if public_host else [])}
    return len(origins) == 1 and urlsplit(origins[0]).netloc.lower() in own


def _too_large(scope: Scope) -> tuple[int, str] | None:
    path = str(scope["path"])
    if scope["type"] != "http" or "/api/" not in path:
        return None
    most = settings().most_upload_bytes if path.endswith("/api/import") else MOST_COMMAND_BYTES
    said = _only(scope["headers"], b"content-length") or "0"
    if said.isdecimal() and int(said) <= most:
        return None
    return 413, f"The body may have at most {most:,} bytes."


def _stray_upload(scope: Scope) -> tuple[int, str] | None:
    """Refuse to take files from the page of somebody who may not import any."""
    _, is_upload, after = str(scope["path"]).partition(UPLOADS)
    if not is_upload or scope["type"] != "http" or scope["method"] in SAFE_METHODS:
        return None
    return None if may_upload(after.partition("/")[0]) else (403, "Only curators may upload files.")


def trusted_headers(rules: Rules, scope: Scope) -> Headers:
    """Return a request's headers, those that say who is asking only where a trusted proxy set them."""
    headers: Headers = scope["headers"]
    if not rules.user_header or is_trusted_proxy(rules, scope):
        return headers
    said = {rules.user_header.encode(), rules.groups_header.encode()}
    return [(name, value) for name, value in headers if name.lower() not in said]


def is_trusted_proxy(rules: Rules, scope: Scope) -> bool:
    """Tell whether a request comes straight from a proxy that the access file names."""
    peers = peers_of(scope)
    return bool(peers) and all(_is_in(peer, rules.proxies) for peer in peers)


def peers_of(scope: Scope) -> tuple[str, ...]:
    """Return the address that a request comes from, or those of which it is one.

    uvicorn puts what X-Forwarded-For says in the peer's place, where the peer is one of those whose word it takes
    (loopback, unless FORWARDED_ALLOW_IPS names others). So wherever the address stands in that header, the peer is one
    of them, and not whom the header names.
    """
    client = scope.get("client")
    if not client:
        return ()
    forwarded = ", ".join(_all(scope["headers"], b"x-forwarded-for"))
    return forwarding_peers() if forwarded and (client[0] in forwarded or client[1] == 0) else (str(client[0]),)


def _is_in(peer: str, networks: Iterable[Any]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def _all(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for said, value in headers if said.lower() == name]


def _only(headers: Headers, name: bytes) -> str | None:
    """Return a header's value; None where it is missing or comes twice."""
    values = _all(headers, name)
    return values[0] if len(values) == 1 else None


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why[:120]})
        return
    body = why.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


def _hardened(send: Send) -> Send:
    """Add to every answer what keeps browsers from guessing types, telling where a reader was, and being framed."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", [])}
            added = [(name, value) for name, value in HARDENING if name not in known]
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return sent
