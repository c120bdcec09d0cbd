"""The real HTTP interface behind the real door, on loopback, with an access file of its own."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.handover import read_note
from backend.importers import import_file
from backend.sampling.engine import free_port
from backend.store import tokens
from backend.store.database import open_store
from tests.conftest import drawn, write_rows

ROOT = Path(__file__).resolve().parents[3]
SERVER = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from backend.access.door import Door
from backend.access.rules import rules
from backend.api import lifespan, routes
port = int(sys.argv[1])
app = Starlette(routes=routes, lifespan=lifespan("127.0.0.1", port),
                middleware=[Middleware(Door, rules=rules(), address="127.0.0.1")])
uvicorn.run(app, host="127.0.0.1", port=port)
"""
ACCESS = """
sign_in = "proxy"
public_url = "https://boundary.example.org"
default_role = "none"

[roles]
curator = ["ada@example.org", "group:reasoning"]
sampler = ["sam@example.org"]
viewer = ["@example.org"]

[proxy]
addresses = ["{proxy}"]
user_header = "X-Forwarded-Email"
groups_header = "X-Forwarded-Groups"
"""
PEOPLE = {"viewer": "vic@example.org", "sampler": "sam@example.org", "curator": "ada@example.org"}
Reply = tuple[int, Any]


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    database: Path
    tokens: Mapping[str, str]
    """A token of each role."""

    def ask(
        self,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        method: str = "POST",
    ) -> Reply:
        """Ask as these headers say; return status and what the answer says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        listed = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        try:
            connection.putrequest(method, path, skip_host=any(name.lower() == "host" for name, _ in listed))
            if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in listed):
                connection.putheader("Content-Length", str(len(data)))
            for name, value in listed:
                connection.putheader(name, value.encode("latin-1"))
            with suppress(BrokenPipeError, ConnectionResetError):  # an answer may come before all is sent
                connection.endheaders(data)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        is_json = (answer.getheader("content-type") or "").startswith("application/json")
        return answer.status, json.loads(said) if is_json else said.decode()

    def command(self, name: str, body: Any = None, **headers: str) -> Reply:
        """Run a command; `token` and `user` say as whom."""
        sent = [("Authorization", f"Bearer {headers['token']}")] if "token" in headers else []
        sent += [("X-Forwarded-Email", headers["user"])] if "user" in headers else []
        return self.ask(f"/api/commands/{name}", body, sent)

    @property
    def note_token(self) -> str:
        """The token by which the command line of this machine is known."""
        note = read_note(self.database)
        assert note
        return note.token


@contextmanager
def served(folder: Path, *, proxy: str | None = "127.0.0.1", **environment: str) -> Iterator[Server]:
    """Serve a store with one run and a token of each role."""
    database = folder / "boundary.duckdb"
    store = open_store(database)
    rows = drawn("p", [True, False], benchmark="sums", model="m", run="base", reference_answer="7")
    import_file(store, write_rows(folder / "base.jsonl", rows))
    made = {role: tokens.make_token(store, role, role, created_by="test", days=9)[1] for role in PEOPLE}
    store.close()
    said = {"BOUNDARY_DATABASE": str(database), "BOUNDARY_IMPORT_FOLDERS": str(folder), **environment}
    if proxy:
        (folder / "access.toml").write_text(ACCESS.format(proxy=proxy))
        said["BOUNDARY_ACCESS"] = str(folder / "access.toml")
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, **said}) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if "Uvicorn running" in line:
                break
        try:
            yield Server(port, database, made)
        finally:
            server.terminate()
            server.stderr.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Behind a proxy on loopback that is trusted."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "vllm").mkdir()
    (folder / "vllm" / "made").touch()  # so that nobody who may install it does
    with served(folder, BOUNDARY_VLLM=str(folder / "vllm")) as running:
        yield running
