"""Whose turn it is: keeps items out of a batch until there is a hand free to run it.

`@serve.batch` closes a batch a few milliseconds after its first item even while the previous
batch is still running, so that under load every item waits in a batch of its own, in the order of
arrival. Behind this gate items wait together instead, and enter the next batch together, those
that matter most first. Items that matter more or less never share a batch: whoever has stopped
speaking would wait for the windows of a file. Windows of files go by the time at which they are
due, which is later the longer they are: a short file isn't behind a long one, and a long one goes
on however many short ones there are.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sentivox.settings import MOST_WORKERS
from sentivox.types import Priority

T = TypeVar("T")

QUIET_S = 0.1
"""Less than this between two batches is a busy place."""
LINGER_S = 0.05
"""For those who come together, from another process and so one after the other."""
DUE_S = 0.3
"""After so long for each second that it costs a window is due."""


@dataclass(slots=True, eq=False)
class _Group:
    """Items that were admitted together and haven't left."""

    inside: int = 0


@dataclass(slots=True, eq=False)
class _Waiting:
    priority: Priority
    cost: float
    lingers: bool
    """It waits for others, though there may be room."""
    since: float = field(default_factory=time.monotonic)
    admitted: asyncio.Future[_Group] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class BatchGate:
    """`most` bounds what a batch may cost, and `most_live` a batch of live speech: whoever stops
    speaking waits for the batch that is running. `at_once` batches may run.
    """

    def __init__(
        self,
        most: float = math.inf,
        most_live: float = math.inf,
        at_once: int = 1,
        *,
        padded: bool = True,
    ) -> None:
        """Not `padded`, a cost is a number of rows instead of the seconds of one."""
        self._padded = padded
        self.most = most
        self.most_live = most_live
        self.at_once = at_once
        self._costs: list[float] = []
        """Of those who wait or are inside."""
        self._queues: dict[Priority, deque[_Waiting]] = {each: deque() for each in Priority}
        self._groups: set[_Group] = set()
        self._empty_since = -math.inf
        self._rested_s = math.inf
        """How long nobody was inside before the last ones came."""
        self._running_since: dict[object, float] = {}
        # A thread begins when no other is free, so there are as many as batches at once.
        self._threads = ThreadPoolExecutor(MOST_WORKERS, thread_name_prefix="batch")

    @asynccontextmanager
    async def turn(
        self, priority: Priority = Priority.UPLOAD, cost: float = 1.0, *, among: bool = False
    ) -> AsyncIterator[None]:
        """Around one item's way through a batch; `among` others that come right after it."""
        waiting = _Waiting(priority, cost, among)
        self._queues[priority].append(waiting)
        self._costs.append(cost)
        try:
            self._admit()
            if among:
                asyncio.get_running_loop().call_later(LINGER_S, self._go_on, waiting)
            await waiting.admitted
            yield
        finally:
            self._costs.remove(cost)
            self._leave(waiting)

    async def run(self, body: Callable[..., T], *arguments: Any) -> T:
        """The body of a batch, in a thread that does nothing else: torch keeps something of every
        size of product for each thread that it runs in (docs/log.md).
        """
        batch = object()
        self._running_since[batch] = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, partial(body, *arguments)
            )
        finally:
            del self._running_since[batch]

    def backlog(self) -> tuple[float, int]:
        """What those who wait or are inside cost, and how many they are."""
        return sum(self._costs), len(self._costs)

    def busy_seconds(self) -> float:
        """How long the batch that began first has been running; 0 when none is."""
        now = time.monotonic()
        return max((now - since for since in self._running_since.values()), default=0.0)

    def is_quiet(self) -> bool:
        """Whether those who were admitted last have it all to themselves, and came to an empty
        place: where people come one after the other, the next one isn't far.
        """
        alone = len(self._groups) <= 1 and not any(self._queues.values())
        return alone and self._rested_s >= QUIET_S

    def _leave(self, waiting: _Waiting) -> None:
        if not waiting.admitted.cancelled():
            group = waiting.admitted.result()
            group.inside -= 1
            if not group.inside:
                self._groups.discard(group)
                self._empty_since = time.monotonic()
        self._admit()

    def _go_on(self, waiting: _Waiting) -> None:
        # By the timer and not by the clock: a loop's timers may be milliseconds early.
        waiting.lingers = False
        self._admit()

    def _admit(self) -> None:
        self._drop_given_up()
        while self._has_room():
            now = time.monotonic()
            self._rested_s = 0.0 if self._groups else now - self._empty_since
            self._groups.add(self._next_group())

    def _drop_given_up(self) -> None:
        """A future is cancelled before its task runs again, and a place may become free between."""
        for priority, queue in self._queues.items():
            if any(waiting.admitted.cancelled() for waiting in queue):
                kept = (waiting for waiting in queue if not waiting.admitted.cancelled())
                self._queues[priority] = deque(kept)

    def _has_room(self) -> bool:
        """Where several batches may run, drafts alone never take the last place."""
        drafts_only = not (self._queues[Priority.FINAL] or self._queues[Priority.UPLOAD])
        places = max(1, self.at_once - 1) if drafts_only else self.at_once
        somebody_goes = any(
            not waiting.lingers for queue in self._queues.values() for waiting in queue
        )
        return len(self._groups) < places and somebody_goes

    def _next_group(self) -> _Group:
        priority = min(each for each, queue in self._queues.items() if queue)
        most = self.most if priority is Priority.UPLOAD else self.most_live
        if priority is Priority.UPLOAD and self._padded:
            self._queues[priority] = deque(sorted(self._queues[priority], key=_due))
        queue = self._queues[priority]
        group, costs = _Group(), []
        while queue:
            costs.append(queue[0].cost)
            if group.inside and self._cost(costs) > most:
                break
            group.inside += 1
            queue.popleft().admitted.set_result(group)
        return group

    def _cost(self, costs: Sequence[float]) -> float:
        return padded(costs) if self._padded else sum(costs)


def padded(costs: Sequence[float]) -> float:
    """Every row of a batch costs as much as its longest."""
    return len(costs) * max(costs)


def _due(waiting: _Waiting) -> float:
    return waiting.since + DUE_S * waiting.cost
