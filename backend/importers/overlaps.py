"""Files that hold the lines of others: a run's parts beside the file that joins them."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.errors import BadInput
from backend.importers.folders import Found

LARGER = 1.5
"""How much larger a file is at least that joins others; seeds of one run are of about one size."""


def contained(groups: Iterable[Sequence[Found]]) -> dict[Path, Found]:
    """Return, for each file of which every line stands in the largest file of its group, that file.

    Lines are compared that all differ within either file, as lines with texts do: bare verdicts repeat by chance.
    """
    found: dict[Path, Found] = {}
    for group in groups:
        sizes = {file.path: file.path.stat().st_size for file in group}
        largest = max(group, key=lambda file: sizes[file.path])
        smaller = [file for file in group if sizes[file.path] * LARGER <= sizes[largest.path]]
        lines = _lines(largest) if smaller else None
        if lines is not None:
            held = (file for file in smaller if _holds(lines, file))
            found |= dict.fromkeys((file.path for file in held), largest)
    return found


def _holds(lines: npt.NDArray[np.int64], file: Found) -> bool:
    first = _lines(file, most=2)  # of a table, the first is the names of its columns
    if first is None or not np.isin(first, lines).all():
        return False
    every = _lines(file)
    return every is not None and bool(np.isin(every, lines).all())


def _lines(file: Found, most: int | None = None) -> npt.NDArray[np.int64] | None:
    """Return a hash a line; None where the file has no lines, only one, or two that are alike."""
    source = file.source()
    if source.is_parquet:
        return None
    try:
        with source.open() as stream:
            lines = (line.rstrip(b"\r") for _, block in stream.line_blocks() for line in block)
            hashes = np.frombuffer(array("q", (hash(line) for line in islice(filter(None, lines), most))), np.int64)
    except BadInput:
        return None
    return hashes if len(hashes) > 1 and len(np.unique(hashes)) == len(hashes) else None
