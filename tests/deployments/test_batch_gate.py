from __future__ import annotations

import asyncio

from deployments.batch_gate import BatchGate


async def test_items_wait_together_while_a_batch_runs() -> None:
    gate = BatchGate()
    entered: list[int] = []

    async def enter(number: int) -> None:
        await gate.wait()
        entered.append(number)

    async with gate.closed():
        waiting = [asyncio.create_task(enter(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        assert entered == []
    await asyncio.gather(*waiting)
    assert entered == [0, 1, 2]


async def test_the_gate_opens_again_when_a_batch_fails() -> None:
    gate = BatchGate()
    try:
        async with gate.closed():
            raise ValueError
    except ValueError:
        pass
    await asyncio.wait_for(gate.wait(), 1)
    assert gate.busy_seconds() == 0


async def test_it_knows_how_long_the_batch_has_been_running() -> None:
    gate = BatchGate()
    assert gate.busy_seconds() == 0
    async with gate.closed():
        await asyncio.sleep(0.02)
        assert gate.busy_seconds() >= 0.02
