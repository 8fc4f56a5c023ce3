"""Whose turn it is: keeps items out of a batch until there is a hand free to run it.

`@serve.batch` closes a batch a few milliseconds after its first item even while the previous
batch is still running, so that under load every item waits in a batch of its own, in the order of
arrival. Behind this gate items wait together instead, and enter the next batch together, those
that matter most first. Items that matter more or less never share a batch: whoever has stopped
speaking would wait for the windows of a file.
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


@dataclass(slots=True, eq=False)
class _Group:
    """Items that were admitted together and haven't left."""

    priority: Priority
    inside: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    priority: Priority
    cost: float
    admitted: asyncio.Future[_Group] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class BatchGate:
    """`most` bounds what a batch may cost, and `most_live` a batch that begins with live speech:
    whoever stops speaking waits for the batch that is running. `at_once` batches may run, and where
    they have places of their own as many with the last words of turns.
    """

    def __init__(
        self,
        most: float = math.inf,
        most_live: float = math.inf,
        at_once: int = 1,
        *,
        finals_apart: bool = False,
    ) -> None:
        self.most = most
        self.most_live = most_live
        self.at_once = at_once
        self._finals_apart = finals_apart
        self._queues: dict[Priority, deque[_Waiting]] = {each: deque() for each in Priority}
        self._groups: set[_Group] = set()
        self._running_since: dict[object, float] = {}

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
        batch = object()
        self._running_since[batch] = time.monotonic()
        try:
            yield
        finally:
            del self._running_since[batch]

    def busy_seconds(self) -> float:
        """How long the batch that began first has been running; 0 when none is."""
        now = time.monotonic()
        return max((now - since for since in self._running_since.values()), default=0.0)

    def _leave(self, waiting: _Waiting) -> None:
        if not waiting.admitted.cancelled():
            group = waiting.admitted.result()
            group.inside -= 1
            if not group.inside:
                self._groups.discard(group)
        self._admit()

    def _admit(self) -> None:
        self._drop_given_up()
        while (priority := self._next()) is not None:
            self._groups.add(self._group(priority))

    def _drop_given_up(self) -> None:
        """A future is cancelled before its task runs again, and a place may become free between."""
        for priority, queue in self._queues.items():
            if any(waiting.admitted.cancelled() for waiting in queue):
                kept = (waiting for waiting in queue if not waiting.admitted.cancelled())
                self._queues[priority] = deque(kept)

    def _next(self) -> Priority | None:
        """What matters most of what waits and has a place."""
        return min(
            (each for each, queue in self._queues.items() if queue and self._has_place(each)),
            default=None,
        )

    def _has_place(self, priority: Priority) -> bool:
        taken = sum(self._apart(group.priority) == self._apart(priority) for group in self._groups)
        return taken < self.at_once

    def _apart(self, priority: Priority) -> bool:
        return self._finals_apart and priority is Priority.FINAL

    def _group(self, priority: Priority) -> _Group:
        queue = self._queues[priority]
        room = self.most if priority is Priority.UPLOAD else self.most_live
        group = _Group(priority)
        while queue and (not group.inside or queue[0].cost <= room):
            waiting = queue.popleft()
            room -= waiting.cost
            group.inside += 1
            waiting.admitted.set_result(group)
        return group
