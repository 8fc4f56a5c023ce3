"""Detecting MPEG audio (mp1, mp2, mp3) and ADTS files, which begin with a frame and no signature.

Header layouts: ISO/IEC 11172-3 section 2.4.1.3, 13818-3 (lower rates), 13818-7 section 6.2 (ADTS),
and ID3v2.4 section 3.1 for the tag that may come first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

_MAX_BYTES_BEFORE = 4 * 1024 * 1024
"""Most bytes of padding or other data before the first frame."""
_FRAMES_AFTER_JUNK = 5
"""Frames in a row by which audio differs from other data; at the start two are enough."""
_ID3_HEADER = 10
_RATES = (44_100, 48_000, 32_000)
# kbit/s by (is MPEG 1, layer); index 0 means "free" and 15 is forbidden.
_KBITS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def find_mpeg_audio(audio: bytes) -> tuple[Literal["mp3", "aac", "flac"], int] | None:
    """Format and byte position of the first of several consecutive frames; None without such
    frames.

    "flac" is a FLAC file after an ID3 tag, which some taggers write.
    """
    start = leading_tags_bytes(audio)
    if audio.startswith(b"fLaC", start):
        return "flac", start
    end = min(start + _MAX_BYTES_BEFORE, len(audio))
    position = audio.find(b"\xff", start, end)
    while position >= 0:
        frames = 2 if position == start else _FRAMES_AFTER_JUNK
        if _repeats(audio, position, mpeg_frame_bytes, frames):
            return "mp3", position
        if _repeats(audio, position, adts_frame_bytes, frames):
            return "aac", position
        position = audio.find(b"\xff", position + 1, end)
    return None


def mpeg_frame_bytes(header: bytes) -> int:
    """Bytes of the MPEG audio frame that begins with this header of four bytes; 0 for no frame."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return 0
    mpeg_1 = version == 3
    hertz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    bits = 1000 * _KBITS[mpeg_1, layer][bitrate - 1]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    samples = 576 if layer == 3 and not mpeg_1 else 1152
    return samples // 8 * bits // hertz + padding


def adts_frame_bytes(header: bytes) -> int:
    """Bytes of the ADTS frame that begins with this header of six bytes; 0 for no frame."""
    if len(header) < 6 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    if header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def _repeats(audio: bytes, position: int, frame_bytes: Callable[[bytes], int], frames: int) -> bool:
    """Whether so many frames follow one another, or fewer up to the end of the file."""
    for number in range(frames):
        if number and position == len(audio):
            return True
        length = frame_bytes(audio[position : position + 6])
        # The last of these frames may be cut off, but for the first one.
        if not length or (not number and position + length > len(audio)):
            return False
        position = min(position + length, len(audio))
    return True


def leading_tags_bytes(audio: bytes) -> int:
    """Length of the ID3v2 tags at the start of the file."""
    position = 0
    while audio.startswith(b"ID3", position) and len(audio) >= position + _ID3_HEADER:
        size = 0
        for byte in audio[position + 6 : position + _ID3_HEADER]:
            size = size << 7 | byte & 0x7F
        footer = _ID3_HEADER if audio[position + 5] & 0x10 else 0
        end = position + _ID3_HEADER + size + footer
        if end > len(audio):
            break  # the size is damaged: a file ends with audio
        position = end
    return position
