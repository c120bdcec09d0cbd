"""Reading ahead: the next batch is parsed, and made large enough, while the store takes the last one."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

from backend.store.incoming import Batch

T = TypeVar("T")
ROWS_AT_ONCE = 500_000
BYTES_AT_ONCE = 64 * 1024 * 1024
"""As held in memory. The store takes several of its row groups (122,880 rows) at once in all its threads."""


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
    some: list[Batch] = []
    for batch in batches:
        if some and not _fit(some, batch):
            yield _one(some)
            some = []
        some.append(batch)
    if some:
        yield _one(some)


def _fit(some: list[Batch], batch: Batch) -> bool:
    """Tell whether a batch can join these."""
    tables = [b.table for b in (*some, batch)]
    alike = batch.form is some[0].form and batch.table.schema == some[0].table.schema
    small = sum(t.num_rows for t in tables) <= ROWS_AT_ONCE and sum(t.nbytes for t in tables) <= BYTES_AT_ONCE
    return alike and small


def _one(some: list[Batch]) -> Batch:
    if len(some) == 1:
        return some[0]
    return Batch(
        form=some[0].form,
        table=pa.concat_tables(b.table for b in some),
        rejected=[rejection for b in some for rejection in b.rejected],
        rows=sum(b.rows for b in some),
        bytes_done=some[-1].bytes_done,
    )
