"""Sizes of WAV files (Microsoft and IBM, RIFF, 1991; EBU Tech 3306 for RF64)."""

from __future__ import annotations

import struct

FIRST_CHUNK = 12
CHUNK = struct.Struct("<4sI")
UNKNOWN_LENGTH = 0x7F00_0000
"""Smallest size that means "unknown". Programs that write to a pipe state 0 or about the largest
size they can."""
TO_THE_END = b"\xff\xff\xff\xff"
"""The size with which FFmpeg reads to the end of the file."""


def stated_fraction(wav: bytes) -> float:
    """Bytes of the "data" chunk that are there over the size stated, or over 1 where the size is
    too small: what follows such a chunk isn't another chunk.

    1 when the size is right or unknown, or there is no such chunk.
    """
    data = _data(wav)
    if data is None:
        return 1.0
    position, size = data
    if not 0 < size < UNKNOWN_LENGTH:
        return 1.0
    there = len(wav) - position
    if there >= size and not _continues(wav, position + size + size % 2):
        return there / size
    return min(1.0, there / size)


def to_the_end(wav: bytes) -> bytes:
    """The file with a "data" chunk that ends with the file."""
    data = _data(wav)
    if data is None:
        return wav
    position, _ = data
    return b"RIFF" + TO_THE_END + wav[8 : position - 4] + TO_THE_END + wav[position:]


def _data(wav: bytes) -> tuple[int, int] | None:
    """Position and stated size of the content of the "data" chunk."""
    position = FIRST_CHUNK
    size_64 = 0
    while position + CHUNK.size <= len(wav):
        name, size = CHUNK.unpack_from(wav, position)
        position += CHUNK.size
        if name == b"ds64" and position + 16 <= len(wav):
            (size_64,) = struct.unpack_from("<Q", wav, position + 8)
        if name == b"data":
            return position, size_64 or size
        position += size + size % 2
    return None


def _continues(wav: bytes, position: int) -> bool:
    """Whether the file ends at this position, or chunks follow to its end."""
    while position + CHUNK.size <= len(wav):
        name, size = CHUNK.unpack_from(wav, position)
        if not name.isascii() or not name.decode("ascii").isprintable():
            return False
        position += CHUNK.size + size + size % 2
    return position <= len(wav) + 1
