"""Reading clips in worker threads, for callers that wait in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from sentivox.audio.clip_reader import ClipReader
from sentivox.settings import AudioDecoderSettings
from sentivox.types import CutAudio, DecodeOptions, SpeechWindow


class BackgroundReader:
    """Reads as many clips at the same time as there are child processes; further clips queue."""

    def __init__(self, settings: AudioDecoderSettings) -> None:
        """Start the child processes; raise StageUnavailable when that fails."""
        self._reader = ClipReader(settings)
        self._threads = ThreadPoolExecutor(settings.processes, thread_name_prefix="decode")

    async def cut(
        self,
        audio: bytes,
        options: DecodeOptions,
        on_window: Callable[[SpeechWindow], None],
    ) -> CutAudio:
        """Decode a file and cut it into windows; see `ClipReader.cut` for arguments and errors.

        `on_window` is called in a worker thread. Cancelling the coroutine stops that thread at the
        next piece of PCM.
        """
        cancelled = Event()
        cut = partial(self._reader.cut, audio, options, on_window, cancelled=cancelled)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, cut)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def close(self) -> None:
        """Wait for running and queued clips, then end the child processes. `cut` must not be
        called afterwards.
        """
        self._threads.shutdown()
        self._reader.close()
