"""The bytes of a file: opened plain, gzip or zstd; hashed and counted as they pass."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from backend.errors import BadInput, Cancelled

MEGABYTE = 1024 * 1024
BLOCK_BYTES = 8 * MEGABYTE
LONGEST_LINE_BYTES = 256 * MEGABYTE


class Source:
    """One file to import, under the name that the user knows it by."""

    def __init__(self, path: Path, name: str, beat: Callable[[], None] | None = None) -> None:
        self.path = path
        self.name = name
        self.beat = beat
        """Told at each piece that is read or hashed; what it raises ends the reading."""
        self.bytes_done = 0
        """How far the file itself (compressed, if it is) has been read."""
        self.texts = True
        """Whether completions are wanted; a format that keeps them apart need not read them otherwise."""
        self._digest = hashlib.sha256()
        self._hashed = 0
        self._ended = False
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise BadInput(f"{name} cannot be read: {error.strerror}.", "Name a file that exists.") from error
        self.compression = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}.get(magic[:2])
        self.is_parquet = magic == b"PAR1"

    @property
    def stem(self) -> str:
        """The file's name without the endings that only tell its form."""
        stem = Path(self.name).name
        for ending in (".gz", ".gzip", ".zst", ".zstd", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"):
            if stem.lower().endswith(ending) and len(stem) > len(ending):
                stem = stem[: -len(ending)]
        return stem

    def open(self) -> "Stream":
        """Open the file for reading from its start, decompressed."""
        return Stream(self)

    def head(self, size: int = MEGABYTE) -> bytes:
        """Return the first decompressed bytes."""
        with self.open() as stream:
            return stream.read(size)

    def sha256(self) -> str:
        """Return the SHA-256 of the file as it stands on the disk."""
        if self._hashed == self.size:
            return self._digest.hexdigest()
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while data := file.read(BLOCK_BYTES):
                self.going_on()
                digest.update(data)
        return digest.hexdigest()

    def end(self) -> None:
        """End the reading, whichever thread it is in: it raises Cancelled where it next reads a piece."""
        self._ended = True

    def going_on(self) -> None:
        """Tell that reading goes on; raises where it should not."""
        if self._ended:
            raise Cancelled(f"The reading of {self.name} was ended.")
        if self.beat:
            self.beat()

    def passed(self, data: bytes, position: int) -> None:
        """Take note of raw bytes that were read at `position`."""
        self.going_on()
        if position == 0:
            self._digest, self._hashed = hashlib.sha256(), 0
        if position == self._hashed:
            self._digest.update(data)
            self._hashed += len(data)
        self.bytes_done = position + len(data)


class _Watched(io.RawIOBase):
    """A raw file that tells its source what was read."""

    def __init__(self, source: Source) -> None:
        self._file = source.path.open("rb")
        self._source = source

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        position = self._file.tell()
        data = self._file.read(size)
        self._source.passed(data, position)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


class Stream:
    """A file being read, decompressed."""

    def __init__(self, source: Source) -> None:
        self._source = source
        raw = _Watched(source)
        self._file: BinaryIO = cast(BinaryIO, raw)
        if source.compression:
            self._file = cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), source.compression))

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; fewer only at the end."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise BadInput(
                f"{self._source.name} is damaged: its {self._source.compression} data cannot be read on ({error}).",
                "Copy the file again; nothing was stored.",
            ) from error

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Yield (number of the first line, whole lines without the last line's end) in blocks of about 8 MB.

        A line comes whole, whatever its length, up to LONGEST_LINE_BYTES; a longer one comes cut. A byte order mark
        at the start is passed over.
        """
        rest, number, first = b"", 1, True
        while block := self.read(BLOCK_BYTES):
            if first:
                block, first = block.removeprefix(b"\xef\xbb\xbf"), False
            cut = block.rfind(b"\n")
            if cut < 0:
                rest = rest + block if len(rest) <= LONGEST_LINE_BYTES else rest
                continue
            if len(rest) > LONGEST_LINE_BYTES:  # Its end must go too: with it the line could pass for a whole one.
                end = block.find(b"\n")
                block, cut = block[end:], cut - end
            whole = b"".join((rest, memoryview(block)[:cut]))
            rest = block[cut + 1 :]
            yield number, whole
            number += lines_in(whole)
        if rest:
            yield number, rest

    def line_blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield (number of the first line, lines) in blocks; line ends are LF or CRLF."""
        for number, block in self.blocks():
            yield number, block.split(b"\n")


def lines_in(block: bytes) -> int:
    """Return how many lines a block from `blocks` holds."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n"))) + 1
