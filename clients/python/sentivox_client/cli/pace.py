"""How fast a recording is played to the service."""

from __future__ import annotations

import asyncio
import time

REAL_TIME_S = 0.0
FAST_S = 100.0
"""The service ends sessions that are further than 120 s ahead of real time."""


class Pace:
    """Lets nobody be more than `most_ahead_s` ahead of the clock, which starts with the first."""

    def __init__(self, most_ahead_s: float) -> None:
        self.played_s = 0.0
        self._most_ahead_s = most_ahead_s
        self._began: float | None = None

    async def keep(self, seconds: float) -> None:
        """Returns when it's time for audio that lasts so long."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        early = self.played_s - self._most_ahead_s - (now - self._began)
        if early > 0:
            await asyncio.sleep(early)
        self.played_s += seconds
