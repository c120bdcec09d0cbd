"""Which files of the server may be read for somebody who names them by a path."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.config import UPLOADED, settings
from backend.errors import BadInput


def readable(path: str) -> Path:
    """Return a file or folder that the app may read for others: one below the folders named in the settings.

    Links are followed before that is asked. Raises BadInput for any other, whether it exists or not.
    """
    try:
        found = Path(path).expanduser().resolve()
        there = found.exists()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a name too long, a loop of links, an unknown ~user
        raise BadInput(
            f"{path!r} is no path: {error}.", "Name a file or a folder below those that may be read."
        ) from error
    folders = " or ".join(map(str, settings().import_folders))
    if not _is_below(found):
        raise BadInput(
            f"{path} lies outside the folders that may be read.",
            f"Put it below {folders}, or name its folder in BOUNDARY_IMPORT_FOLDERS.",
        )
    if not there:
        raise BadInput(
            f"There is no file or folder {path} on the machine that runs this app.",
            "Check the path, or upload the file.",
        )
    if away := next((link for link in _links_below(found) if not _is_below(link.resolve())), None):
        raise BadInput(
            f"{away} is a link to {away.resolve()}, outside the folders that may be read.",
            f"Remove the link, or put the file itself below {folders}.",
        )
    return found


def _is_below(found: Path) -> bool:
    """Tell whether a file lies below a folder that may be read, or was uploaded."""
    return any(found.is_relative_to(folder) for folder in settings().import_folders) or _is_upload(found)


def _is_upload(found: Path) -> bool:
    """Tell whether a file lies in a folder of a random name that the app made beside the store for uploads."""
    beside = settings().database.expanduser().resolve().parent
    return found.is_relative_to(beside) and str(found.relative_to(beside)).startswith(UPLOADED)


def _links_below(found: Path) -> list[Path]:
    return [file for file in found.rglob("*") if file.is_symlink()] if found.is_dir() else []


def require_readable(arguments: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a command's arguments with its paths resolved. Raises BadInput for one that may not be read."""
    checked = dict(arguments)
    for name in names:
        said = arguments.get(name)
        if isinstance(said, str):
            checked[name] = str(readable(said))
        elif said is not None:
            checked[name] = [str(readable(str(one))) for one in said]
    return checked
