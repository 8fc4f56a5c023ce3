from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from sentivox.scheduling.decode_groups import Gathering
from sentivox.settings import IngressSettings


async def through(gathering: Gathering, arrivals: list[int]) -> list[list[int]]:
    """Who goes on after each arrival."""
    gone: list[int] = []

    async def wait(number: int) -> None:
        await gathering.others(number)
        gone.append(number)

    steps = []
    async with asyncio.TaskGroup() as tasks:
        for number in arrivals:
            gathering.arrived(number)
            tasks.create_task(wait(number))
            before = len(gone)
            for _ in range(3):
                await asyncio.sleep(0)
            steps.append(sorted(gone[before:]))
    return steps


async def test_the_first_window_waits_for_nobody_and_others_for_their_group() -> None:
    steps = await through(Gathering(8, 3), [0, 1, 2, 3, 4, 5, 6, 7])
    assert steps == [[0], [], [], [1, 2, 3], [], [], [4, 5, 6], [7]]


async def test_the_order_within_a_group_doesnt_matter() -> None:
    assert await through(Gathering(4, 3), [3, 1, 0, 2]) == [[], [], [0], [1, 2, 3]]


async def test_alone_nobody_waits() -> None:
    assert await through(Gathering(3, 1), [2, 0, 1]) == [[2], [0], [1]]


async def test_a_window_that_comes_to_nothing_holds_nobody_up() -> None:
    gathering = Gathering(3, 2)
    gathering.arrived(1)
    gathering.arrived(2)
    async with asyncio.timeout(1):
        await gathering.others(2)


def test_more_cant_wait_for_each_other_than_are_let_in() -> None:
    with pytest.raises(ValidationError, match="decode_group_size"):
        IngressSettings(windows_in_flight=4, decode_group_size=5)
