"""How much of an mp3 file is there, by the Xing header in its first frame.

Xing described it in its VBR header SDK (1999). LAME and FFmpeg write one, named "Info" where the
bitrate is constant.
"""

from __future__ import annotations

import struct

from sentivox.audio.decoding.mpeg_frames import find_mpeg_audio

FRAME_HEADER = 4
XING = struct.Struct(">4sIII")
"""Name, flags, and the first two numbers, of which the flags say what they are."""
HAS_FRAMES, HAS_BYTES = 1, 2


def data_share(mp3: bytes) -> float:
    """Bytes from the first frame to the end, tags included, over the number stated; at most 1.

    1 when no number is stated.
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
    """What layer III needs between a frame's header and its sound (ISO/IEC 11172-3, 2.4.1.7; half
    of it for the lower rates of 13818-3).
    """
    version_1 = header[1] >> 3 & 3 == 3
    mono = header[3] >> 6 == 3
    if version_1:
        return 17 if mono else 32
    return 9 if mono else 17
