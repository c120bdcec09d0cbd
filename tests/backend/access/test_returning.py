"""Where whoever signs in arrives, asked as the server asks it."""

import asyncio
import base64
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access.returning import COOKIE, MOST_LETTERS, Returning, kept, own_address
from backend.access.rules import Rules

OIDC = Rules(sign_in="oidc", public_host="boundary.example.org")


def answered(path: str, rules: Rules = OIDC, location: str = "/", **headers: str) -> dict[str, list[str]]:
    """The headers of the answer to a request, where Streamlit leads to a location."""
    sent: list[MutableMapping[str, Any]] = []
    given = [(b"host", b"127.0.0.1:8501"), *((name.encode(), value.encode()) for name, value in headers.items())]

    async def inside(_: Any, __: Any, send: Any) -> None:
        found = [(b"location", location.encode()), (b"set-cookie", b"_streamlit_user=x")]
        await send({"type": "http.response.start", "status": 302, "headers": found})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Returning(inside, rules=rules)({"type": "http", "path": path, "headers": given}, receive, send))
    found: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return found


def cookie(address: str) -> str:
    return f"other=1; {COOKIE}={base64.urlsafe_b64encode(address.encode()).decode()}"


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "boundary.example.org"])
def test_the_page_is_kept_through_the_provider_and_returned_to(host: str) -> None:
    begun = answered(
        "/auth/login", location="https://provider.example/", referer=f"http://{host}/curves?run=a&run=b%26"
    )
    said = begun["set-cookie"][-1]
    assert "HttpOnly; SameSite=Lax" in said
    done = answered("/oauth2callback", cookie=said.partition(";")[0])
    assert done["location"] == ["/curves?run=a&run=b%26"]
    assert done["set-cookie"] == ["_streamlit_user=x", f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]


@pytest.mark.parametrize(
    "referer",
    ["", "http://evil.example/curves", "http://127.0.0.1:8501@evil.example/x", "ftp://127.0.0.1:8501/x", "//[", "x",
     "http://127.0.0.1:8501//evil.example", "http://127.0.0.1:8501/oauth2callback?code=1"],
)  # fmt: skip
def test_a_request_from_elsewhere_keeps_nothing_and_forgets_what_was_kept(referer: str) -> None:
    assert answered("/auth/login", referer=referer)["set-cookie"][-1].startswith(f"{COOKIE}=; Max-Age=0")


@pytest.mark.parametrize(
    "planted",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)", "evil", "",
     "/x\r\nSet-Cookie: a=b", "/x y", "/é", "/\t/evil.example", "/auth/logout", "/auth/login?provider=x",
     "/base/auth/logout", "/oauth2callback?x", "/x?" + MOST_LETTERS * "y", "/a\\b"],
)  # fmt: skip
def test_a_planted_address_leads_to_the_start_page(planted: str) -> None:
    assert answered("/oauth2callback", cookie=cookie(planted))["location"] == ["/"]


def test_what_is_no_cookie_of_ours_leads_to_the_start_page() -> None:
    for said in ("", f"{COOKIE}=%%%", f"{COOKIE}=w6k", f"{COOKIE}=", "=;;=", f"{COOKIE}=YQ=="):
        assert answered("/oauth2callback", cookie=said)["location"] == ["/"]


def test_only_the_start_page_is_replaced_and_only_where_people_sign_in_by_oidc() -> None:
    elsewhere = "https://provider.example/logout"
    assert answered("/oauth2callback", location=elsewhere, cookie=cookie("/curves"))["location"] == [elsewhere]
    assert answered("/curves", cookie=cookie("/tree"))["location"] == ["/"]
    assert answered("/oauth2callback", Rules(), cookie=cookie("/curves"))["location"] == ["/"]


@given(st.text())
def test_no_address_leads_to_another_host(text: str) -> None:
    for address in (text, f"/{text}"):
        found = own_address(address)
        assert found is None or (found[0] == "/" and found[1:2] not in ("/", "\\") and found.isascii())


@given(st.binary())
def test_no_cookie_breaks_the_sign_in(value: bytes) -> None:
    found = kept([(b"cookie", COOKIE.encode() + b"=" + value)])
    assert found is None or found == own_address(found)
