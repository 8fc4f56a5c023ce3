"""How fast a live client may be."""

from __future__ import annotations

import time
from collections.abc import Callable

MESSAGE_SECONDS = 0.02
"""What a message costs at least: the busiest clients send one every 20 ms."""


class Lead:
    """How far a client is ahead of real time: a leaky bucket, in seconds of audio."""

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most_s
        self._clock = clock
        self._ahead = 0.0
        self._at = clock()

    def add(self, audio_s: float) -> bool:
        """A message with so much audio came; False when it's too much."""
        now = self._clock()
        self._ahead = max(0.0, self._ahead - (now - self._at)) + max(audio_s, MESSAGE_SECONDS)
        self._at = now
        return self._ahead <= self._most
