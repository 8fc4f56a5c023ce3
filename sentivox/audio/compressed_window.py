"""Lossless compression of windows that wait for a recogniser, about 2:1."""

from __future__ import annotations

from dataclasses import dataclass

from sentivox.types import SpeechSegment, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class CompressedWindow:
    """A SpeechWindow whose samples are a FLAC file."""

    index: int
    start: float
    flac: bytes
    speech: tuple[SpeechSegment, ...]
    channel: int | None


def compress(window: SpeechWindow) -> CompressedWindow:
    # Imports PyAV, which a stage needs for long files only.
    from sentivox.audio import flac

    encoded = flac.encode(window.pcm)
    return CompressedWindow(window.index, window.start, encoded, window.speech, window.channel)


def decompress(window: CompressedWindow) -> SpeechWindow:
    """The window that `compress` was given, with the same samples."""
    from sentivox.audio import flac

    pcm = flac.decode(window.flac)
    return SpeechWindow(window.index, window.start, pcm, window.speech, window.channel)
