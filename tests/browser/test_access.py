"""Who is let in, walked in a browser: a real identity provider, a real reverse proxy, what listens where."""

import base64
import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from backend.sampling.engine import free_port
from tests.browser.conftest import ROOT, OpenPage, serving, settle
from tests.browser.forwarder import forwarding
from tests.browser.identity_provider import CLIENT, SECRET, Provider, providing

pytestmark = pytest.mark.browser
EVERYWHERE = "0.0.0.0"  # noqa: S104 — that is what is tried
ROLES = """
[roles]
curator = ["ada@example.org", "group:reasoning"]
viewer = ["@example.org"]
"""
SIGN_IN = f"""
sign_in = "oidc"
{ROLES}
"""
BY_PROXY = """
sign_in = "proxy"
{roles}
[proxy]
addresses = ["{proxy}"]
user_header = "X-Forwarded-Email"
"""
SECRETS = """
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "a cookie secret of this test, long enough"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, filled_database: Path) -> Path:
    """A store of these tests' own."""
    return Path(shutil.copy(filled_database, tmp_path_factory.mktemp("access") / "boundary.duckdb"))


def access_file(folder: Path, said: str) -> str:
    path = folder / "access.toml"
    path.write_text(said)
    return str(path)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


@pytest.fixture(scope="module")
def app(database: Path, provider: Provider) -> Iterator[str]:
    """The app with sign-in by the provider."""
    port = free_port()
    secrets = database.with_name("secrets.toml")
    here = f"http://127.0.0.1:{port}"
    secrets.write_text(SECRETS.format(app=here, client=CLIENT, secret=SECRET, provider=provider.url))
    said = {"BOUNDARY_ACCESS": access_file(database.parent, SIGN_IN), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    with serving(database, "--secrets.files", str(secrets), port=port, **said) as address:
        yield address


def sign_in(page: Page, email: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=email]").fill(email)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("[data-testid=stMain] [data-testid=stElementContainer]")
    settle(page)


def test_signing_in_and_out_by_an_identity_provider(app: str, provider: Provider, visit: OpenPage) -> None:
    page = visit(f"{app}/library?view=import")
    expect(page.get_by_text("Nobody is signed in")).to_be_visible()
    expect(page.get_by_text("sum-00")).to_have_count(0)
    expect(page.get_by_test_id("stFileUploader")).to_have_count(0)
    sign_in(page, "ada@example.org")
    expect(page.get_by_text("· curator")).to_be_visible()
    assert {"/authorize", "/approve", "/token", "/jwks"} <= set(provider.seen)
    page.goto(f"{app}/library?view=import")
    settle(page)
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_whoever_signs_in_arrives_at_the_link_that_brought_them(app: str, provider: Provider, visit: OpenPage) -> None:
    page = visit(f"{app}/curves?run=rlvr&run=base&metric=pass_hat_k&zoom=%C3%A9%26x")
    asked = page.url
    sign_in(page, "vic@example.org")
    expect(page.get_by_text("· viewer")).to_be_visible()
    assert page.url.startswith(f"{app}/curves?")
    assert "metric=pass_hat_k" in page.url
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert not [one for one in page.context.cookies() if one["name"] == "boundary_wanted"], "it is kept no longer"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    settle(page)
    provider.claims = {"email_verified": False}
    try:
        page.goto(asked)
        sign_in(page, "vic@example.org")
        assert page.url == asked, "who is not let in keeps the link, to sign in as somebody else"
    finally:
        provider.claims = {}


@pytest.mark.parametrize(
    "planted", ["//evil.example/x", "/\\evil.example", "https://evil.example/", "/auth/logout", "/x\r\nSet-Cookie: a=b"]
)
def test_a_planted_address_is_not_returned_to(app: str, visit: OpenPage, planted: str) -> None:
    page = visit(app)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=email]").fill("vic@example.org")
    cookie = base64.urlsafe_b64encode(planted.encode()).decode()
    page.context.add_cookies([{"name": "boundary_wanted", "value": cookie, "url": app}])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("[data-testid=stMain] [data-testid=stElementContainer]")
    settle(page)
    expect(page.get_by_text("· viewer")).to_be_visible()
    assert urlsplit(page.url)[:3] == urlsplit(f"{app}/")[:3]


def test_a_viewer_sees_and_may_not_change(app: str, visit: OpenPage) -> None:
    page = visit(app)
    sign_in(page, "vic@example.org")
    expect(page.get_by_text("· viewer")).to_be_visible()
    page.goto(f"{app}/library?view=import")
    settle(page)
    expect(page.get_by_text("may not import")).to_be_visible()
    expect(page.get_by_test_id("stFileUploader")).to_have_count(0)


def test_whoever_has_no_role_is_told_so(app: str, visit: OpenPage) -> None:
    page = visit(app)
    sign_in(page, "eve@elsewhere.org")
    expect(page.get_by_text("is signed in, but has no role here")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)


def test_groups_that_the_provider_tells_give_roles(app: str, provider: Provider, visit: OpenPage) -> None:
    provider.claims = {"groups": ["staff", "reasoning"]}
    try:
        page = visit(app)
        sign_in(page, "gil@elsewhere.org")
        expect(page.get_by_text("· curator")).to_be_visible()
    finally:
        provider.claims = {}


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"nonce": "another"}, {"aud": "another"}, {"exp": 1}, None]
)
def test_identities_that_are_not_proven_let_nobody_in(
    app: str, provider: Provider, visit: OpenPage, claims: dict[str, object] | None
) -> None:
    provider.claims, provider.signs_with_strange_key = claims or {}, claims is None
    try:
        page = visit(app)
        sign_in(page, "ada@example.org")
        expect(page.get_by_text("Nobody is signed in")).to_be_visible()
        expect(page.get_by_text("curator")).to_have_count(0)
    finally:
        provider.claims, provider.signs_with_strange_key = {}, False


def test_strangers_may_not_upload_files(app: str) -> None:
    request = urllib.request.Request(f"{app}/_stcore/upload_file/any/any", data=b"x" * 1000, method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    assert b"Only curators" in refused.value.read()
    refused.value.close()


def test_a_proxys_header_says_who_is_there_and_nobody_elses_does(
    database: Path, tmp_path: Path, visit: OpenPage
) -> None:
    own = Path(shutil.copy(database, tmp_path / "own.duckdb"))
    port = free_port()
    trusted = access_file(tmp_path, BY_PROXY.format(roles=ROLES, proxy="127.0.0.1"))
    with serving(own, port=port, BOUNDARY_ACCESS=trusted) as address:
        for email, role in (("ada@example.org", "curator"), ("vic@example.org", "viewer")):
            with forwarding(port, f"X-Forwarded-Email: {email}", "X-Forwarded-For: 203.0.113.7") as front:
                page = visit(f"http://127.0.0.1:{front}/library?view=import")
                expect(page.get_by_text(f"· {role}")).to_be_visible()
                expect(page.get_by_test_id("stFileUploader")).to_have_count(1 if role == "curator" else 0)
        expect(visit(address).get_by_text("reached past it")).to_be_visible()
    trusted = access_file(tmp_path, BY_PROXY.format(roles=ROLES, proxy="10.9.8.7"))
    with (
        serving(own, port=port, BOUNDARY_ACCESS=trusted),
        forwarding(port, "X-Forwarded-Email: ada@example.org", "X-Forwarded-For: 10.9.8.7:443") as front,
    ):
        expect(visit(f"http://127.0.0.1:{front}").get_by_text("Nobody is signed in")).to_be_visible()


def listening(process: int) -> set[str]:
    """The addresses on which a process listens, as the kernel knows them."""
    inodes = {link.readlink().name for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in inodes:
                found.add(cells[1])
    return found


def test_the_default_start_listens_on_this_machine_alone(database: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(database, tmp_path / "own.duckdb"))
    with serving(own) as address:
        port = int(address.rpartition(":")[2])
        note = json.loads(own.with_name("own.duckdb.app.json").read_text())
        assert listening(note["pid"]) == {f"0100007F:{port:04X}"}
        others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None)} - {
            "127.0.0.1",
            "127.0.1.1",
            "::1",
        }
        for other in others:
            with pytest.raises(OSError):  # noqa: PT011 — refused or unreachable, by whichever name
                socket.create_connection((str(other), port), timeout=2).close()
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost@evil.example"):
            request = urllib.request.Request(address, headers={"Host": host})
            with pytest.raises(urllib.error.HTTPError, match="421"):
                urllib.request.urlopen(request).close()


@pytest.mark.parametrize("where", [EVERYWHERE, "", "::"])
def test_an_open_start_on_another_address_is_refused(tmp_path: Path, where: str) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port())]
    done = subprocess.run(
        [*command, "--server.address", where], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "BOUNDARY_ACCESS" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.app.json"))


def test_serving_others_for_reading_only_lets_nobody_change_anything(
    database: Path, tmp_path: Path, visit: OpenPage
) -> None:
    own = Path(shutil.copy(database, tmp_path / "own.duckdb"))
    with serving(own, "--server.address", EVERYWHERE, BOUNDARY_READ_ONLY="1") as address:
        page = visit(f"{address}/library?view=import")
        expect(page.get_by_text("nothing can be changed here")).to_be_visible()
        expect(page.get_by_test_id("stFileUploader")).to_have_count(0)
        done = subprocess.run(
            [sys.executable, "-m", "backend", "--database", str(own), "delete", "base", "--yes"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert "started for reading only" in done.stderr
