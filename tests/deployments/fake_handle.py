"""Where a deployment's handle would be, for tests of the order of the calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any

from deployments.object_store import (
    SMALL_BYTES,
    FileFacts,
    ListenedWindow,
    StoredAudio,
    WindowFacts,
)


@dataclass(frozen=True, slots=True)
class FakeRef:
    """Where a reference would be: awaited, it gives what it stands for."""

    value: Any

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.value


LONG = bytes(SMALL_BYTES + 1)
"""A file whose windows go by reference."""


class FakeResponse(asyncio.Task[Any]):
    """Of a call, which may yield several things."""

    async def _to_object_ref_gen(self) -> FakeStream:
        return FakeStream(self)


class FakeStream:
    def __init__(self, response: FakeResponse) -> None:
        self._response = response

    async def completed(self) -> None:
        await self._response

    async def __aiter__(self) -> AsyncIterator[FakeRef]:
        for value in yielded(await self._response):
            yield FakeRef(value)


def yielded(answer: Any) -> list[Any]:
    """What a stage yields for the pipeline to have that in the end."""
    if isinstance(answer, StoredAudio):
        facts = tuple(
            WindowFacts(each.start, each.seconds, each.channel) for each in answer.windows
        )
        refs = [each.ref for each in answer.windows]
        return [*refs, FileFacts(answer.info, facts, answer.suppressed)]
    if isinstance(answer, ListenedWindow):
        return [*([answer.sound] if answer.sound else []), answer]
    return [answer]


class FakeHandle:
    """Whatever method is called, `answer` answers."""

    def __init__(self, answer: Callable[..., Awaitable[Any]]) -> None:
        self._answer = answer

    def __getattr__(self, method: str) -> FakeHandle:
        return self

    def options(self, **changes: Any) -> FakeHandle:
        return self

    def remote(self, *arguments: Any) -> asyncio.Future[Any]:
        meant = [each.value if isinstance(each, FakeRef) else each for each in arguments]
        return FakeResponse(_answered(self._answer(*meant)))


async def _answered(answer: Awaitable[Any]) -> Any:
    return await answer
