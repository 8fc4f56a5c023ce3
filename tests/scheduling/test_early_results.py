from __future__ import annotations

import asyncio
import threading

import pytest

from sentivox.scheduling.early_results import EarlyResult


async def after(seconds: float, result: str) -> str:
    await asyncio.sleep(seconds)
    return result


async def test_a_result_that_is_set_early_comes_before_the_batch_ends() -> None:
    early: EarlyResult[str] = EarlyResult()
    threading.Thread(target=early.set, args=("early",)).start()
    async with asyncio.timeout(5):
        assert await early.or_of(after(60, "late")) == "early"


async def test_without_an_early_result_that_of_the_batch_counts() -> None:
    early: EarlyResult[str] = EarlyResult()
    assert await early.or_of(after(0, "batch")) == "batch"


async def test_a_failed_batch_raises_its_error() -> None:
    async def fail() -> str:
        raise ValueError("broken")

    early: EarlyResult[str] = EarlyResult()
    with pytest.raises(ValueError, match="broken"):
        await early.or_of(fail())


async def test_only_the_first_early_result_counts() -> None:
    early: EarlyResult[str] = EarlyResult()
    early.set("first")
    early.set("second")
    assert await early.or_of(after(60, "late")) == "first"
