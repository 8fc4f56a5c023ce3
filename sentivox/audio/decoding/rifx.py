"""RIFX, the big-endian WAV (Microsoft and IBM, RIFF, 1991), as an AU file.

FFmpeg reads a RIFX file's samples as if they were little-endian. The samples of AU are big-endian
(Sun, "audio file format", 1992), so they stay as they are.
"""

from __future__ import annotations

import struct

from sentivox.errors import UnsupportedAudio

CHUNK = struct.Struct(">4sI")
FIRST_CHUNK = 12
FORMAT = struct.Struct(">HHIIHH")
"""Format, channels, sample rate, bytes per second, bytes per frame, bits per sample."""
AU = struct.Struct(">4sIIIII")
"""Magic number, start of the samples, their length, encoding, sample rate, channels."""
ENCODINGS = {(1, 16): 3, (1, 24): 4, (1, 32): 5, (3, 32): 6, (3, 64): 7, (6, 8): 27, (7, 8): 1}
"""Encoding of AU by format and bits of RIFX: PCM, floats, A-law and mu-law."""


def as_au(rifx: bytes) -> bytes:
    """An AU file of these samples. Raises UnsupportedAudio."""
    position = FIRST_CHUNK
    layout: tuple[int, ...] | None = None
    while position + CHUNK.size <= len(rifx):
        name, size = CHUNK.unpack_from(rifx, position)
        position += CHUNK.size
        if name == b"fmt " and position + FORMAT.size <= len(rifx):
            layout = FORMAT.unpack_from(rifx, position)
        if name == b"data" and layout:
            return _header(layout) + rifx[position : position + size]
        position += size + size % 2
    raise _unsupported()


def _header(layout: tuple[int, ...]) -> bytes:
    kind, channels, rate, _, _, bits = layout
    encoding = ENCODINGS.get((kind, bits))
    if encoding is None:
        raise _unsupported()
    return AU.pack(b".snd", AU.size, 0xFFFF_FFFF, encoding, rate, channels)


def _unsupported() -> UnsupportedAudio:
    return UnsupportedAudio("This kind of big-endian WAV isn't read; convert the file to flac.")
