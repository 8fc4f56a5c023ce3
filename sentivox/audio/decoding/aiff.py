"""Sizes of AIFF files (Apple, AIFF-C, 1991)."""

from __future__ import annotations

import struct

FIRST_CHUNK = 12
CHUNK = struct.Struct(">4sI")


def whole(aiff: bytes) -> bytes:
    """The file with sizes that end where it ends, if it states other ones; programs that write to a
    pipe state the largest size they can.
    """
    position = FIRST_CHUNK
    while position + CHUNK.size <= len(aiff):
        name, size = CHUNK.unpack_from(aiff, position)
        if name == b"SSND":
            return _ended(aiff, position, size)
        position += CHUNK.size + size + size % 2
    return aiff


def _ended(aiff: bytes, chunk: int, size: int) -> bytes:
    content = chunk + CHUNK.size
    there = len(aiff) - content
    if size == there or (size < there and _continues(aiff, content + size + size % 2)):
        return aiff
    sound = CHUNK.pack(b"SSND", there)
    form = (len(aiff) - 8).to_bytes(4, "big")
    return aiff[:4] + form + aiff[8:chunk] + sound + aiff[content:]


def _continues(aiff: bytes, position: int) -> bool:
    if position + CHUNK.size > len(aiff):
        return True
    name, size = CHUNK.unpack_from(aiff, position)
    return name.isalnum() and position + CHUNK.size + size <= len(aiff) + 1
