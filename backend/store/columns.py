"""Arrow columns as numbers: distinct combinations, groups, first values."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Integers = npt.NDArray[np.int64]


def combined(table: pa.Table, columns: list[str]) -> tuple[Integers, list[tuple[Any, ...]]]:
    """Number the distinct combinations of values in these columns, in order of first appearance.

    Returns, for each row, the number of its combination, and the combinations by number.
    """
    codes: Integers = np.zeros(table.num_rows, dtype=np.int64)
    count = min(1, table.num_rows)
    for column in columns:
        values = table.column(column)
        if values.null_count == len(values):
            continue
        own, distinct = _encoded(values.combine_chunks())
        if count == 1:
            codes, count = own, distinct
        elif distinct > 1:
            codes, count = _encoded(pa.array(codes * distinct + own))
    first = np.empty(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(table.num_rows - 1, -1, -1)  # of several rows with one code, the last written stays
    rows = table.select(columns).take(pa.array(first)).to_pylist()
    return codes, [tuple(row[c] for c in columns) for row in rows]


def _encoded(values: pa.Array) -> tuple[Integers, int]:
    """Return the values' numbers, in order of first appearance, and how many there are; null is one of them."""
    encoded = values.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)


def taken(values: list[int | None], codes: Integers) -> pa.Array:
    """Return the value that each row's code stands for."""
    return pa.array(values, pa.int64()).take(pa.array(codes))


def first_said(column: pa.ChunkedArray, codes: Integers, count: int) -> pa.Array:
    """Return the first value that is not null of each of `count` groups, null where a group has none."""
    if column.null_count == len(column):
        return pa.nulls(count, column.type)
    said = np.flatnonzero(
        pc.is_valid(column).to_numpy(zero_copy_only=False) if column.null_count else np.ones(len(column))
    )
    groups, first = np.unique(codes[said], return_index=True)
    rows = np.full(count, -1, dtype=np.int64)
    rows[groups] = said[first]
    return column.combine_chunks().take(pa.array(rows, mask=rows < 0))


def within(rows: Integers, groups: Integers, last: dict[int, int]) -> npt.NDArray[np.bool_]:
    """Tell which rows are surely the first of their number in their group.

    rows: the number of each row; groups: its group; last: the highest number seen so far of each group, which is
    brought up to date. A row is surely new where its group's numbers all lie above that and none comes twice; for
    the others somebody must look.
    """
    rising = (groups[1:] > groups[:-1]) | ((groups[1:] == groups[:-1]) & (rows[1:] >= rows[:-1]))
    order = np.arange(rows.size) if rising.all() else np.lexsort((rows, groups))
    numbers, sorted_groups = rows[order], groups[order]
    starts = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]])
    names = sorted_groups[starts].tolist()
    lowest, highest = numbers[starts], np.maximum.reduceat(numbers, starts)
    twice = np.r_[False, (sorted_groups[1:] == sorted_groups[:-1]) & (numbers[1:] == numbers[:-1])]
    any_twice = np.logical_or.reduceat(twice, starts)
    before = np.array([last.get(name, -1) for name in names])
    sure = (lowest > before) & ~any_twice
    last.update(zip(names, np.maximum(before, highest).tolist(), strict=True))
    result = np.empty(rows.size, dtype=bool)
    result[order] = np.repeat(sure, np.diff(np.r_[starts, rows.size]))
    return result
