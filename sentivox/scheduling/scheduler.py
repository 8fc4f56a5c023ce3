"""The scheduler of a stage: holds work back until a batch may start, then lets a batch in at once.

`@serve.batch` closes a batch a few milliseconds after its first item, even while another batch
runs: under load every item would run in a batch of its own, in order of arrival. So items wait
here, in the order of `sentivox.scheduling.policy`, and those of one batch enter together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from sentivox.scheduling.batch import Batch, Slot
from sentivox.scheduling.policy import GROUP_WAIT_S, BatchLimits, Entry, next_batch
from sentivox.settings import MAX_WORKERS
from sentivox.types import Priority

T = TypeVar("T")

HANG_SECONDS = 80.0
"""A batch that runs longer hangs: more than any batch took on the slowest machine measured. Serve
replaces a replica after three failed health checks."""


class ReplicaHung(RuntimeError):
    """Raised in a health check, for Serve's controller and its log."""


class Scheduler:
    """One per replica. `limits` may be replaced at any time."""

    def __init__(
        self,
        limits: BatchLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or BatchLimits()
        self._clock = clock
        self._waiting: dict[Entry, asyncio.Future[Slot]] = {}
        self._inside: dict[Entry, Slot] = {}
        self._running_since: dict[object, float] = {}
        # A thread starts when no other is free, so there are as many as concurrent batches.
        self._threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="batch")

    @asynccontextmanager
    async def slot(
        self,
        priority: Priority = Priority.UPLOAD,
        cost: float = 1.0,
        *,
        waits_for_group: bool = False,
    ) -> AsyncIterator[Slot]:
        """Waits for a place in a batch, and holds it while the body of the `with` runs.

        `waits_for_group` is for entries that other entries of the same file follow at once.
        """
        now = self._clock()
        waits_until = now + GROUP_WAIT_S if waits_for_group else -float("inf")
        entry = Entry(priority, cost, now, waits_until)
        admitted: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting[entry] = admitted
        try:
            self._start_batches()
            if waits_for_group:
                asyncio.get_running_loop().call_later(GROUP_WAIT_S, self._stop_waiting, entry)
            yield await admitted
        finally:
            self._leave(entry)

    async def run(self, body: Callable[..., T], *arguments: Any) -> T:
        """The result of `body`, run in a thread for batches only: torch keeps memory for every size
        of product in each thread that it runs in (docs/log.md).
        """
        batch = object()
        self._running_since[batch] = self._clock()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, partial(body, *arguments)
            )
        finally:
            del self._running_since[batch]

    def backlog(self) -> tuple[float, int]:
        """Cost and number of the entries that wait or are in a batch."""
        costs = [entry.cost for entry in (*self._waiting, *self._inside)]
        return sum(costs), len(costs)

    def check_not_hung(self) -> None:
        """Raises ReplicaHung when a batch has been running for more than HANG_SECONDS."""
        now = self._clock()
        longest = max((now - since for since in self._running_since.values()), default=0.0)
        if longest > HANG_SECONDS:
            raise ReplicaHung(f"One batch has been running for {longest:.0f} s.")

    def _running_batches(self) -> int:
        return len({id(slot.batch) for slot in self._inside.values()})

    def _start_batches(self) -> None:
        now = self._clock()
        while entries := next_batch(self._waiting, now, self._running_batches(), self.limits):
            batch = Batch(len(entries))
            for entry in entries:
                self._inside[entry] = slot = Slot(batch)
                admitted = self._waiting.pop(entry)
                # One that was given up leaves as soon as its task runs again.
                if not admitted.done():
                    admitted.set_result(slot)

    def _stop_waiting(self, entry: Entry) -> None:
        # By the timer and not by the clock: a loop's timers may be milliseconds early.
        entry.waits_until = -float("inf")
        self._start_batches()

    def _leave(self, entry: Entry) -> None:
        self._waiting.pop(entry, None)
        if slot := self._inside.pop(entry, None):
            slot.leave()
        self._start_batches()
