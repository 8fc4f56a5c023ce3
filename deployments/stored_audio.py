"""What the decoder tells the pipeline: facts and references, never samples."""

from __future__ import annotations

from dataclasses import dataclass

import ray

from sentivox.types import AudioInfo, SpeechWindow, SuppressedSegment


@dataclass(frozen=True, slots=True)
class WindowRef:
    """A window that stays in the object store until a recogniser reads it."""

    index: int
    start: float
    seconds: float
    ref: ray.ObjectRef[SpeechWindow]
    channel: int | None = None
    """None when all channels were mixed."""


@dataclass(frozen=True, slots=True)
class StoredAudio:
    info: AudioInfo
    windows: tuple[WindowRef, ...]
    """In order of their starts."""
    suppressed: tuple[SuppressedSegment, ...] = ()

    @property
    def channels(self) -> int:
        """Those with a voice of their own."""
        return len({window.channel for window in self.windows})
