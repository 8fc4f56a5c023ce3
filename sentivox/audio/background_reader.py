"""Reading clips in threads of its own, for callers that wait in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from sentivox.audio.clip_reader import ClipReader
from sentivox.settings import AudioDecoderSettings
from sentivox.types import CutAudio, SpeechDetection, SpeechWindow


class BackgroundReader:
    """As many clips at once as there are child processes; the others wait their turn."""

    def __init__(self, settings: AudioDecoderSettings) -> None:
        """Start the child processes; raise StageUnavailable when that can't be done."""
        self._reader = ClipReader(settings)
        self._threads = ThreadPoolExecutor(settings.processes, thread_name_prefix="decode")

    async def cut(
        self,
        audio: bytes,
        detection: SpeechDetection,
        keep: Callable[[SpeechWindow], None],
        *,
        split_channels: bool = False,
    ) -> CutAudio:
        """As `ClipReader.cut`; `keep` is called in a thread of this reader. Cancelled, it stops the
        thread at the next piece of sound.
        """
        given_up = Event()
        cut = partial(
            self._reader.cut,
            audio,
            detection,
            keep,
            given_up=given_up,
            split_channels=split_channels,
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, cut)
        except asyncio.CancelledError:
            given_up.set()
            raise

    def close(self) -> None:
        """Wait for every clip that was asked for, then end the child processes. No `cut` may
        begin any more.
        """
        self._threads.shutdown()
        self._reader.close()
