"""What a file format is: how it is recognised, how it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backend.importers.rows import Given
from backend.importers.source import Source
from backend.store.incoming import Batch


@dataclass(frozen=True)
class Format:
    """One file format that can be read."""

    name: str
    title: str
    recognises: Callable[[Source], bool]
    """Looks at the content, never at the name alone."""
    read: Callable[[Source, Given], Iterator[Batch]]
    fields: tuple[str, ...] = ()
    """The fields that are read, as the file calls them."""
