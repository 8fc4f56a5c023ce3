"""Buffer of the latest audio of a live session."""

from __future__ import annotations

import numpy as np

from sentivox.types import SAMPLE_RATE, Pcm

BYTES_PER_SAMPLE = 2


class PcmBuffer:
    """The latest samples of a stream; times are in seconds from the start of the stream."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._discarded = 0
        """Number of samples discarded from the start of the stream."""

    @property
    def end_s(self) -> float:
        """Length of the stream, discarded samples included."""
        return (self._discarded + len(self._data) // BYTES_PER_SAMPLE) / SAMPLE_RATE

    def append(self, pcm: Pcm) -> None:
        """Add samples at the end of the stream."""
        self._data += pcm.tobytes()

    def between(self, start_s: float, end_s: float) -> Pcm:
        """A copy of the samples between two times, as far as they are in the buffer."""
        start, end = (BYTES_PER_SAMPLE * self._position(each) for each in (start_s, end_s))
        return np.frombuffer(bytes(self._data[start:end]), np.int16)

    def discard_before(self, time_s: float) -> None:
        """Drop the samples before a time."""
        count = min(self._position(time_s), len(self._data) // BYTES_PER_SAMPLE)
        del self._data[: BYTES_PER_SAMPLE * count]
        self._discarded += count

    def _position(self, seconds: float) -> int:
        return max(0, round(seconds * SAMPLE_RATE) - self._discarded)
