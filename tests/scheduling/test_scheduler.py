"""The scheduler in an event loop: slots, batches, threads, health."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from sentivox.scheduling.policy import GROUP_WAIT_S, BatchLimits
from sentivox.scheduling.scheduler import HANG_SECONDS, ReplicaHung, Scheduler
from sentivox.types import Priority

FINAL, UPLOAD, INTERIM = Priority.FINAL, Priority.UPLOAD, Priority.INTERIM


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Entries:
    """Entries that stay in their batch until `finish`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.inside: list[str] = []
        self._running = asyncio.Event()
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def add(
        self, name: str, priority: Priority = UPLOAD, cost: float = 1.0, *, group: bool = False
    ) -> None:
        self.tasks[name] = asyncio.create_task(self._enter(name, priority, cost, group))

    async def settle(self) -> set[str]:
        await asyncio.sleep(0.01)
        return set(self.inside)

    async def finish(self) -> set[str]:
        """Ends the running batches; returns the entries of the next ones."""
        self._running.set()
        self._running = asyncio.Event()
        return await self.settle()

    async def _enter(self, name: str, priority: Priority, cost: float, group: bool) -> None:
        async with self.scheduler.slot(priority, cost, waits_for_group=group):
            self.inside.append(name)
            try:
                await self._running.wait()
            finally:
                self.inside.remove(name)


async def test_entries_wait_together_while_a_batch_runs() -> None:
    entries = Entries(Scheduler())
    entries.add("first")
    assert await entries.settle() == {"first"}
    for name in "abc":
        entries.add(name)
    assert await entries.settle() == {"first"}
    assert await entries.finish() == {"a", "b", "c"}
    assert await entries.finish() == set()


async def test_a_decode_group_enters_together() -> None:
    entries = Entries(Scheduler(BatchLimits(max_concurrent_batches=2)))
    entries.add("a", group=True)
    assert await entries.settle() == set()
    entries.add("b", group=True)
    await asyncio.sleep(GROUP_WAIT_S)
    assert await entries.settle() == {"a", "b"}


async def test_the_backlog_counts_entries_that_wait_and_that_run() -> None:
    scheduler = Scheduler(BatchLimits(max_batch=30.0))
    entries = Entries(scheduler)
    entries.add("a", cost=10.0)
    entries.add("b", cost=30.0)
    await entries.settle()
    assert scheduler.backlog() == (40.0, 2)
    await entries.finish()
    await entries.finish()
    assert scheduler.backlog() == (0, 0)


async def test_entries_that_are_given_up_leave_their_slot_to_others() -> None:
    entries = Entries(Scheduler(BatchLimits(max_batch=1.0)))
    for name in "abc":
        entries.add(name)
    assert await entries.settle() == {"a"}
    entries.tasks["a"].cancel()
    entries.tasks["b"].cancel()
    assert await entries.settle() == {"c"}
    await entries.finish()
    async with asyncio.timeout(1), entries.scheduler.slot():
        pass


async def test_a_failed_batch_leaves_its_slot_to_the_next() -> None:
    scheduler = Scheduler()
    with pytest.raises(ValueError, match="broken"):
        async with scheduler.slot():
            await scheduler.run(int, "broken")
    async with asyncio.timeout(1), scheduler.slot():
        pass


async def test_a_batch_that_runs_for_long_is_reported_as_hung() -> None:
    clock = Clock()
    scheduler = Scheduler(clock=clock)
    go_on = threading.Event()
    batch = asyncio.create_task(scheduler.run(go_on.wait))
    await asyncio.sleep(0)
    clock.now = HANG_SECONDS - 1
    scheduler.check_not_hung()
    clock.now = HANG_SECONDS + 1
    with pytest.raises(ReplicaHung, match="81 s"):
        scheduler.check_not_hung()
    go_on.set()
    assert await batch
    scheduler.check_not_hung()


async def test_consecutive_batches_run_in_one_thread() -> None:
    scheduler = Scheduler(BatchLimits(max_concurrent_batches=2))
    assert len({await scheduler.run(threading.get_ident) for _ in range(5)}) == 1


class Doubling:
    """A batch body that records its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await asyncio.sleep(0)
        return [2 * item for item in items]


async def submit(scheduler: Scheduler, item: int, body: Doubling) -> int:
    async with scheduler.slot() as slot:
        result: int = await slot.run(item, body)
    return result


async def test_slots_of_a_batch_run_their_items_together() -> None:
    scheduler, body = Scheduler(), Doubling()
    results = await asyncio.gather(*(submit(scheduler, item, body) for item in range(4)))
    assert results == [0, 2, 4, 6]
    assert body.batches == [[0], [1, 2, 3]]


async def test_a_batch_runs_without_an_entry_that_was_given_up() -> None:
    scheduler, body = Scheduler(), Doubling()
    async with scheduler.slot():
        tasks = [asyncio.create_task(submit(scheduler, item, body)) for item in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
    async with asyncio.timeout(1):
        assert [await tasks[0], await tasks[2]] == [0, 4]
    assert body.batches == [[0, 2]]


async def test_a_failed_body_fails_every_item_of_its_batch() -> None:
    async def fail(items: Sequence[int]) -> list[int]:
        raise ValueError("broken")

    scheduler = Scheduler()

    async def run() -> None:
        async with scheduler.slot() as slot:
            await slot.run(1, fail)

    async with scheduler.slot():
        tasks = [asyncio.create_task(run()) for _ in range(2)]
        await asyncio.sleep(0)
    for task in tasks:
        with pytest.raises(ValueError, match="broken"):
            await task
