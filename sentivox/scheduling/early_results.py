"""Early results: a batch's fast items don't wait for its slow ones.

`@serve.batch` returns the results of a batch together, when its function returns. A window that
needs fallback passes takes several times as long as the others of its batch. So each item carries a
future that may be set before the batch ends (docs/decisions/0027-early-results.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class EarlyResult(Generic[T]):
    """The result of one item of a batch, perhaps before the batch ends."""

    _future: asyncio.Future[T] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def set(self, result: T) -> None:
        """May be called from any thread; only the first call counts."""
        self._future.get_loop().call_soon_threadsafe(self._set, result)

    async def or_of(self, batch: Awaitable[T]) -> T:
        """The early result, or that of the batch, whichever comes first.

        The batch is given up once there is an early result.
        """
        whole = asyncio.ensure_future(batch)
        try:
            await asyncio.wait((whole, self._future), return_when=asyncio.FIRST_COMPLETED)
            return self._future.result() if self._future.done() else await whole
        finally:
            whole.cancel()

    def _set(self, result: T) -> None:
        if not self._future.done():
            self._future.set_result(result)
