"""Keeps items out of a batch until there is a hand free to run it.

`@serve.batch` closes a batch a few milliseconds after its first item even while the previous
batch is still running, so that under load every item waits in a batch of its own. Behind this
gate items wait together instead, and enter the next batch together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BatchGate:
    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._closed_at: float | None = None

    async def wait(self) -> None:
        """Return when no batch is running."""
        await self._open.wait()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Around the body of a batch."""
        self._open.clear()
        self._closed_at = time.monotonic()
        try:
            yield
        finally:
            self._closed_at = None
            self._open.set()

    def busy_seconds(self) -> float:
        """How long the batch that is running has been at it; 0 when none is."""
        return 0.0 if self._closed_at is None else time.monotonic() - self._closed_at
