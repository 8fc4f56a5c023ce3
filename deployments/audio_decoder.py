"""Stage 1: whatever was uploaded, as windows of speech at 16 kHz."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import count
from typing import TYPE_CHECKING, Any

from ray import serve

from deployments.stored_audio import FileFacts, StoredWindow, WindowFacts
from sentivox.audio.packing import packed
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SpeechDetection, SpeechWindow

if TYPE_CHECKING:
    from sentivox.audio.background_reader import BackgroundReader

Cut = tuple[WindowFacts, StoredWindow]


@serve.deployment(name="audio_decoder", user_config={})
class AudioDecoder:
    _settings: AudioDecoderSettings | None = None
    _reader: BackgroundReader
    _at_hand: int

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        # Brings torch, which whoever builds the graph has no use for.
        from sentivox.audio.background_reader import BackgroundReader

        settings = AudioDecoderSettings.model_validate(user_config)
        if settings == self._settings:
            return
        reader = await asyncio.to_thread(BackgroundReader, settings)
        before = None if self._settings is None else self._reader
        self._reader, self._settings = reader, settings
        self._at_hand = settings.windows_at_hand
        if before is not None:
            # Clips in flight end with the reader that they began with.
            await asyncio.to_thread(before.close)

    async def decode(
        self, audio: bytes, detection: SpeechDetection, split_channels: bool = False
    ) -> AsyncGenerator[StoredWindow | FileFacts]:
        """Each window as soon as it's cut, so that a long file takes no more memory here than a
        short one; in the end the facts. Raises AudioError when `audio` can't be used.
        """
        loop = asyncio.get_running_loop()
        cut: asyncio.Queue[Cut | None] = asyncio.Queue()
        numbers = count()

        def keep(window: SpeechWindow) -> None:
            facts = WindowFacts(window.start, window.seconds, window.channel)
            waits = next(numbers) >= self._at_hand
            loop.call_soon_threadsafe(cut.put_nowait, (facts, packed(window) if waits else window))

        reading = loop.create_task(
            self._reader.cut(audio, detection, keep, split_channels=split_channels)
        )
        reading.add_done_callback(lambda _: cut.put_nowait(None))
        windows: list[WindowFacts] = []
        try:
            while (each := await cut.get()) is not None:
                facts, window = each
                windows.append(facts)
                yield window
            file = await reading
        finally:
            reading.cancel()
        yield FileFacts(file.info, tuple(windows), file.suppressed)

    async def decode_whole(
        self, audio: bytes, detection: SpeechDetection, split_channels: bool = False
    ) -> list[StoredWindow | FileFacts]:
        """As `decode`, all of it at once: for small files."""
        return [each async for each in self.decode(audio, detection, split_channels)]
