"""The members of a ZIP archive, one at a time: stored, deflate or zstd (method 93; Python reads it from 3.14 on)."""

import zipfile
import zlib
from collections.abc import Iterator

import pyarrow as pa

from backend.errors import BadInput
from backend.importers.source import MEGABYTE, Source

STORED, DEFLATE, ZSTD = 0, 8, 93
LOCAL_HEADER_BYTES = 30
SMALL_BYTES = 64 * MEGABYTE
MOST_RATIO = 200
"""An archive that unpacks to more than this many times its size, and more than a little, is made to fill memory; logs
of samples reach some 20."""
LARGEST_MEMBER_BYTES = 1024 * MEGABYTE


class Archive:
    """An open ZIP file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        try:
            self._zip = zipfile.ZipFile(source.path)
        except (zipfile.BadZipFile, OSError) as error:
            raise BadInput(
                f"{source.name} is a damaged ZIP archive ({error}); it may have been cut while it was copied.",
                "Copy it again, or wait until its run has written it; nothing was stored.",
            ) from error
        # A member that a continued run wrote again stands twice; the later one counts.
        self._members = {info.filename: info for info in self._zip.infolist()}
        self._bytes = max(1, sum(i.compress_size for i in self._members.values()))
        unpacked = sum(i.file_size for i in self._members.values())
        if unpacked > SMALL_BYTES + MOST_RATIO * source.size:
            self._zip.close()
            raise BadInput(
                f"{source.name} has {source.size / 1e6:,.1f} MB and would unpack to {unpacked / 1e6:,.0f} MB, which no "
                "log does.",
                "Write it again, or take it apart by hand; nothing was stored.",
            )

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the members' names that begin so, in the archive's order."""
        return (name for name in self._members if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """Return one member, decompressed; raises ValueError where it is damaged."""
        self._source.going_on()
        info = self._members[name]
        with self._source.path.open("rb") as file:
            file.seek(info.header_offset)
            head = file.read(LOCAL_HEADER_BYTES)
            if len(head) < LOCAL_HEADER_BYTES or head[:4] != b"PK\x03\x04":
                raise ValueError(f"{name} does not stand where the archive says")
            file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
            packed = file.read(info.compress_size)
        if info.flag_bits & 1:
            raise ValueError(f"{name} is encrypted")
        if info.file_size > LARGEST_MEMBER_BYTES:
            raise ValueError(f"{name} has {info.file_size / 1e6:,.0f} MB, more than is read at once")
        return self._unpacked(name, packed, info)

    def _unpacked(self, name: str, packed: bytes, info: zipfile.ZipInfo) -> bytes:
        try:
            if info.compress_type == DEFLATE:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.file_size + 1)
            elif info.compress_type == ZSTD:
                data = pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read(info.file_size + 1)
            elif info.compress_type == STORED:
                data = packed
            else:
                raise ValueError(f"{name} is compressed by method {info.compress_type}, which is not known here")
        except (zlib.error, OSError) as error:
            raise ValueError(f"{name} is damaged: {error}") from error
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise ValueError(f"{name} is damaged: its checksum differs")
        return data

    def share_of(self, name: str) -> float:
        """Return which share of the archive this member is."""
        return self._members[name].compress_size / self._bytes
