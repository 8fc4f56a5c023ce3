"""Something that has to be waited for, waited for in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, suppress
from typing import TypeVar

AHEAD = 20
"""How many pieces may lie ready."""

T = TypeVar("T")


async def in_background(pieces: Generator[T]) -> AsyncGenerator[T]:
    """`pieces`, for asyncio. The thread may outlive this: nothing can end a read of a pipe."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Queue[T | Exception | None] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)
    over = threading.Event()

    def hand_over(item: T | Exception | None) -> None:
        with suppress(RuntimeError):  # nobody listens any more: the loop is closed
            loop.call_soon_threadsafe(ready.put_nowait, item)

    def read() -> None:
        try:
            with closing(pieces):
                for piece in pieces:
                    room.acquire()
                    if over.is_set():
                        return
                    hand_over(piece)
            hand_over(None)
        except Exception as error:
            hand_over(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        while (item := await ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
            room.release()
    finally:
        over.set()
        room.release()
