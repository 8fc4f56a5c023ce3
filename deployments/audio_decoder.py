"""Stage 1: audio decoding. Any uploaded file becomes windows of speech at 16 kHz."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from ray import serve

from deployments.object_store import StoredWindow
from sentivox.audio.compressed_window import compress
from sentivox.pipeline.stages import DecodedFile, WindowRef
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodeOptions, SpeechWindow

if TYPE_CHECKING:
    from sentivox.audio.background_reader import BackgroundReader

CutWindow = tuple[WindowRef, StoredWindow]


@serve.deployment(name="audio_decoder", user_config={})
class AudioDecoder:
    _settings: AudioDecoderSettings | None = None
    _reader: BackgroundReader
    _uncompressed_windows: int

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        # Imports torch, which building the graph doesn't need.
        from sentivox.audio.background_reader import BackgroundReader

        settings = AudioDecoderSettings.model_validate(user_config)
        if settings == self._settings:
            return
        reader = await asyncio.to_thread(BackgroundReader, settings)
        before = None if self._settings is None else self._reader
        self._reader, self._settings = reader, settings
        self._uncompressed_windows = settings.uncompressed_windows
        if before is not None:
            # Files in progress are finished by the reader that began them.
            await asyncio.to_thread(before.close)

    async def decode(
        self, audio: bytes, options: DecodeOptions
    ) -> AsyncGenerator[StoredWindow | DecodedFile]:
        """Yields each window as soon as it is cut, then the file, whose windows have no content.

        A long file takes no more memory here than a short one. Raises AudioError for a file that
        can't be used.
        """
        loop = asyncio.get_running_loop()
        cut: asyncio.Queue[CutWindow | None] = asyncio.Queue()
        numbers = count()

        def keep(window: SpeechWindow) -> None:
            waits = next(numbers) >= self._uncompressed_windows
            stored = compress(window) if waits else window
            facts = replace(WindowRef.of(window), content=None)
            loop.call_soon_threadsafe(cut.put_nowait, (facts, stored))

        reading = loop.create_task(self._reader.cut(audio, options, keep))
        reading.add_done_callback(lambda _: cut.put_nowait(None))
        windows: list[WindowRef] = []
        try:
            while (each := await cut.get()) is not None:
                facts, window = each
                windows.append(facts)
                yield window
            file = await reading
        finally:
            reading.cancel()
        yield DecodedFile(file.info, tuple(windows), file.suppressed, file.warnings)

    async def decode_whole(
        self, audio: bytes, options: DecodeOptions
    ) -> list[StoredWindow | DecodedFile]:
        """Everything that `decode` yields, at once: for small files."""
        return [each async for each in self.decode(audio, options)]
