"""The settings, read once from the environment."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the installation may vary, each from its environment variable."""

    database: Path
    """The store's file (`BOUNDARY_DATABASE`)."""
    memory_limit: str
    """How much memory the database engine may hold, as DuckDB writes it (`BOUNDARY_MEMORY_LIMIT`)."""
    token: str | None
    """The token that `POST /api/…` asks for (`BOUNDARY_TOKEN`); unset: one is made at each start."""
    import_folders: tuple[Path, ...]
    """Folders below which the app may read files named by a path (`BOUNDARY_IMPORT_FOLDERS`, separated
    by the system's path separator); unset: the folder that holds the project, and the user's home."""


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    folders = os.environ.get("BOUNDARY_IMPORT_FOLDERS", f"{ROOT}{os.pathsep}{Path.home()}")
    return Settings(
        database=Path(os.environ.get("BOUNDARY_DATABASE", str(ROOT / "data" / "boundary.duckdb"))),
        memory_limit=os.environ.get("BOUNDARY_MEMORY_LIMIT", "600MB"),
        token=os.environ.get("BOUNDARY_TOKEN") or None,
        import_folders=tuple(Path(f).resolve() for f in folders.split(os.pathsep) if f),
    )


@cache
def version() -> str:
    """Return the program's version, as pyproject.toml names it."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
