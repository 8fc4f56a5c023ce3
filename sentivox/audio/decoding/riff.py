"""How much of a WAV file's samples are there, by its chunks (Microsoft and IBM, RIFF, 1991)."""

from __future__ import annotations

import struct

FIRST_CHUNK = 12
CHUNK = struct.Struct("<4sI")
UNKNOWN_LENGTH = 0x7FF0_0000
"""Programs that write to a pipe leave 0, or about the largest number they can, for the length."""


def data_share(wav: bytes) -> float:
    """Bytes after the header of the "data" chunk over the length stated there; at most 1.

    1 when the length isn't known or there is no such chunk.
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
