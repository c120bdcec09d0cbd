"""Files that leave the program: written whole or not at all."""

import os
import tempfile
from pathlib import Path

from backend.errors import BadInput


def write_file(path: Path, content: bytes) -> int:
    """Write a file in one step, in place of an older one of the name; return its size in bytes.

    Raises BadInput where the folder does not exist or the file cannot be written.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Name a file to write.")
    try:
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists."
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(made).chmod(0o666 & ~_umask())
        Path(made).replace(path)
    except OSError as error:
        Path(made).unlink(missing_ok=True)
        raise BadInput(
            f"{path} cannot be written: {error.strerror}.", "Free some space, or name another file."
        ) from error
    return len(content)


def _umask() -> int:
    """What the user's shell takes away from new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
