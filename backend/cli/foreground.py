"""Jobs watched from the command line until they end: here, or in the app that holds the store."""

import json
import sys
import time
from typing import Any

import typer

from backend.cli.asking import DONE, print_json, print_plain, refuse, with_store
from backend.cli.watching import Watch
from backend.commands import COMMANDS
from backend.config import settings
from backend.errors import AppError, Cancelled, StoreBusy
from backend.handover import Note, ask, read_note
from backend.store.database import Store

LOOK_SECONDS = 0.5
LINE_SECONDS = 5.0
OPEN = ("queued", "running")


class Progress:
    """Shows how far a job is: in place on a terminal, line by line elsewhere; both on standard error."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._said_at = 0.0

    def tell(self, item: str, done: int, of: int, rows: int = 0) -> None:
        """Show it. Raises Cancelled after Ctrl-C."""
        self._watch.tell(item, done, of, rows)
        if not sys.stderr.isatty() and time.monotonic() - self._said_at >= LINE_SECONDS:
            self._said_at = time.monotonic()
            print(f"{item}: {done:,} of {of:,} samples", file=sys.stderr, flush=True)


def watched(name: str, begin: str, arguments: dict[str, Any], as_json: bool) -> None:
    """Run a job to its end and print what it did.

    name: the command that does it here; begin: the one that begins it in the app, which then goes on by itself.
    """
    command = COMMANDS[name]
    title = command.title(**arguments) if command.title else name
    try:
        with Watch(title, command.unit) as watch:
            progress = Progress(watch)

            def here(store: Store) -> Any:
                watch.begin()
                return command.answer(store, **arguments, progress=progress.tell)

            answer = with_store(here, lambda: _there(begin, arguments, progress), read_only=False)
    except AppError as error:
        refuse(error, as_json)
        return
    print_json(answer) if as_json else print_plain(answer)
    raise typer.Exit(DONE)


def _there(begin: str, arguments: dict[str, Any], progress: Progress) -> Any:
    """Begin a job in the app, watch it, and return what it did; Ctrl-C cancels it there."""
    note = read_note(settings().database)
    if note is None:
        raise StoreBusy(
            f"Another process holds the store {settings().database}.", "Wait for it, or name another --database."
        )
    begun = _asked(note, begin, arguments)
    if "jobs" in begun:
        return {**begun, "jobs": [_stayed(note, int(each["job"]), progress) for each in begun["jobs"]]}
    return _stayed(note, int(begun["job"]), progress)


def _stayed(note: Note, job: int, progress: Progress) -> Any:
    """Watch a job of the app until it has ended, and return what it did."""
    try:
        while (row := _asked(note, "job", {"job": job}))["state"] in OPEN:
            progress.tell(row["phase"] or row["run"], row["done"], row["wanted"])
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        _asked(note, "cancel", {"job": job})
        words = f"What had arrived is kept; `resume {job}` draws the rest."
        raise Cancelled(f"Job {job} was cancelled.", words) from None
    return _asked(note, "job_result", {"job": job})


def _asked(note: Note, name: str, arguments: dict[str, Any]) -> Any:
    return ask(note, f"/api/commands/{name}", json.dumps(arguments).encode(), {})["answer"]
