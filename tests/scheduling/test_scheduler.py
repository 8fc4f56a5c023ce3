from __future__ import annotations

import asyncio
import threading

import pytest

from sentivox.scheduling.scheduler import LINGER_S, QUIET_S, Scheduler
from sentivox.types import Priority

FINAL, UPLOAD, INTERIM = Priority.FINAL, Priority.UPLOAD, Priority.INTERIM


class Batches:
    """Items that wait inside the gate until `finish` lets them go: a batch that is running."""

    def __init__(self, gate: Scheduler) -> None:
        self.gate = gate
        self.inside: list[str] = []
        self._running = asyncio.Event()
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def add(
        self, name: str, priority: Priority = UPLOAD, cost: float = 1.0, among: bool = False
    ) -> None:
        self.tasks[name] = asyncio.create_task(self._enter(name, priority, cost, among))

    async def settle(self) -> set[str]:
        await asyncio.sleep(0.01)
        return set(self.inside)

    async def finish(self) -> set[str]:
        self._running.set()
        self._running = asyncio.Event()
        return await self.settle()

    async def _enter(self, name: str, priority: Priority, cost: float, among: bool) -> None:
        async with self.gate.turn(priority, cost, waits_for_group=among):
            self.inside.append(name)
            try:
                await self._running.wait()
            finally:
                self.inside.remove(name)


async def test_items_wait_together_while_a_batch_runs() -> None:
    batches = Batches(Scheduler())
    batches.add("first")
    assert await batches.settle() == {"first"}
    for name in "abc":
        batches.add(name)
    assert await batches.settle() == {"first"}
    assert await batches.finish() == {"a", "b", "c"}
    assert await batches.finish() == set()


async def test_those_that_come_together_go_together_though_there_is_room() -> None:
    batches = Batches(Scheduler(at_once=2))
    batches.add("a", waits_for_group=True)
    assert await batches.settle() == set()
    batches.add("b", waits_for_group=True)
    await asyncio.sleep(LINGER_S)
    assert await batches.settle() == {"a", "b"}


async def test_whoever_comes_alone_takes_along_who_waits_for_others() -> None:
    batches = Batches(Scheduler())
    batches.add("a", waits_for_group=True)
    assert await batches.settle() == set()
    batches.add("alone")
    assert await batches.settle() == {"a", "alone"}


async def test_who_has_stopped_speaking_goes_first_and_drafts_last() -> None:
    batches = Batches(Scheduler())
    batches.add("first")
    await batches.settle()
    batches.add("draft", INTERIM)
    batches.add("upload", UPLOAD)
    batches.add("final", FINAL)
    batches.add("other draft", INTERIM)
    assert await batches.finish() == {"final"}
    assert await batches.finish() == {"upload"}
    assert await batches.finish() == {"draft", "other draft"}
    await batches.finish()


async def test_a_batch_with_live_speech_is_shorter_than_one_of_files() -> None:
    batches = Batches(Scheduler(most=100, most_live=10))
    batches.add("first")
    await batches.settle()
    for number in range(5):
        batches.add(f"upload {number}", UPLOAD, 30)
    batches.add("final", FINAL, 8)
    assert await batches.finish() == {"final"}
    assert await batches.finish() == {"upload 0", "upload 1", "upload 2"}
    await batches.finish()
    await batches.finish()


async def test_of_files_that_come_together_the_shortest_parts_go_first() -> None:
    batches = Batches(Scheduler(most=60))
    batches.add("first")
    await batches.settle()
    for name, cost in {"long": 30, "short": 2, "longer": 31, "shorter": 1, "middle": 15}.items():
        batches.add(name, UPLOAD, cost)
    assert await batches.finish() == {"shorter", "short", "middle"}
    assert await batches.finish() == {"long"}
    assert await batches.finish() == {"longer"}
    await batches.finish()


async def test_a_long_part_that_has_waited_goes_before_shorter_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentivox.scheduling.scheduler.DUE_S", 0.004)
    batches = Batches(Scheduler(most=30))
    batches.add("first")
    await batches.settle()
    batches.add("long", UPLOAD, 30)
    await asyncio.sleep(0.15)
    batches.add("short", UPLOAD, 1)
    assert await batches.finish() == {"long"}
    assert await batches.finish() == {"short"}
    await batches.finish()


async def test_rows_of_any_length_are_added_up() -> None:
    gate = Scheduler(most=32, padded=False)
    batches = Batches(gate)
    batches.add("first")
    await batches.settle()
    for name, rows in {"one": 1, "many": 16, "two": 2, "too many": 20}.items():
        batches.add(name, UPLOAD, rows)
    assert await batches.finish() == {"one", "many", "two"}
    assert gate.backlog() == (39, 4)
    assert await batches.finish() == {"too many"}
    await batches.finish()
    assert gate.backlog() == (0, 0)


async def test_drafts_leave_a_place_for_who_stops_speaking() -> None:
    batches = Batches(Scheduler(most_live=1, at_once=2))
    batches.add("draft", INTERIM)
    batches.add("other draft", INTERIM)
    assert await batches.settle() == {"draft"}
    batches.add("final", FINAL)
    assert await batches.settle() == {"draft", "final"}
    batches.add("late final", FINAL)
    assert await batches.settle() == {"draft", "final"}
    assert await batches.finish() >= {"late final"}
    await batches.finish()
    await batches.finish()


async def test_an_item_larger_than_a_batch_goes_alone() -> None:
    batches = Batches(Scheduler(most=10))
    batches.add("huge", cost=50)
    assert await batches.settle() == {"huge"}
    await batches.finish()


async def test_items_given_up_leave_the_others_their_turn() -> None:
    batches = Batches(Scheduler(most=1))
    for name in "abc":
        batches.add(name)
    assert await batches.settle() == {"a"}
    batches.tasks["b"].cancel()
    batches.tasks["a"].cancel()
    assert await batches.settle() == {"c"}
    await batches.finish()


async def test_items_given_up_while_a_place_becomes_free_dont_take_it() -> None:
    batches = Batches(Scheduler(most=1))
    for name in "abc":
        batches.add(name)
    assert await batches.settle() == {"a"}
    batches.tasks["a"].cancel()
    batches.tasks["b"].cancel()
    assert await batches.settle() == {"c"}
    await batches.finish()
    async with asyncio.timeout(1), batches.gate.turn():
        pass


async def test_the_gate_opens_again_when_a_batch_fails() -> None:
    gate = Scheduler()
    with pytest.raises(ValueError, match="broken"):
        async with gate.turn():
            await gate.run(int, "broken")
    async with asyncio.timeout(1), gate.turn():
        assert gate.busy_seconds() == 0


async def test_it_knows_how_long_the_batch_has_been_running() -> None:
    gate = Scheduler()
    assert gate.busy_seconds() == 0
    go_on = threading.Event()
    batch = asyncio.create_task(gate.run(go_on.wait))
    await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    assert gate.busy_seconds() >= 0.02
    go_on.set()
    assert await batch
    assert gate.busy_seconds() == 0


async def test_batches_one_after_the_other_run_in_one_thread() -> None:
    gate = Scheduler(at_once=2)
    assert len({await gate.run(threading.get_ident) for _ in range(5)}) == 1


async def test_the_gate_is_quiet_for_one_batch_that_comes_to_an_empty_place() -> None:
    gate = Scheduler(at_once=2)
    batches = Batches(gate)
    batches.add("first", FINAL)
    await batches.settle()
    assert gate.is_quiet()
    batches.add("second", FINAL)
    await batches.settle()
    assert not gate.is_quiet()
    await batches.finish()
    batches.add("right after", FINAL)
    await batches.settle()
    assert not gate.is_quiet()
    await batches.finish()
    await asyncio.sleep(QUIET_S)
    batches.add("later", FINAL)
    await batches.settle()
    assert gate.is_quiet()
    await batches.finish()
