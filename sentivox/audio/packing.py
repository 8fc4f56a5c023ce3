"""Windows that wait, in half of the memory: without loss, for some milliseconds of work."""

from __future__ import annotations

from dataclasses import dataclass

from sentivox.types import SpeechSegment, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class PackedWindow:
    """A SpeechWindow, its sound as FLAC."""

    index: int
    start: float
    sound: bytes
    speech: tuple[SpeechSegment, ...]
    channel: int | None


def packed(window: SpeechWindow) -> PackedWindow:
    # Brings PyAV, which a stage needs for long files alone.
    from sentivox.audio import flac

    sound = flac.encode(window.pcm)
    return PackedWindow(window.index, window.start, sound, window.speech, window.channel)


def unpacked(window: PackedWindow) -> SpeechWindow:
    from sentivox.audio import flac

    pcm = flac.decode(window.sound)
    return SpeechWindow(window.index, window.start, pcm, window.speech, window.channel)
