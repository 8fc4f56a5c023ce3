"""Order by time of segments from windows that overlap."""

from __future__ import annotations

from collections.abc import Iterable

from sentivox.types import TranscribedSegment


class TimeOrder:
    """Segments that wait for earlier ones. Equal starts keep their order of arrival."""

    def __init__(self) -> None:
        self._waiting: list[TranscribedSegment] = []

    def add(self, segments: Iterable[TranscribedSegment]) -> None:
        """Adds segments in any order."""
        self._waiting = sorted([*self._waiting, *segments], key=lambda segment: segment.start)

    def before(self, seconds: float) -> list[TranscribedSegment]:
        """Removes and returns the segments that start before `seconds`, in order of starts.

        All segments before that time must have been added.
        """
        ready = [segment for segment in self._waiting if segment.start < seconds]
        self._waiting = self._waiting[len(ready) :]
        return ready
