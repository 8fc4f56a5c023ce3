"""Segments of windows that overlap in time, brought into one order as they come."""

from __future__ import annotations

from collections.abc import Iterable

from sentivox.types import TranscribedSegment


class TimeOrder:
    """Of two that begin at the same time, the first to come is the first to leave."""

    def __init__(self) -> None:
        self._waiting: list[TranscribedSegment] = []

    def add(self, segments: Iterable[TranscribedSegment]) -> None:
        self._waiting = sorted([*self._waiting, *segments], key=lambda segment: segment.start)

    def before(self, seconds: float) -> list[TranscribedSegment]:
        """Those that begin earlier, when none that does is still to come; each only once."""
        ready = [segment for segment in self._waiting if segment.start < seconds]
        self._waiting = self._waiting[len(ready) :]
        return ready
