"""Where a deployment's handle would be, for tests of the order of the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class FakeHandle:
    """Whatever method is called, `answer` answers."""

    def __init__(self, answer: Callable[..., Awaitable[Any]]) -> None:
        self._answer = answer

    def __getattr__(self, method: str) -> FakeHandle:
        return self

    def remote(self, *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self._answer(*arguments))
