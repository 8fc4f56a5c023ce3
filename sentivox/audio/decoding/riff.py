"""Truncation of WAV files, from the "data" chunk's stated size (Microsoft and IBM, RIFF, 1991)."""

from __future__ import annotations

import struct

FIRST_CHUNK = 12
CHUNK = struct.Struct("<4sI")
UNKNOWN_LENGTH = 0x7FF0_0000
"""Smallest size that means "unknown". Programs that write to a pipe state 0 or about the largest
size they can."""


def received_fraction(wav: bytes) -> float:
    """Bytes after the header of the "data" chunk over the size stated there, at most 1.

    1 when the size is unknown or there is no such chunk.
    """
    position = FIRST_CHUNK
    while position + CHUNK.size <= len(wav):
        name, size = CHUNK.unpack_from(wav, position)
        position += CHUNK.size
        if name == b"data":
            known = 0 < size < UNKNOWN_LENGTH
            return min(1.0, (len(wav) - position) / size) if known else 1.0
        position += size + size % 2
    return 1.0
