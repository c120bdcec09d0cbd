"""The open database: one writer at a time, any number of readers beside it, errors told in our words."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from backend.config import settings
from backend.errors import BadInput, StoreBusy
from backend.store.migrations import MIGRATIONS, applied, first_row, migrate

Parameters = Sequence[Any] | Mapping[str, Any]

_open_stores: dict[Path, "Store"] = {}
_opening = threading.Lock()

SMALL_FILE_BYTES = 64 * 1024 * 1024
WORTH_COMPACTING = 0.05
"""The share of a larger file that must be unused before it is copied: a copy takes about a second each 100 MB."""
ROW_GROUP = 16_384
"""The rows that DuckDB compresses and writes together, as they come; only what is left over waits for the commit, which
nothing can interrupt. With DuckDB's own 122,880, a gigabyte of long texts would be written within the commit."""
_OPENED = "boundary"
"""Under this name the file stands beside DuckDB's own database in memory: only so can it have its own row groups."""


class Store:
    """One DuckDB file, opened. Safe to use from any thread: every call works on a cursor of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._connection = connection
        self._writing = threading.RLock()
        self._noting = threading.Lock()
        self._swapping = threading.Condition()
        self._readers = 0
        row = first_row(connection, "select version from store")
        self._version = int(row[0]) if row else 0

    def version(self) -> int:
        """Return a number that rises with each write; reads that are kept are keyed by it."""
        return self._version

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a cursor while the file is in its place; a compaction waits until all are given back."""
        with self._swapping:
            self._readers += 1
            cursor = self._connection.cursor()
            if self.path:
                cursor.execute(f"use {_OPENED}")
        try:
            yield cursor
        finally:
            cursor.close()
            with self._swapping:
                self._readers -= 1
                self._swapping.notify_all()

    @contextmanager
    def snapshot(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a cursor that sees the store as it is now, whatever is written meanwhile."""
        with self._cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            finally:
                cursor.rollback()

    def read(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Run one query and return it whole as a frame."""
        with self._cursor() as cursor:
            return cursor.execute(sql, parameters).df()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one query and return its rows."""
        with self._cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the one transaction that may write; it is committed at the end, or leaves no trace."""
        if self.read_only:
            raise BadInput("The store is open for reading only.", "Open it for writing to change it.")
        with self._writing, self._cursor() as cursor, ExitStack() as on_failure:
            cursor.begin()
            on_failure.callback(cursor.rollback)
            yield cursor
            cursor.execute("update store set version = version + 1")
            on_failure.pop_all()
            cursor.commit()
            self._version += 1

    def note(self, sql: str, parameters: Parameters = ()) -> None:
        """Run one statement that writes what no kept read hangs on, beside any other write; the version stays.

        In a store that is open for reading only, nothing is written.
        """
        if not self.read_only:
            with self._noting, self._cursor() as cursor:
                cursor.execute(sql, parameters)

    def release_space(self, deleted: float) -> int:
        """Give the space of deleted rows back to the file system; return by how many bytes the file shrank.

        deleted: the share of the samples that was deleted, since DuckDB reuses such space but keeps it. The rows are
        copied to a new file, which then takes the old one's place; readers go on meanwhile.
        """
        if self.path is None:
            return 0
        with self._writing, self._noting:
            before = self.path.stat().st_size
            with self._cursor() as cursor:
                cursor.execute("checkpoint")
                size = self.path.stat().st_size
                if size <= SMALL_FILE_BYTES or max(deleted, _free_bytes(cursor) / size) >= WORTH_COMPACTING:
                    _copy_compacted(cursor, self.path)
            if _compacted(self.path).exists():
                self._take_compacted(self.path)
            return before - self.path.stat().st_size

    def _take_compacted(self, path: Path) -> None:
        with self._swapping:
            self._swapping.wait_for(lambda: self._readers == 0)
            self._connection.close()
            _compacted(path).replace(path)
            self._connection = _connect(path, read_only=False)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._connection.close()
        with _opening:
            for path in [p for p, store in _open_stores.items() if store is self]:
                del _open_stores[path]


def _compacted(path: Path) -> Path:
    return path.with_name(f"{path.name}.compacted")


def _free_bytes(cursor: duckdb.DuckDBPyConnection) -> int:
    row = first_row(cursor, "select block_size * free_blocks from pragma_database_size()")
    return int(row[0]) if row else 0


def _copy_compacted(cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Copy all that the open database holds to a new file beside it."""
    _compacted(path).unlink(missing_ok=True)
    cursor.execute(f"attach {_quoted(str(_compacted(path)))} as compacted (row_group_size {ROW_GROUP})")
    cursor.execute(f"copy from database {_OPENED} to compacted")
    cursor.execute("detach compacted")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def open_store(path: Path, *, read_only: bool = False) -> Store:
    """Open the store at `path`, creating and migrating it as needed; one store a process and path.

    Raises StoreBusy where another process holds it, BadInput where the file is no store of ours.
    """
    path = path.expanduser().resolve()
    with _opening:
        if path not in _open_stores:
            _open_stores[path] = _opened(path, read_only=read_only)
        return _open_stores[path]


def _opened(path: Path, *, read_only: bool) -> Store:
    """Open the file at `path`; a reader of a store that does not exist sees an empty one in memory."""
    if read_only and not path.exists():
        connection = _connect(None, read_only=False)
        migrate(connection)
        return Store(connection, None, read_only=True)
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    _compacted(path).unlink(missing_ok=True)
    connection = _connect(path, read_only=read_only)
    number = applied(connection)
    if number > len(MIGRATIONS):
        connection.close()
        raise BadInput(
            f"The store {path} is at step {number}, newer than this version, which knows {len(MIGRATIONS)}.",
            "Update the program, or name another store with --database.",
        )
    if number < len(MIGRATIONS):
        if read_only:
            connection.close()
            connection = _connect(path, read_only=False)
        migrate(connection)
    return Store(connection, path, read_only=read_only)


def _is_database(path: Path) -> bool:
    """Tell by its header whether a file is DuckDB's, which would also open CSV and JSON files as databases."""
    with path.open("rb") as file:
        head = file.read(12)
    return not head or head[8:] == b"DUCK"


def _connect(path: Path | None, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Connect to the file, or to an empty database in memory, with every other file out of reach."""
    connection = duckdb.connect(config={"memory_limit": settings().memory_limit})
    if path is not None:
        try:
            _attach(connection, path, read_only=read_only)
        except BaseException:
            connection.close()
            raise
    connection.execute("set enable_external_access = false")
    return connection


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
    if path.exists() and not _is_database(path):
        raise BadInput(f"{path} is no store.", "Name another --database.")
    options = f"row_group_size {ROW_GROUP}{', read_only' if read_only else ''}"
    connection.execute(f"set temp_directory = {_quoted(f'{path}.tmp')}")
    try:
        connection.execute(f"attach {_quoted(str(path))} as {_OPENED} ({options})")
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise StoreBusy(
                f"Another process has the store {path} open.", "End that process, or name another --database."
            ) from error
        raise BadInput(f"{path} cannot be opened as a store: {error}", "Name another --database.") from error
    except duckdb.Error as error:
        raise BadInput(f"{path} is no store: {error}", "Name another --database.") from error
    connection.execute(f"use {_OPENED}")
    beside = [f"{_compacted(path)}{end}" for end in ("", ".wal", ".wal.checkpoint")]
    connection.execute(f"set allowed_paths = [{', '.join(_quoted(p) for p in beside)}]")
