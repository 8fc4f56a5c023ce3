"""How fast a live client may be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sentivox.web.realtime.messages import Append, ClientMessage

MESSAGE_SECONDS = 0.02
"""What a message costs at least: the busiest clients send one every 20 ms."""
BYTES_PER_SECOND = 96_000
"""What a message costs by its size. PCM at 24 kHz has 48,000 bytes a second and base64 a third
more, so audio never costs more than it lasts.
"""


def cost_s(audio_s: float, size: int) -> float:
    """What a message of so many bytes counts for, in seconds of audio."""
    return max(audio_s, MESSAGE_SECONDS, size / BYTES_PER_SECOND)


class Lead:
    """How far a client is ahead of real time: a leaky bucket, in seconds of audio."""

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most_s
        self._clock = clock
        self._ahead = 0.0
        self._at = clock()

    def add(self, cost: float) -> bool:
        """A message came that costs so many seconds; False when it's too much."""
        now = self._clock()
        self._ahead = max(0.0, self._ahead - (now - self._at)) + cost
        self._at = now
        return self._ahead <= self._most


class Inbox:
    """What a client has said and nobody has taken up yet, in order and of limited size."""

    def __init__(self, most_s: float) -> None:
        self.audio_bytes = 0
        """Of the audio that waits."""
        self._most = most_s
        self._waiting = 0.0
        self._messages: asyncio.Queue[tuple[ClientMessage, float]] = asyncio.Queue()

    @property
    def empty(self) -> bool:
        return self._messages.empty()

    def put(self, message: ClientMessage, cost: float) -> bool:
        """False when messages of more than `most_s` seconds would wait."""
        if self._waiting + cost > self._most:
            return False
        self._waiting += cost
        self.audio_bytes += _audio_bytes(message)
        self._messages.put_nowait((message, cost))
        return True

    async def get(self) -> ClientMessage:
        message, cost = await self._messages.get()
        self._waiting -= cost
        self.audio_bytes -= _audio_bytes(message)
        return message


def _audio_bytes(message: ClientMessage) -> int:
    return len(message.audio) if isinstance(message, Append) else 0
