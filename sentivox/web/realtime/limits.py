"""Limits on how far a live client may run ahead of real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sentivox.web.realtime.messages import Append, ClientMessage

MESSAGE_SECONDS = 0.02
"""Lowest cost of a message: clients with the shortest messages send one every 20 ms."""
BYTES_PER_SECOND = 96_000
"""Bytes of a message that cost one second. PCM at 24 kHz has 48,000 bytes per second, 64,000 in
base64, so audio never costs more than its length.
"""


def message_cost_s(audio_s: float, size: int) -> float:
    """Cost of a message of `size` bytes with `audio_s` seconds of audio, in seconds of audio."""
    return max(audio_s, MESSAGE_SECONDS, size / BYTES_PER_SECOND)


class RateLimiter:
    """Leaky bucket of message costs: it drains by one second per second.

    A client may be at most `max_ahead_s` seconds ahead of real time.
    """

    def __init__(self, max_ahead_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_ahead_s = max_ahead_s
        self._clock = clock
        self._ahead_s = 0.0
        self._updated = clock()

    def add(self, cost_s: float) -> bool:
        """Count a message; False when the client is too far ahead."""
        now = self._clock()
        self._ahead_s = max(0.0, self._ahead_s - (now - self._updated)) + cost_s
        self._updated = now
        return self._ahead_s <= self._max_ahead_s


class MessageQueue:
    """Messages of a client that wait to be processed, in order, of at most `max_s` seconds."""

    def __init__(self, max_s: float) -> None:
        self.audio_bytes = 0
        """Bytes of audio in the queue."""
        self._max_s = max_s
        self._cost_s = 0.0
        self._messages: asyncio.Queue[tuple[ClientMessage, float]] = asyncio.Queue()

    @property
    def empty(self) -> bool:
        """Whether no message waits."""
        return self._messages.empty()

    def put(self, message: ClientMessage, cost_s: float) -> bool:
        """Add a message; False, without adding it, when the queue would be over `max_s`."""
        if self._cost_s + cost_s > self._max_s:
            return False
        self._cost_s += cost_s
        self.audio_bytes += _audio_bytes(message)
        self._messages.put_nowait((message, cost_s))
        return True

    async def get(self) -> ClientMessage:
        """Wait for the next message and remove it."""
        message, cost_s = await self._messages.get()
        self._cost_s -= cost_s
        self.audio_bytes -= _audio_bytes(message)
        return message


def _audio_bytes(message: ClientMessage) -> int:
    return len(message.audio) if isinstance(message, Append) else 0
