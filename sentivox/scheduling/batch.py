"""A batch that entries were let into together, and the slots that they hold in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Body = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]
"""Turns the items of a batch into results, one per item, in order."""


@dataclass(slots=True, eq=False)
class Batch:
    """Collects one item from every slot, then runs them together."""

    missing: int
    """Slots that have neither joined nor left."""
    _items: list[Any] = field(default_factory=list)
    _body: Body | None = None
    _started: asyncio.Future[asyncio.Future[Sequence[Any]]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def join(self, item: Any, body: Body) -> Any:
        """The result for `item`, once `body` has run with the items of all slots."""
        index = len(self._items)
        self._items.append(item)
        self._body = body
        self.one_less_missing()
        task = await self._started
        # A caller that goes away doesn't cancel the work of the others.
        return (await asyncio.shield(task))[index]

    def one_less_missing(self) -> None:
        """A slot has joined, or has left without joining."""
        self.missing -= 1
        if not self.missing and self._items and self._body and not self._started.done():
            task = asyncio.ensure_future(self._body(self._items))
            task.add_done_callback(_retrieve_exception)
            self._started.set_result(task)


@dataclass(slots=True, eq=False)
class Slot:
    """A place in a batch."""

    batch: Batch
    joined: bool = False

    async def run(self, item: Any, body: Body) -> Any:
        """Runs `body` once for the items of the whole batch and returns the result for `item`.

        For use without Ray, where `@serve.batch` does this.
        """
        self.joined = True
        return await self.batch.join(item, body)

    def leave(self) -> None:
        """The holder is done with the batch, or has given up."""
        if not self.joined:
            self.joined = True
            self.batch.one_less_missing()


def _retrieve_exception(task: asyncio.Future[Sequence[Any]]) -> None:
    """Without a caller left to see it, a failure would be logged as never retrieved."""
    if not task.cancelled():
        task.exception()
