"""Arrow tables shown to a transaction without being kept by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

ROWS_SHOWN = 122_880
"""How many rows DuckDB is handed at a time."""


class _Shown:
    """What is registered in place of a table: it hands on whichever table is on show."""

    def __init__(self) -> None:
        self.table: pa.Table | None = None

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        if self.table is None:
            raise RuntimeError("no table is on show")
        return self.table.to_reader(ROWS_SHOWN).__arrow_c_stream__(requested_schema)


class Lending:
    """Shows tables to one cursor, each kind of table under a name of its own.

    DuckDB keeps whatever is registered within a transaction until that ends, so registering each batch would hold a
    whole file in memory.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._shown: dict[str, tuple[str, _Shown]] = {}

    @contextmanager
    def lent(self, table: pa.Table) -> Iterator[str]:
        """Give the name under which the table can be read inside the block."""
        kind = str(table.schema)
        if kind not in self._shown:
            self._shown[kind] = f"lent_{len(self._shown)}", _Shown()
            name, shown = self._shown[kind]
            shown.table = table
            self._cursor.register(name, shown)
        name, shown = self._shown[kind]
        shown.table = table
        try:
            yield name
        finally:
            shown.table = None

    def ask(self, table: pa.Table, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement that reads the table as `{given}` and return its rows."""
        with self.lent(table) as name:
            return self._cursor.execute(sql.format(given=f"{name} given")).fetchall()
