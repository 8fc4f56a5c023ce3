"""What stages tell the pipeline of audio: facts and references, never samples."""

from __future__ import annotations

from dataclasses import dataclass

import ray
from ray.exceptions import ObjectLostError

from sentivox.models.base import EncodedSound
from sentivox.models.language_spans import Stretch
from sentivox.types import AudioInfo, LanguageDetection, SpeechWindow, SuppressedSegment


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


@dataclass(frozen=True, slots=True)
class SoundRef:
    """What a window was heard as, for a recogniser that has the same weights as the identifier."""

    ref: ray.ObjectRef[EncodedSound]

    async def read(self) -> EncodedSound | None:
        """None where it's gone with the replica that heard it: the window can be heard again."""
        try:
            return await self.ref
        except ObjectLostError:
            return None


@dataclass(frozen=True, slots=True)
class ListenedWindow:
    """A window whose language was told."""

    detection: LanguageDetection
    stretches: tuple[Stretch, ...]
    """Of its speech, in order of time."""
    sound: SoundRef | None
    """Where the identifier hands it on."""
