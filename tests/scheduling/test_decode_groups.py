from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from sentivox.scheduling.decode_groups import DecodeGroups
from sentivox.settings import IngressSettings


async def released(groups: DecodeGroups, ready: list[int]) -> list[list[int]]:
    """The windows that may go on after each window is ready."""
    gone: list[int] = []

    async def wait(window: int) -> None:
        await groups.complete(window)
        gone.append(window)

    steps = []
    async with asyncio.TaskGroup() as tasks:
        for window in ready:
            groups.ready(window)
            tasks.create_task(wait(window))
            before = len(gone)
            for _ in range(3):
                await asyncio.sleep(0)
            steps.append(sorted(gone[before:]))
    return steps


async def test_the_first_window_never_waits_and_others_wait_for_their_group() -> None:
    steps = await released(DecodeGroups(8, 3), [0, 1, 2, 3, 4, 5, 6, 7])
    assert steps == [[0], [], [], [1, 2, 3], [], [], [4, 5, 6], [7]]


async def test_windows_of_a_group_may_be_ready_in_any_order() -> None:
    assert await released(DecodeGroups(4, 3), [3, 1, 0, 2]) == [[], [], [0], [1, 2, 3]]


async def test_groups_of_one_window_never_wait() -> None:
    assert await released(DecodeGroups(3, 1), [2, 0, 1]) == [[2], [0], [1]]


async def test_a_window_that_failed_delays_no_other() -> None:
    groups = DecodeGroups(3, 2)
    groups.ready(1)
    groups.ready(2)
    async with asyncio.timeout(1):
        await groups.complete(2)


def test_a_window_knows_whether_its_group_has_others() -> None:
    groups = DecodeGroups(5, 3)
    assert [groups.has_others(window) for window in range(5)] == [False, True, True, True, False]


def test_a_group_larger_than_the_windows_in_flight_is_refused() -> None:
    with pytest.raises(ValidationError, match="decode_group_size"):
        IngressSettings(windows_in_flight=4, decode_group_size=5)
