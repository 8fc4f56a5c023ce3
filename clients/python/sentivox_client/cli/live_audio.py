"""Audio of a live session: a microphone, a file or a pipe, read in a thread and paced.

Sources are iterators of 16-bit mono samples at LIVE_RATE, in pieces of 0.1 s.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from sentivox_client.cli.audio_pieces import PIECE_BYTES

REAL_TIME_S = 0.0
FAST_S = 100.0
"""Lead of `--fast` over real time; the server ends sessions with a lead of more than 120 s."""

QUEUED_PIECES = 20
"""Pieces that are read before they are sent."""

AudioSource = Generator[bytes]
T = TypeVar("T")


def open_audio(source: str | None) -> AudioSource:
    """Open a file, standard input for `-`, or the microphone for None; raises NoAudio."""
    if source is None:
        from sentivox_client.cli import microphone

        return microphone.open_microphone()
    if source == "-":
        return _in_pieces(_standard_input())
    from sentivox_client.cli import recordings

    return _in_pieces(recordings.open_recording(Path(source)))


def _standard_input() -> AudioSource:
    # Not sys.stdin's own buffer: a thread that waits in it stops Python from ending.
    handle = sys.stdin.fileno()
    while block := os.read(handle, PIECE_BYTES):
        yield block


def _in_pieces(blocks: Iterable[bytes]) -> AudioSource:
    """Blocks of any length as pieces of PIECE_BYTES; only the last piece may be shorter."""
    rest = b""
    for block in blocks:
        rest += block
        whole = len(rest) // PIECE_BYTES * PIECE_BYTES
        for at in range(0, whole, PIECE_BYTES):
            yield rest[at : at + PIECE_BYTES]
        rest = rest[whole:]
    if rest:
        yield rest


async def in_background(pieces: Generator[T]) -> AsyncGenerator[T]:
    """Read `pieces` in a thread, for asyncio.

    The thread may run on after the last piece: a blocked read of a pipe can't be cancelled.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[T | Exception | None] = asyncio.Queue()
    free_places = threading.Semaphore(QUEUED_PIECES)
    closed = threading.Event()

    def put(item: T | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def read() -> None:
        try:
            with closing(pieces):
                for piece in pieces:
                    free_places.acquire()
                    if closed.is_set():
                        return
                    put(piece)
            put(None)
        except Exception as error:
            put(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
            free_places.release()
    finally:
        closed.set()
        free_places.release()


class Pace:
    """Limits how far the audio sent is ahead of real time, counted from the first piece."""

    def __init__(self, max_lead_s: float) -> None:
        self.sent_s = 0.0
        """Seconds of audio for which `wait` has returned."""
        self._max_lead_s = max_lead_s
        self._start: float | None = None

    async def wait(self, seconds: float) -> None:
        """Wait until a piece of `seconds` may be sent."""
        now = time.monotonic()
        if self._start is None:
            self._start = now
        early = self.sent_s - self._max_lead_s - (now - self._start)
        if early > 0:
            await asyncio.sleep(early)
        self.sent_s += seconds
