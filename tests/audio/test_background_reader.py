"""Clips read in threads: who waits gets an answer, and who left costs nothing more."""

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
from sentivox.audio.clip_reader import ClipReader, GivenUpError
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SpeechDetection, SpeechWindow
from tests.audio.encoding import wav

DETECTION = SpeechDetection()
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


def forget(window: SpeechWindow) -> None:
    """Nobody needs it."""


async def test_closing_waits_for_clips_in_flight_and_for_those_behind_them() -> None:
    before = children()
    reader = BackgroundReader(SETTINGS)
    clips = [asyncio.create_task(reader.cut(LONG, DETECTION, forget)) for _ in range(2)]
    await asyncio.to_thread(wait_until_in_use, reader._reader)
    await asyncio.to_thread(reader.close)
    assert children() == before
    assert [(await clip).info.seconds for clip in clips] == [SECONDS, SECONDS]


async def test_a_clip_is_no_longer_read_once_its_client_left(background: BackgroundReader) -> None:
    await background.cut(SHORT, DETECTION, forget)
    at_first = children()
    clip = asyncio.create_task(background.cut(LONG, DETECTION, forget))
    await asyncio.to_thread(wait_until_in_use, background._reader)
    clip.cancel()
    with pytest.raises(asyncio.CancelledError):
        await clip
    await background.cut(SHORT, DETECTION, forget)
    # A child is replaced only when it was stopped in the middle of a file.
    assert len(at_first - children()) == 1


async def test_a_clip_whose_client_left_while_it_waited_is_never_begun(
    background: BackgroundReader,
) -> None:
    first, second = (asyncio.create_task(background.cut(LONG, DETECTION, forget)) for _ in range(2))
    await asyncio.to_thread(wait_until_in_use, background._reader)
    at_first = children()
    second.cancel()
    assert (await first).info.seconds == SECONDS
    await background.cut(SHORT, DETECTION, forget)
    assert children() == at_first


def test_a_reading_that_is_given_up_ends_at_the_next_piece() -> None:
    reader = ClipReader(SETTINGS)
    given_up = Event()
    reader.read(SHORT, DETECTION, given_up=given_up)
    given_up.set()
    with pytest.raises(GivenUpError):
        reader.read(SHORT, DETECTION, given_up=given_up)
    reader.close()


def test_closing_a_reader_waits_for_the_file_that_is_being_read() -> None:
    reader = ClipReader(SETTINGS)
    with ThreadPoolExecutor() as pool:
        clip = pool.submit(reader.read, LONG, DETECTION)
        wait_until_in_use(reader)
        reader.close()
    assert clip.result().info.seconds == SECONDS
