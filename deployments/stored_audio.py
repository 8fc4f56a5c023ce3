"""What the decoder tells the pipeline: facts and references, never samples."""

from __future__ import annotations

from dataclasses import dataclass

import ray

from sentivox.types import AudioInfo, SpeechWindow


@dataclass(frozen=True, slots=True)
class WindowRef:
    """A window that stays in the object store until a recogniser reads it."""

    index: int
    start: float
    seconds: float
    ref: ray.ObjectRef[SpeechWindow]


@dataclass(frozen=True, slots=True)
class StoredAudio:
    info: AudioInfo
    windows: tuple[WindowRef, ...]
