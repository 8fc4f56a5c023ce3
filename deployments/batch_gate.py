"""Whose turn it is: keeps items out of a batch until there is a hand free to run it.

`@serve.batch` closes a batch a few milliseconds after its first item even while the previous
batch is still running, so that under load every item waits in a batch of its own, in the order of
arrival. Behind this gate items wait together instead, and enter the next batch together, those
that matter most first.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sentivox.types import Priority


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    priority: Priority
    cost: float
    admitted: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class BatchGate:
    """`most` bounds what a batch may cost, and `most_live` a batch that begins with live speech:
    whoever stops speaking waits for the batch that is running.
    """

    def __init__(self, most: float = math.inf, most_live: float = math.inf) -> None:
        self.most = most
        self.most_live = most_live
        self._queues: dict[Priority, deque[_Waiting]] = {each: deque() for each in Priority}
        self._inside = 0
        self._running_since: float | None = None

    @asynccontextmanager
    async def turn(
        self, priority: Priority = Priority.UPLOAD, cost: float = 1.0
    ) -> AsyncIterator[None]:
        """Around one item's way through a batch."""
        waiting = _Waiting(priority, cost)
        self._queues[priority].append(waiting)
        self._admit()
        try:
            await waiting.admitted
        except asyncio.CancelledError:
            self._leave(waiting)
            raise
        try:
            yield
        finally:
            self._leave(waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Around the body of a batch."""
        self._running_since = time.monotonic()
        try:
            yield
        finally:
            self._running_since = None

    def busy_seconds(self) -> float:
        """How long the batch that is running has been at it; 0 when none is."""
        return 0.0 if self._running_since is None else time.monotonic() - self._running_since

    def _leave(self, waiting: _Waiting) -> None:
        if waiting.admitted.done() and not waiting.admitted.cancelled():
            self._inside -= 1
        else:
            self._queues[waiting.priority].remove(waiting)
        self._admit()

    def _admit(self) -> None:
        if self._inside:
            return
        room = math.inf
        for priority, queue in self._queues.items():
            while queue and (not self._inside or queue[0].cost <= room):
                if not self._inside:
                    room = self.most if priority is Priority.UPLOAD else self.most_live
                waiting = queue.popleft()
                room -= waiting.cost
                self._inside += 1
                waiting.admitted.set_result(None)
