"""Reading ahead: the next batch is parsed, and made large enough, while the store takes the last one."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa

from backend.store.database import ROW_GROUP
from backend.store.incoming import Batch

T = TypeVar("T")
ROWS_AT_ONCE = 30 * ROW_GROUP
BYTES_AT_ONCE = 48 * 1024 * 1024
"""As held in memory."""
LONG_ROW_BYTES = 512
"""Longer rows fill their batches well enough; joining them would only take memory."""


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items in order, drawing the next one in a thread of its own; what drawing raises is raised here.

    No more than one item waits, so that memory does not grow.
    """
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading-ahead") as thread:
        waiting = thread.submit(next, iterator, end)
        while (item := waiting.result()) is not end:
            waiting = thread.submit(next, iterator, end)
            yield item  # type: ignore[misc]


def joined(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the same rows in fewer batches, where theirs are short."""
    waiting: Batch | None = None
    for batch in batches:
        if batch.table.nbytes > LONG_ROW_BYTES * batch.rows:
            yield from (some for some in (waiting, batch) if some)
            waiting = None
            continue
        if waiting and not _alike(waiting, batch):
            yield waiting
            waiting = None
        waiting = _one(waiting, batch) if waiting else batch
        rows = waiting.table.num_rows
        if rows >= ROWS_AT_ONCE or waiting.table.nbytes >= BYTES_AT_ONCE:
            whole = rows - rows % ROW_GROUP or rows
            yield replace(waiting, table=waiting.table[:whole].combine_chunks(), rows=waiting.rows - (rows - whole))
            rest = waiting.table[whole:]
            waiting = replace(waiting, table=rest, rejected=[], notes={}, rows=rows - whole) if whole < rows else None
    if waiting:
        yield waiting


def _alike(one: Batch, other: Batch) -> bool:
    return one.form is other.form and one.table.schema == other.table.schema


def _one(one: Batch, other: Batch) -> Batch:
    return replace(
        other,
        table=pa.concat_tables([one.table, other.table]),
        rejected=[*one.rejected, *other.rejected],
        rows=one.rows + other.rows,
        notes=Counter(one.notes) + Counter(other.notes),
    )
