"""What stages tell the pipeline of audio: facts and references, and samples of short files alone.

What is large, a stage yields before its facts, each by itself. Its reference is then the caller's
own, which Ray counts surely; of references inside an answer it loses some
(docs/decisions/0018-large-things-are-yielded.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import ray

from sentivox.audio.packing import PackedWindow, unpacked
from sentivox.models.base import EncodedSound
from sentivox.models.language_spans import Stretch
from sentivox.types import AudioInfo, LanguageDetection, SpeechWindow, SuppressedSegment

StoredWindow = SpeechWindow | PackedWindow

SMALL_BYTES = 256 * 1024
"""A file of no more is decoded by value (docs/decisions/0022-short-files-by-value.md)."""
SHORT_S = 6.0
"""And its windows of no more stay so."""


async def at_hand(window: StoredWindow) -> SpeechWindow:
    """For stages: the window, unpacked if it was packed."""
    if isinstance(window, PackedWindow):
        return await asyncio.to_thread(unpacked, window)
    return window


@dataclass(frozen=True, slots=True)
class WindowFacts:
    start: float
    seconds: float
    channel: int | None
    """None when all channels were mixed."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the decoder tells once all windows are cut."""

    info: AudioInfo
    windows: tuple[WindowFacts, ...]
    """In the order in which they were cut."""
    suppressed: tuple[SuppressedSegment, ...]


@dataclass(frozen=True, slots=True)
class WindowRef:
    """A window that stays in the object store until a recogniser reads it, or a short one."""

    index: int
    start: float
    seconds: float
    ref: ray.ObjectRef[StoredWindow] | SpeechWindow
    channel: int | None = None
    """None when all channels were mixed."""

    @property
    def by_value(self) -> bool:
        return isinstance(self.ref, SpeechWindow)


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


def stored(
    facts: FileFacts, refs: Sequence[ray.ObjectRef[StoredWindow] | SpeechWindow]
) -> StoredAudio:
    """With the reference of each window, in the order in which they were cut."""
    cut = sorted(zip(facts.windows, refs, strict=True), key=lambda each: each[0].start)
    windows = tuple(
        WindowRef(index, window.start, window.seconds, ref, window.channel)
        for index, (window, ref) in enumerate(cut)
    )
    return StoredAudio(facts.info, windows, facts.suppressed)


def short_or_stored(window: StoredWindow) -> ray.ObjectRef[StoredWindow] | SpeechWindow:
    """Of a small file: a long window goes into the object store after all."""
    if isinstance(window, SpeechWindow) and window.seconds <= SHORT_S:
        return window
    return ray.put(window)


@dataclass(frozen=True, slots=True)
class ListenedWindow:
    """A window whose language was told."""

    detection: LanguageDetection
    stretches: tuple[Stretch, ...]
    """Of its speech, in order of time."""
    sound: ray.ObjectRef[EncodedSound] | EncodedSound | None = None
    """What it was heard as, where it is handed on to a recogniser of the same weights: itself where
    the window goes by value."""
