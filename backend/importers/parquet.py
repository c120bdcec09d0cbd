"""Parquet: a file's rows in batches that fit into memory, without the ways of writing that only save space."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.errors import BadInput
from backend.importers.source import LONGEST_LINE_BYTES, MEGABYTE, Source

LONG_ROWS_AT_ONCE = 500
"""Rows of a harness may hold whole conversations."""
BYTES_AT_ONCE = 16 * MEGABYTE


def open_parquet(source: Source) -> pq.ParquetFile:
    """Open a Parquet file; raises BadInput where it is damaged."""
    try:
        return pq.ParquetFile(source.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> BadInput:
    return BadInput(f"{source.name} is a damaged Parquet file: {error}", "Write it again.")


def record_batches(
    source: Source, most_rows: int, columns: Sequence[str] | None = None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (number of its first row, from 1; rows) of a file's batches, fewer rows at a time where they are long.

    Before each, `source.bytes_done` is told. Raises BadInput where the file is damaged.
    """
    file = open_parquet(source)
    _require_rows_of_a_size(source, file)
    number, in_all = 1, max(1, file.metadata.num_rows)
    bytes_in_all = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    fitting = max(1, BYTES_AT_ONCE * in_all // max(1, bytes_in_all))
    try:
        for group in range(file.num_row_groups):  # One at a time: asked for all at once, Arrow keeps what it has read.
            for batch in file.iter_batches(batch_size=min(most_rows, fitting), row_groups=[group], columns=columns):
                source.going_on()
                source.bytes_done = source.size * (number - 1 + batch.num_rows) // in_all
                yield number, batch
                number += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(source, error) from error


def _require_rows_of_a_size(source: Source, file: pq.ParquetFile) -> None:
    """Raise BadInput where the rows of a group are, on average, longer than any line that is read."""
    for at in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(at)
        if group.total_byte_size > LONGEST_LINE_BYTES * max(1, group.num_rows):
            size = group.total_byte_size / 1e6
            raise BadInput(
                f"{source.name}: group {at + 1:,} has {group.num_rows:,} rows of {size:,.0f} MB; "
                "so long rows are not read.",
                f"Leave out texts longer than {LONGEST_LINE_BYTES // MEGABYTE} MB.",
            )


def parquet_rows(
    source: Source,
    without: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    at_once: int = LONG_ROWS_AT_ONCE,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number from 1, row) of a Parquet file: these columns, or all but those in `without`."""
    wanted = columns or [name for name in open_parquet(source).schema_arrow.names if name not in without]
    for number, batch in record_batches(source, at_once, wanted):
        plain = [decoded(column) for column in batch.columns]
        yield from enumerate(pa.record_batch(plain, names=batch.schema.names).to_pylist(), start=number)


def columns_in_parquet(source: Source) -> set[str]:
    """Return the columns of a Parquet file."""
    return set(open_parquet(source).schema_arrow.names)


def lists_in_parquet(source: Source) -> set[str]:
    """Return the columns of a Parquet file that hold lists."""
    return {column.name for column in open_parquet(source).schema_arrow if _is_list(column.type)}


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _inexact(kind: Any) -> pa.DataType:
    """Return the type of a decimal's values as numbers that all can compute with."""
    return pa.int64() if kind.scale == 0 and kind.precision < 19 else pa.float64()


def decoded(column: pa.Array) -> pa.Array:
    """Return a column without the ways of writing that only save space or keep money exact."""
    if pa.types.is_decimal(column.type):
        return column.cast(_inexact(column.type))
    if _is_list(column.type) and pa.types.is_decimal(column.type.value_type):
        return column.cast(pa.list_(_inexact(column.type.value_type)))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column
