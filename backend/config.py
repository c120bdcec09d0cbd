"""The settings, read once from the environment."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UPLOADED = "boundary-upload-"
"""How the folders beside the store begin that hold uploaded files side by side."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the installation may vary, each from its environment variable."""

    database: Path
    """The store's file (`BOUNDARY_DATABASE`)."""
    memory_limit: str
    """How much memory the database engine may hold, as DuckDB writes it (`BOUNDARY_MEMORY_LIMIT`)."""
    token: str | None
    """A token with the role curator that `/api/…` takes besides those of `token create` (`BOUNDARY_TOKEN`)."""
    import_folders: tuple[Path, ...]
    """Folders below which the app may read files named by a path (`BOUNDARY_IMPORT_FOLDERS`, separated
    by the system's path separator); unset: the folder that holds the project, and the user's home."""
    access: Path | None
    """The file that says who may do what (`BOUNDARY_ACCESS`); unset: nobody signs in."""
    read_only: bool
    """Whether the app changes nothing, whoever asks (`BOUNDARY_READ_ONLY`, or `serve --read-only`)."""
    most_upload_bytes: int
    """The largest body that `POST /api/import` takes (`BOUNDARY_MOST_UPLOAD_MB`)."""
    engine_hosts: tuple[str, ...]
    """The only hosts that are ever asked for samples (`BOUNDARY_ENGINE_HOSTS`, separated by commas, `host` or
    `host:port`); unset: this machine alone."""
    engines: Path | None
    """A TOML file that names servers (`BOUNDARY_ENGINES`); docs/sampling.md tells what it holds."""
    engine_environment: Path
    """Where vLLM is installed (`BOUNDARY_VLLM`)."""
    engine_idle_seconds: float
    """How long the local engine stays up without work (`BOUNDARY_ENGINE_IDLE_SECONDS`)."""
    most_samples: int
    """The most samples that one job may draw (`BOUNDARY_MOST_SAMPLES`)."""
    jobs_at_once: int
    """How many jobs may run at the same time (`BOUNDARY_JOBS_AT_ONCE`); one of them on the local engine."""


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    folders = os.environ.get("BOUNDARY_IMPORT_FOLDERS", f"{ROOT}{os.pathsep}{Path.home()}")
    return Settings(
        database=Path(os.environ.get("BOUNDARY_DATABASE", str(ROOT / "data" / "boundary.duckdb"))),
        memory_limit=os.environ.get("BOUNDARY_MEMORY_LIMIT", "600MB"),
        token=os.environ.get("BOUNDARY_TOKEN") or None,
        access=Path(os.environ["BOUNDARY_ACCESS"]) if os.environ.get("BOUNDARY_ACCESS") else None,
        read_only=os.environ.get("BOUNDARY_READ_ONLY", "").lower() in ("1", "true", "yes", "on"),
        most_upload_bytes=int(os.environ.get("BOUNDARY_MOST_UPLOAD_MB") or 2048) * 1_000_000,
        import_folders=tuple(Path(f).resolve() for f in folders.split(os.pathsep) if f),
        engine_hosts=_listed("BOUNDARY_ENGINE_HOSTS") or LOOPBACK,
        engines=Path(os.environ["BOUNDARY_ENGINES"]) if os.environ.get("BOUNDARY_ENGINES") else None,
        engine_environment=Path(os.environ.get("BOUNDARY_VLLM") or ROOT / ".venv-vllm"),
        engine_idle_seconds=float(os.environ.get("BOUNDARY_ENGINE_IDLE_SECONDS") or 900),
        most_samples=int(os.environ.get("BOUNDARY_MOST_SAMPLES") or 200_000),
        jobs_at_once=int(os.environ.get("BOUNDARY_JOBS_AT_ONCE") or 2),
    )


@cache
def version() -> str:
    """Return the program's version, as pyproject.toml names it."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _listed(variable: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in os.environ.get(variable, "").split(",") if item.strip())
