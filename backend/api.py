"""The app's HTTP interface: health, import, and the commands that the command line hands over."""

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

from backend.background import Tell, Work, works_of
from backend.commands import COMMANDS, Command, perform
from backend.commands.plain import report_in_plain
from backend.config import settings
from backend.errors import AppError, BadInput, Cancelled, NotFound, StoreBusy
from backend.handover import error_in_plain, leave_note, note_path, read_note
from backend.importers import import_file
from backend.jobs.runner import jobs_of
from backend.store.database import Store, open_store

log = logging.getLogger(__name__)

STATUS = {NotFound: 404, StoreBusy: 409, Cancelled: 409}
HUNG_UP_SECONDS = 0.2
"""How often to look whether the one who asked is still there."""
Handler = Callable[[Request], Awaitable[Response]]


def lifespan(address: str, port: int) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Return what the server does around its life: open the store and leave word where it can be reached."""

    @asynccontextmanager
    async def around(_: Any) -> AsyncIterator[dict[str, Any]]:
        database = settings().database
        try:
            _store()
            leave_note(database, f"http://{address}:{port}", settings().token)
        except AppError as error:
            log.warning("%s", error)
        yield {}
        works_of(database).cancel_all()
        await asyncio.to_thread(jobs_of(database).interrupt)
        note = read_note(database)
        if note and note.url == f"http://{address}:{port}":
            note_path(database).unlink(missing_ok=True)

    return around


def _store() -> Store:
    return open_store(settings().database)


def guarded(handler: Handler) -> Handler:
    """Let only holders of the token in, and turn errors of ours into sentences with a status."""

    @wraps(handler)
    async def guard(request: Request) -> Response:
        note = read_note(settings().database)
        said = request.headers.get("authorization", "").removeprefix("Bearer ")
        if note is None or not hmac.compare_digest(said.encode(), note.token.encode()):
            refusal = BadInput("The request has no valid token.", "Send the app's token as `Authorization: Bearer …`.")
            return JSONResponse({"error": error_in_plain(refusal)}, status_code=401)
        try:
            return await handler(request)
        except AppError as error:
            return JSONResponse({"error": error_in_plain(error)}, status_code=STATUS.get(type(error), 400))

    return guard


async def health(_: Request) -> Response:
    """Say that the server is up and whether it holds the store."""
    try:
        return JSONResponse({"status": "ok", "store_version": _store().version()})
    except AppError as error:
        return JSONResponse({"status": "no store", "error": error_in_plain(error)}, status_code=503)


async def _finished(request: Request, work: Work) -> Any:
    """Wait for a long work and return its answer; whoever hangs up has it cancelled."""
    future = asyncio.wrap_future(work.future())
    while not future.done():
        await asyncio.wait({future}, timeout=HUNG_UP_SECONDS)
        if not future.done() and await request.is_disconnected():
            work.cancel()
    return work.answer()


@guarded
async def import_(request: Request) -> Response:
    """Import the request's body; the query names the file and what is the same for all its rows."""
    query = request.query_params
    name = Path(query.get("file_name") or "upload").name
    with tempfile.TemporaryDirectory(prefix="boundary-import-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as file:
            async for part in request.stream():
                await asyncio.to_thread(file.write, part)

        def do(tell: Tell) -> Any:
            report = import_file(
                _store(),
                path,
                file_name=name,
                benchmark=query.get("benchmark"),
                model=query.get("model"),
                training=query.get("training"),
                run=query.get("run"),
                strict=query.get("strict", "").lower() in ("1", "true"),
                progress=lambda done, size, rows: tell(name, done, size, rows),
            )
            return {"imports": [report_in_plain(report)]}

        work = works_of(settings().database).begin("import", f"Import of {name}", do, unit="bytes")
        return JSONResponse(await _finished(request, work))


@guarded
async def command(request: Request) -> Response:
    """Run one command with the arguments in the request's body, a JSON object."""
    name = request.path_params["name"]
    if name not in COMMANDS:
        raise NotFound(f"There is no command {name}.", f"There are {', '.join(COMMANDS)}.")
    try:
        arguments = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise BadInput(f"The body is not JSON: {error}.", "Send one JSON object of arguments.") from error
    try:
        answer = await _answer(request, name, COMMANDS[name], arguments)
    except TypeError as error:
        raise BadInput(
            f"The arguments do not fit {name}: {error}.", "`python -m backend --help` tells them."
        ) from error
    return JSONResponse({"answer": answer})


async def _answer(request: Request, name: str, command: Command, arguments: dict[str, Any]) -> Any:
    """Run a command: a long one in the queue, where the pages show it, any other at once."""
    if command.title is None:
        return await asyncio.to_thread(perform, name, _store(), arguments)

    def do(tell: Tell) -> Any:
        return perform(name, _store(), arguments, tell)

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
