"""A file as FFmpeg reads it best: wrong sizes are mended, and missing bytes become a warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sentivox.audio.decoding import aiff, ebml, riff, rifx, xing
from sentivox.audio.decoding.container import AAC, AIFF, AU, MATROSKA, MP3, WAV, WEBM, Container
from sentivox.audio.decoding.mpeg_frames import find_mpeg_audio, leading_tags_bytes

WHOLE_FRACTION = 0.99
"""Files with less than this fraction of the bytes that they state are truncated."""
FRACTIONS: dict[Container, Callable[[bytes], float]] = {
    WAV: riff.stated_fraction,
    MP3: xing.received_fraction,
    WEBM: ebml.received_fraction,
    MATROSKA: ebml.received_fraction,
}
"""Bytes that are there over those stated."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes to decode."""

    audio: bytes
    demuxer: str
    warning: str = ""
    """A sentence about wrong sizes."""


def source_of(audio: bytes, container: Container) -> Source:
    """The file, mended where its header is wrong. Raises UnsupportedAudio."""
    if audio.startswith(b"RIFX") and container == WAV:
        return Source(rifx.as_au(audio), AU.demuxer)
    source = Source(audio, container.demuxer)
    fraction = FRACTIONS[container](audio) if container in FRACTIONS else 1.0
    if fraction < WHOLE_FRACTION:
        source = replace(source, warning=f"The file seems cut off: {fraction:.0%} of it is here.")
    if container == WAV and fraction > 1:
        return replace(
            source,
            audio=riff.to_the_end(audio),
            warning="The file is longer than its header states; all of it was transcribed.",
        )
    if container == AIFF:
        return replace(source, audio=aiff.whole(audio))
    if container in (MP3, AAC):
        return replace(source, audio=_without_junk(audio))
    return source


def _without_junk(audio: bytes) -> bytes:
    """From the first frame, if anything but tags comes before it."""
    _, position = find_mpeg_audio(audio) or (None, 0)
    return audio[position:] if position > leading_tags_bytes(audio) else audio
