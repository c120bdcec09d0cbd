"""What the tests of several files share."""

from pathlib import Path
from typing import Any

from backend.importers import import_paths
from backend.store.database import Store
from backend.store.writes import ImportReport


def each(store: Store, paths: list[Path], **options: Any) -> list[ImportReport]:
    """Import all of these and return all reports."""
    return list(import_paths(store, paths, **options))
