"""Files that leave the program: written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from backend.errors import BadInput


@contextmanager
def placed(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of an older one of the name at the end of the block, or leaves no trace.

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
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        Path(made).chmod(0o666 & ~_umask())
        Path(made).replace(path)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}.", "Free some space, or name another file."
        ) from error
    finally:
        Path(made).unlink(missing_ok=True)


def write_file(path: Path, content: bytes) -> int:
    """Write a file in one step, in place of an older one of the name; return its size in bytes. Raises as `placed`."""
    with placed(path) as file:
        file.write(content)
    return len(content)


def _umask() -> int:
    """What the user's shell takes away from new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
