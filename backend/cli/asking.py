"""How the command line asks and prints: the app itself, options that commands share, one way to run a command."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pandas as pd
import typer

from backend.access.roles import of_this_machine
from backend.cli.watching import INTERRUPTED, Watch
from backend.commands import COMMANDS, perform
from backend.config import settings
from backend.errors import AppError, Cancelled, NotFound, StoreBusy
from backend.handover import ask, error_in_plain, read_note
from backend.store.database import Store, open_store

DONE, NOTHING, REFUSED = 0, 1, 2
EXIT_CODES = {NotFound: NOTHING, Cancelled: INTERRUPTED}
WAIT_SECONDS = 20.0
WIDEST_LIST = 60

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Everything the pages can do; `--json` prints JSON and nothing else on stdout.",
)

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
FormatName = Annotated[str | None, typer.Option("--format", help="The format, where its content should not decide.")]
MappingName = Annotated[str | None, typer.Option(help="A saved mapping by name, or `guess`.")]
MapFields = Annotated[list[str] | None, typer.Option("--map", help="field=column, as often as needed.")]
Limit = Annotated[int, typer.Option(min=1, help="How many to list.")]
Offset = Annotated[int, typer.Option(min=0, help="How many to pass over before that.")]
Database = Annotated[Path | None, typer.Option("--database", help="The store's file; else BOUNDARY_DATABASE.")]


@app.callback()
def common(database: Database = None) -> None:
    """See sampled reasoning of language models: pass@k, solved sets, samples."""
    use(database)


def use(database: Path | None) -> None:
    """Work on this store from here on; None: on the one of the settings."""
    if database is not None:
        os.environ["BOUNDARY_DATABASE"] = str(database)
        settings.cache_clear()


def respond(name: str, arguments: dict[str, Any], as_json: bool, *, empty_is_fine: bool = False) -> None:
    """Run a command and print its answer."""
    found = done(name, arguments, as_json)
    if as_json:
        print_json(found)
    else:
        print_plain(found)
    raise typer.Exit(DONE if found or empty_is_fine else NOTHING)


def done(name: str, arguments: dict[str, Any], as_json: bool) -> Any:
    """Run a command here, or in the app that holds the store, and return its answer."""
    try:
        return _watched(name, arguments) if COMMANDS[name].title else _done(name, arguments)
    except AppError as error:
        return refuse(error, as_json)


def _watched(name: str, arguments: dict[str, Any]) -> Any:
    """Run a long command: its progress is shown, and Ctrl-C ends it in order."""
    command = COMMANDS[name]
    with Watch(command.title(**arguments) if command.title else name, command.unit) as watch:
        return _done(name, arguments, watch)


def _done(name: str, arguments: dict[str, Any], watch: Watch | None = None) -> Any:
    command = COMMANDS[name]

    def there() -> Any:
        note = read_note(settings().database)
        if note is None:
            raise StoreBusy(
                f"Another process holds the store {settings().database}.", "Wait for it, or name another --database."
            )
        if watch is not None:
            watch.hand_over()
        return ask(note, f"/api/commands/{name}", json.dumps(arguments).encode(), {})["answer"]

    def here(store: Store) -> Any:
        if watch is not None:
            watch.begin()
        return perform(name, store, arguments, of_this_machine(), watch.tell if watch else None)

    return with_store(here, there, read_only=not command.writes)


def with_store(here: Callable[[Store], Result], there: Callable[[], Result], *, read_only: bool) -> Result:
    """Do the work here; while an app holds the store, there; while a command holds it, wait for that to end."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            store = open_store(settings().database, read_only=read_only)
        except StoreBusy:
            if read_note(settings().database) is not None or time.monotonic() > deadline:
                return there()
            time.sleep(0.2)
            continue
        try:
            return here(store)
        finally:
            store.close()


def refuse(error: AppError, as_json: bool) -> Any:
    """Say what is wrong, and end with the exit code that tells so."""
    if as_json:
        print_json({"error": error_in_plain(error)})
    _complain(error)
    raise typer.Exit(EXIT_CODES.get(type(error), REFUSED))


def _complain(error: AppError) -> None:
    print(error, file=sys.stderr)


def print_json(answer: Any) -> None:
    """Print an answer as JSON."""
    print(json.dumps(answer, ensure_ascii=False, allow_nan=False))


def print_plain(answer: Any) -> None:
    """Print rows as a table, and sets with their sizes."""
    if isinstance(answer, list):
        print(_table(answer)) if answer else print("nothing found", file=sys.stderr)
        return
    for name, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{name}:\n{_table(value)}")
        elif isinstance(value, list):
            print(f"{name} ({len(value)}): {', '.join(map(str, value))}")
        elif isinstance(value, dict):
            print(f"{name}: {', '.join(f'{k} {_short(v)}' for k, v in value.items())}")
        else:
            print(f"{name}: {_short(value)}")


def _short(value: Any) -> str:
    """Return a value as a cell of a table; what is nested is there in full with `--json`."""
    if isinstance(value, list):
        words = ", ".join(map(str, value))
        return (
            f"({len(value)})" if len(words) > WIDEST_LIST or any(isinstance(v, dict) for v in value) else words or "–"
        )
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(rows: list[dict[str, Any]]) -> str:
    return pd.DataFrame([{k: _short(v) for k, v in row.items()} for row in rows]).to_string(index=False)
