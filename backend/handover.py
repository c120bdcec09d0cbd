"""How a command reaches the app that holds the store: a note beside the store's file says where the app listens."""

import json
import os
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from backend.errors import AppError, BadInput, Cancelled, EngineFailed, Forbidden, NotFound, StoreBusy

ERRORS = {kind.__name__: kind for kind in (BadInput, Cancelled, EngineFailed, Forbidden, NotFound, StoreBusy)}


@dataclass(frozen=True)
class Note:
    """Where the app that holds a store listens, and the token that lets commands in."""

    url: str
    token: str
    pid: int


def note_path(database: Path) -> Path:
    """Return where the note of a store's app stands."""
    return database.with_name(f"{database.name}.app.json")


def leave_note(database: Path, url: str, token: str | None = None) -> Note:
    """Write the note, readable by its owner alone."""
    note = Note(url, token or secrets.token_urlsafe(32), os.getpid())
    path = note_path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(note), file)
    return note


def read_note(database: Path) -> Note | None:
    """Return the note beside a store, or None."""
    try:
        return Note(**json.loads(note_path(database).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def error_in_plain(error: AppError) -> dict[str, Any]:
    """Return an error as plain data."""
    rejected = [{"line": line, "reason": reason} for line, reason in error.rejected]
    told = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    return {**told, "rejected": rejected} if rejected else told


def ask(note: Note, path: str, body: BinaryIO | bytes, query: Mapping[str, Any]) -> Any:
    """Send a request to the app and return its answer; raises the AppError that the app answered with."""
    said = {k: v for k, v in query.items() if v is not None}
    request = urllib.request.Request(  # noqa: S310 — the address is the one the app itself wrote down
        f"{note.url}{path}?{urllib.parse.urlencode(said)}",
        data=body,
        headers={"Authorization": f"Bearer {note.token}", "Content-Type": "application/octet-stream"},
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as answer:
        raise _error(answer) from answer
    except (urllib.error.URLError, OSError) as error:
        raise StoreBusy(
            f"Process {note.pid} holds the store, and {note.url} does not answer: {error}.",
            "End that process, or name another --database.",
        ) from error


def _error(answer: urllib.error.HTTPError) -> AppError:
    try:
        with answer:
            told = json.load(answer)["error"]
        rejected = [(row["line"], row["reason"]) for row in told.get("rejected", ())]
        return ERRORS.get(told["kind"], BadInput)(told["message"], told["hint"], rejected)
    except (ValueError, KeyError, TypeError):
        return BadInput(f"The app answered {answer.code} {answer.reason}.", "Restart the app.")
