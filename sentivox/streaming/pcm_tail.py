"""The last part of a stream of audio: what may still be needed of it."""

from __future__ import annotations

import numpy as np

from sentivox.types import SAMPLE_RATE, Pcm

BYTES_PER_SAMPLE = 2


class PcmTail:
    def __init__(self) -> None:
        self._data = bytearray()
        self._first = 0
        """Samples of the stream that were forgotten."""

    @property
    def end_s(self) -> float:
        """Seconds of audio since the stream began."""
        return (self._first + len(self._data) // BYTES_PER_SAMPLE) / SAMPLE_RATE

    def append(self, pcm: Pcm) -> None:
        self._data += pcm.tobytes()

    def between(self, start_s: float, end_s: float) -> Pcm:
        """A copy; what was forgotten or hasn't come is left out."""
        start, end = (BYTES_PER_SAMPLE * self._position(each) for each in (start_s, end_s))
        return np.frombuffer(bytes(self._data[start:end]), np.int16)

    def forget(self, before_s: float) -> None:
        gone = min(self._position(before_s), len(self._data) // BYTES_PER_SAMPLE)
        del self._data[: BYTES_PER_SAMPLE * gone]
        self._first += gone

    def _position(self, seconds: float) -> int:
        return max(0, round(seconds * SAMPLE_RATE) - self._first)
