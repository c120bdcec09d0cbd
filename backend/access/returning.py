"""Brings whoever signs in by OIDC back to the address that they wanted, which Streamlit's own sign-in forgets.

Streamlit sends the browser from the page to `/auth/login`, on to the provider, to `/oauth2callback`, and then always to
the start page. The address of the page is what the browser names as referrer at the first step; a short-lived cookie
keeps it until the last. Both are the visitor's word, so only an address below this server's own is ever returned to.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from backend.access.rules import Rules

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
COOKIE, MOST_SECONDS, MOST_LETTERS = "boundary_wanted", 900, 2_500
LOGIN, CALLBACK = "/auth/login", "/oauth2callback"
_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""One slash, then visible ASCII without a backslash, which some browsers read as a slash."""


class Returning:
    """Stands before Streamlit's sign-in, as ASGI middleware."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 — as ASGI has it
        path = str(scope.get("path", ""))
        if self._rules.sign_in == "oidc" and scope["type"] == "http":
            if path.endswith(LOGIN):
                send = _adding(send, _cookie(wanted(scope["headers"], self._rules.public_host)))
            elif path.endswith(CALLBACK):
                send = _sent_back(send, kept(scope["headers"]))
        await self._app(scope, receive, send)


def wanted(headers: Headers, public_host: str | None) -> str | None:
    """Return the address of our own page that a request comes from, from its path on; None where it is no such page."""
    try:
        said = urlsplit(_value(headers, b"referer"))
    except ValueError:  # a bracket of no IPv6 address
        return None
    own = {_value(headers, b"host").lower(), *([public_host] if public_host else [])}
    if said.scheme not in ("http", "https") or said.netloc.lower() not in own:
        return None
    return own_address(f"{said.path or '/'}{'?' if said.query else ''}{said.query}")


def kept(headers: Headers) -> str | None:
    """Return the address that the cookie keeps; None where there is none, or it is not one of ours."""
    try:
        held = SimpleCookie(_value(headers, b"cookie")).get(COOKIE)
        return None if held is None else own_address(urlsafe_b64decode(held.value).decode("ascii"))
    except (CookieError, binascii.Error, ValueError):
        return None


def own_address(address: str) -> str | None:
    """Return an address if it can lead nowhere but to a page of this server, and is none of the sign-in itself."""
    if len(address) > MOST_LETTERS or not _ADDRESS.fullmatch(address):
        return None
    parts = urlsplit(address)
    is_sign_in = "/auth/" in parts.path or parts.path.endswith(CALLBACK)
    return None if parts.scheme or parts.netloc or is_sign_in else address


def _cookie(address: str | None) -> bytes:
    """The header that keeps an address, or, without one, forgets what was kept."""
    value = "" if address is None else urlsafe_b64encode(address.encode()).decode()
    seconds = 0 if address is None else MOST_SECONDS
    return f"{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax".encode()


def _adding(send: Send, cookie: bytes) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"set-cookie", cookie)]}
        await send(message)

    return sent


def _sent_back(send: Send, address: str | None) -> Send:
    """Put the address in the place of the start page, where the answer leads there; it is then kept no longer."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and address is not None:
            headers = message.get("headers", [])
            headers = [(name, _instead(value, address) if name == b"location" else value) for name, value in headers]
            message = {**message, "headers": headers}
        await send(message)

    return _adding(sent, _cookie(None))


def _instead(location: bytes, address: str) -> bytes:
    parts = urlsplit(location.decode("latin-1"))
    return location if parts.scheme or parts.netloc else address.encode()


def _value(headers: Headers, name: bytes) -> str:
    """Return a header's value; empty where it is missing or comes twice."""
    values = [value.decode("latin-1") for said, value in headers if said.lower() == name]
    return values[0] if len(values) == 1 else ""
