"""The app's HTTP interface: health, import, and the commands that the command line hands over or a program asks."""

import asyncio
import hmac
import json
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.access.door import MOST_COMMAND_BYTES, peers_of
from backend.access.roles import STRANGER, Role, Visitor, Way, of_this_machine, turned_away
from backend.access.rules import of_headers, rules
from backend.access.starting import is_loopback
from backend.background import Tell, Work, works_of
from backend.commands import COMMANDS, perform
from backend.commands.gate import Deed, refusal, require_admitted
from backend.commands.plain import report_in_plain
from backend.config import settings
from backend.errors import AppError, BadInput, Cancelled, Forbidden, NotFound, StoreBusy
from backend.handover import error_in_plain, leave_note, note_path, read_note
from backend.importers import import_file
from backend.jobs.runner import jobs_of
from backend.store.database import Store, open_store
from backend.store.tokens import known_token

log = logging.getLogger(__name__)

STATUS = {Forbidden: 403, NotFound: 404, StoreBusy: 409, Cancelled: 409}
UNKNOWN = "The request has no valid token.", "Send one as `Authorization: Bearer …`; `token create` makes one."
HUNG_UP_SECONDS = 0.2
"""How often to look whether the one who asked is still there."""
Handler = Callable[[Request, Visitor], Awaitable[Response]]


def lifespan(address: str | None, port: int) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Return what the server does around its life: open the store and leave word where it can be reached."""

    url = f"http://{_reachable(address)}:{port}"

    @asynccontextmanager
    async def around(_: Any) -> AsyncIterator[dict[str, Any]]:
        database = settings().database
        try:
            _store()
            leave_note(database, url)
        except AppError as error:
            log.warning("%s", error)
        yield {}
        works_of(database).cancel_all()
        await asyncio.to_thread(jobs_of(database).interrupt)
        note = read_note(database)
        if note and note.url == url:
            note_path(database).unlink(missing_ok=True)

    return around


def _reachable(address: str | None) -> str:
    """Return the address under which this machine itself reaches a server that listens there, as in a URL."""
    if address in (None, "", "0.0.0.0", "::"):  # noqa: S104 — these mean every address, loopback among them
        return "127.0.0.1"
    return f"[{address}]" if ":" in str(address) else str(address)


def _store() -> Store:
    return open_store(settings().database, read_only=settings().read_only)


def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Find out who asks, turn strangers away, and turn errors of ours into sentences with a status."""

    @wraps(handler)
    async def guard(request: Request) -> Response:
        try:
            by = await asyncio.to_thread(who_asks, request)
            if by.role is Role.NONE:
                message, hint = turned_away(by) if by.name else UNKNOWN
                return _refused(BadInput(message, hint), 403 if by.name else 401)
            return await handler(request, by)
        except AppError as error:
            return _refused(error, STATUS.get(type(error), 400))

    return guard


def _refused(error: AppError, status: int) -> Response:
    return JSONResponse({"error": error_in_plain(error)}, status_code=status)


def who_asks(request: Request) -> Visitor:
    """Return who asks: by the note's token the command line here, by a token a program, by a header a proxy's visitor.

    A token that is shown and not known is nobody's, whatever else the request says.
    """
    shown = request.headers.getlist("authorization")
    if shown:
        kind, _, said = shown[0].partition(" ")
        return _of_token(request, said.strip()) if kind.lower() == "bearer" and len(shown) == 1 else STRANGER
    known = rules()
    if known.sign_in != "proxy":
        return STRANGER
    groups = request.headers.getlist(known.groups_header) if known.groups_header else []
    return of_headers(known, request.headers.getlist(known.user_header), groups)


def _of_token(request: Request, said: str) -> Visitor:
    note = read_note(settings().database)
    own_address = (request.scope.get("server") or ("",))[0]
    here = all(is_loopback(peer) or peer == own_address for peer in peers_of(request.scope) or ("",))
    if here and note is not None and hmac.compare_digest(said.encode(), note.token.encode()):
        return of_this_machine()
    own = settings().token
    if own and hmac.compare_digest(said.encode(), own.encode()):
        return Visitor(name="token BOUNDARY_TOKEN", role=Role.CURATOR, way=Way.TOKEN)
    token = known_token(_store(), said)
    if token is None:
        return STRANGER
    return Visitor(name=f"token {token.name}", role=Role[token.role.upper()], way=Way.TOKEN)


async def health(_: Request) -> Response:
    """Say that the server is up and whether it holds the store; anyone may ask, and learns nothing else."""
    try:
        _store()
        return JSONResponse({"status": "ok"})
    except AppError:
        return JSONResponse({"status": "no store"}, status_code=503)


async def _finished(request: Request, work: Work) -> Any:
    """Wait for a long work and return its answer; whoever hangs up has it cancelled."""
    future = asyncio.wrap_future(work.future())
    while not future.done():
        await asyncio.wait({future}, timeout=HUNG_UP_SECONDS)
        if not future.done() and await request.is_disconnected():
            work.cancel()
    return work.answer()


@guarded
async def import_(request: Request, by: Visitor) -> Response:
    """Import the request's body; the query names the file and what is the same for all its rows."""
    require_admitted("import", COMMANDS["import"], by)
    query = request.query_params
    name = Path(query.get("file_name") or "upload").name or "upload"
    with tempfile.TemporaryDirectory(prefix="boundary-import-") as folder:
        path = Path(folder) / "upload"
        await _received(request, path)
        strict = query.get("strict", "").lower() in ("1", "true")

        def do(tell: Tell) -> Any:
            with Deed(_store(), "import", COMMANDS["import"], {"paths": [name]}, by) as deed:
                report = import_file(
                    _store(), path, file_name=name, strict=strict, benchmark=query.get("benchmark"),
                    model=query.get("model"), training=query.get("training"), run=query.get("run"),
                    progress=lambda done, size, rows: tell(name, done, size, rows),
                )  # fmt: skip
                deed.answer = {"imports": [report_in_plain(report)]}
            return deed.answer

        work = works_of(settings().database).begin("import", f"Import of {name}", do, unit="bytes")
        return JSONResponse(await _finished(request, work))


async def _received(request: Request, path: Path) -> None:
    """Write the body to a file. Raises BadInput once it is larger than what is taken."""
    most, size = settings().most_upload_bytes, 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise BadInput(
                    f"The body has more than {most:,} bytes.", "Send it in parts, or raise BOUNDARY_MOST_UPLOAD_MB."
                )
            await asyncio.to_thread(file.write, part)


async def _body(request: Request) -> bytes:
    """Return the body of a command. Raises BadInput where it is longer than any command needs."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_COMMAND_BYTES:
            raise BadInput(f"The body has more than {MOST_COMMAND_BYTES:,} bytes.", "Send the arguments alone.")
    return body


@guarded
async def command(request: Request, by: Visitor) -> Response:
    """Run one command with the arguments in the request's body, a JSON object."""
    name = request.path_params["name"]
    if name not in COMMANDS:
        raise NotFound(f"There is no command {name}.", f"There are {', '.join(COMMANDS)}.")
    try:
        arguments = json.loads(await _body(request) or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The body is not JSON: {error}.", "Send one JSON object of arguments.") from error
    if not isinstance(arguments, dict):
        raise BadInput("The body is no JSON object.", "Send one JSON object of arguments.")
    try:
        answer = await _answer(request, name, arguments, by)
    except TypeError as error:
        raise BadInput(
            f"The arguments do not fit {name}: {error}.", "`python -m backend --help` tells them."
        ) from error
    return JSONResponse({"answer": answer})


async def _answer(request: Request, name: str, arguments: dict[str, Any], by: Visitor) -> Any:
    """Run a command: a long one in the queue, where the pages show it, any other at once."""
    command = COMMANDS[name]
    if command.title is None or refusal(name, command, by):
        return await asyncio.to_thread(perform, name, _store(), arguments, by)

    def do(tell: Tell) -> Any:
        return perform(name, _store(), arguments, by, tell)

    title = command.title(**arguments)
    work = works_of(settings().database).begin(
        name, title, do, unit=command.unit, about=str(arguments.get("run") or ""), changes=command.writes
    )
    return await _finished(request, work)


routes = [
    Route("/api/health", health),
    Route("/api/import", import_, methods=["POST"]),
    Route("/api/commands/{name}", command, methods=["POST"]),
]
