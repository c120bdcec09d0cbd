"""What the door lets in, asked as the server asks it."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from backend.access import admission
from backend.access.door import Door, peers_of
from backend.access.rules import Rules

Scope = dict[str, Any]


def scope(path: str = "/", method: str = "GET", kind: str = "http", **more: Any) -> Scope:
    headers = {"host": "127.0.0.1:8501", **more.pop("headers", {})}
    found = [(name.encode(), value.encode()) for name, value in headers.items() if value is not None]
    return {
        "type": kind, "path": path, "method": method, "headers": found, "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8501), **more,
    }  # fmt: skip


def status(asked: Scope, address: str | None = "127.0.0.1", rules: Rules | None = None) -> int:
    """What the door answers: 200 where it lets the request through."""
    sent: list[MutableMapping[str, Any]] = []

    async def inside(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Door(inside, rules=rules or Rules(), address=address)(asked, receive, send))
    return int(sent[0].get("status", sent[0].get("code", 0)))


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "LOCALHOST", "[::1]:8501", "localhost."])
def test_this_machines_own_names_are_known(host: str) -> None:
    assert status(scope(headers={"host": host})) == 200
    assert status(scope(kind="websocket", headers={"host": host, "origin": f"http://{host}"})) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost.evil.example", "a@localhost", "", None,
     "localhost:x", "localhost/x", "localhost?x", "localhost#x", "xn--lcalhost-x8a"],
)  # fmt: skip
def test_a_foreign_name_that_resolves_here_is_not(host: str | None) -> None:
    assert status(scope(headers={"host": host})) == 421
    assert status(scope(kind="websocket", headers={"host": host})) == 1008


def test_a_host_that_comes_twice_is_nobodys() -> None:
    asked = scope()
    asked["headers"].append((b"Host", b"localhost"))
    assert status(asked) == 421


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://evil.example", "null", "", "file://", "http://127.0.0.1:8502"]
)
@pytest.mark.parametrize(("kind", "method"), [("http", "POST"), ("http", "DELETE"), ("http", "PUT"), ("websocket", "")])
def test_pages_of_other_sites_change_nothing(origin: str, kind: str, method: str) -> None:
    refused = status(scope("/api/commands/runs", method, kind, headers={"origin": origin}))
    assert refused == (1008 if kind == "websocket" else 403)


def test_a_browser_that_says_it_comes_from_elsewhere_is_believed() -> None:
    for site, answer in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert status(scope("/api/commands/runs", "POST", headers={"sec-fetch-site": site})) == answer


def test_the_public_name_is_known_where_the_access_file_tells_it() -> None:
    rules = Rules(sign_in="oidc", public_host="boundary.example.org")
    told = {"host": "boundary.example.org", "origin": "https://boundary.example.org"}
    assert status(scope(kind="websocket", headers=told), rules=rules) == 200
    assert status(scope(kind="websocket", headers={**told, "host": "127.0.0.1"}), rules=rules) == 200
    assert status(scope(headers={"host": "other.example.org"}), rules=rules) == 421


def test_an_open_server_answers_nobody_who_reached_it_from_elsewhere() -> None:
    assert status(scope(server=("192.0.2.2", 8501)), address="127.0.0.1") == 403
    assert status(scope(server=("192.0.2.2", 8501)), address=None, rules=Rules(sign_in="oidc")) == 200


def test_files_are_taken_from_admitted_pages_alone() -> None:
    asked = scope("/_stcore/upload_file/one/file", "PUT")
    assert status(asked) == 403
    admission.admit("one", uploads=True)
    assert status(asked) == 200
    assert status(scope("/base/_stcore/upload_file/two/file", "PUT")) == 403
    assert status(scope("/_stcore/upload_file/one/file", "DELETE")) == 200
    admission.admit("one", uploads=False)
    assert status(asked) == 403


def test_so_many_pages_are_remembered_and_no_more() -> None:
    admission.admit("first", uploads=True)
    for number in range(admission.MOST_KEPT):
        admission.admit(f"page {number}", uploads=True)
    assert not admission.may_upload("first")
    assert admission.may_upload("page 0")


def test_where_a_header_may_have_replaced_the_peer_the_peer_is_not_whom_it_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert peers_of(scope(client=("10.0.0.2", 4000))) == ("10.0.0.2",)
    assert peers_of(scope(client=("10.0.0.2", 0), headers={"x-forwarded-for": "10.0.0.2"})) == ("127.0.0.1",)
    assert peers_of(scope(client=("10.0.0.2", 77), headers={"x-forwarded-for": "10.0.0.2:77"})) == ("127.0.0.1",)
    assert peers_of(scope(client=("10.0.0.2", 77), headers={"x-forwarded-for": "203.0.113.1"})) == ("10.0.0.2",)
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.2, 10.0.0.3")
    assert peers_of(scope(client=("1.2.3.4", 0), headers={"x-forwarded-for": "1.2.3.4"})) == ("10.0.0.2", "10.0.0.3")
    assert peers_of(scope(client=None)) == ()
