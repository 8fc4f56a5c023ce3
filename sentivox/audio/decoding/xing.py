"""Truncation of mp3 files, from the Xing header in the first frame (Xing, VBR header SDK, 1999).

LAME and FFmpeg write the header, and name it "Info" where the bitrate is constant.
"""

from __future__ import annotations

import struct

from sentivox.audio.decoding.mpeg_frames import find_mpeg_audio

FRAME_HEADER = 4
XING = struct.Struct(">4sIII")
"""Name, flags, and the first two numbers; the flags say which numbers those are."""
HAS_FRAMES, HAS_BYTES = 1, 2


def received_fraction(mp3: bytes) -> float:
    """Bytes from the first frame to the end of the file over the number of bytes stated, at most 1.

    Tags at the end count as received. 1 when no number is stated.
    """
    _, start = find_mpeg_audio(mp3) or (None, 0)
    stated = _stated_bytes(mp3, start)
    return min(1.0, (len(mp3) - start) / stated) if stated else 1.0


def _stated_bytes(mp3: bytes, start: int) -> int:
    position = start + FRAME_HEADER + _side_information_bytes(mp3[start : start + FRAME_HEADER])
    if len(mp3) < position + XING.size:
        return 0
    name, flags, first, second = XING.unpack_from(mp3, position)
    if name not in (b"Xing", b"Info") or not flags & HAS_BYTES:
        return 0
    return second if flags & HAS_FRAMES else first


def _side_information_bytes(header: bytes) -> int:
    """Bytes of layer III's side information, between a frame's header and its audio data (ISO/IEC
    11172-3, 2.4.1.7; about half for the lower rates of 13818-3).
    """
    version_1 = header[1] >> 3 & 3 == 3
    mono = header[3] >> 6 == 3
    if version_1:
        return 17 if mono else 32
    return 9 if mono else 17
