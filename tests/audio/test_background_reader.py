"""Clips read in worker threads, and the cancellation of reading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import psutil
import pytest

from sentivox.audio.background_reader import BackgroundReader
from sentivox.audio.clip_reader import ClipReader, ReadCancelledError
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodeOptions, SpeechDetection, SpeechWindow
from tests.audio.encoding import wav

DETECTION = SpeechDetection()
OPTIONS = DecodeOptions()
SETTINGS = AudioDecoderSettings(processes=1, memory_mb=256)
SECONDS = 300
LONG = wav(np.zeros(SECONDS * 16_000, np.int16))
SHORT = wav(np.zeros(16_000, np.int16))


@pytest.fixture
async def background() -> AsyncIterator[BackgroundReader]:
    reader = BackgroundReader(SETTINGS)
    yield reader
    await asyncio.to_thread(reader.close)


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children()}


def wait_until_in_use(reader: ClipReader) -> None:
    while not reader._idle.empty():
        time.sleep(0.001)


def ignore(window: SpeechWindow) -> None:
    """Drop the window."""


async def test_closing_waits_for_running_and_queued_clips() -> None:
    before = children()
    reader = BackgroundReader(SETTINGS)
    clips = [asyncio.create_task(reader.cut(LONG, OPTIONS, ignore)) for _ in range(2)]
    await asyncio.to_thread(wait_until_in_use, reader._reader)
    await asyncio.to_thread(reader.close)
    assert children() == before
    assert [(await clip).info.seconds for clip in clips] == [SECONDS, SECONDS]


async def test_cancelling_stops_a_running_clip(background: BackgroundReader) -> None:
    await background.cut(SHORT, OPTIONS, ignore)
    children_before = children()
    clip = asyncio.create_task(background.cut(LONG, OPTIONS, ignore))
    await asyncio.to_thread(wait_until_in_use, background._reader)
    clip.cancel()
    with pytest.raises(asyncio.CancelledError):
        await clip
    await background.cut(SHORT, OPTIONS, ignore)
    # A child is replaced only if it was stopped in the middle of a file.
    assert len(children_before - children()) == 1


async def test_a_clip_cancelled_in_the_queue_is_never_read(
    background: BackgroundReader,
) -> None:
    first, second = (asyncio.create_task(background.cut(LONG, OPTIONS, ignore)) for _ in range(2))
    await asyncio.to_thread(wait_until_in_use, background._reader)
    children_before = children()
    second.cancel()
    assert (await first).info.seconds == SECONDS
    await background.cut(SHORT, OPTIONS, ignore)
    assert children() == children_before


def test_a_cancelled_reading_ends_at_the_next_piece() -> None:
    reader = ClipReader(SETTINGS)
    cancelled = Event()
    reader.cut(SHORT, OPTIONS, ignore, cancelled=cancelled)
    cancelled.set()
    with pytest.raises(ReadCancelledError):
        reader.cut(SHORT, OPTIONS, ignore, cancelled=cancelled)
    reader.close()


def test_closing_a_reader_waits_for_the_running_file() -> None:
    reader = ClipReader(SETTINGS)
    with ThreadPoolExecutor() as pool:
        clip = pool.submit(reader.read, LONG, DETECTION)
        wait_until_in_use(reader)
        reader.close()
    assert clip.result().info.seconds == SECONDS
