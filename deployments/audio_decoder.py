"""Stage 1: whatever was uploaded, as windows of speech at 16 kHz."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import ray
from ray import serve

from deployments.stored_audio import StoredAudio, WindowRef
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SpeechDetection

if TYPE_CHECKING:
    from sentivox.audio.reader import ClipReader


@serve.deployment(name="audio_decoder", user_config={})
class AudioDecoder:
    _settings: AudioDecoderSettings | None = None
    _reader: ClipReader
    _threads: ThreadPoolExecutor

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        # Brings torch, which whoever builds the graph has no use for.
        from sentivox.audio.reader import ClipReader

        settings = AudioDecoderSettings.model_validate(user_config)
        if settings == self._settings:
            return
        reader = await asyncio.to_thread(ClipReader, settings)
        if self._settings is not None:
            await asyncio.to_thread(self._reader.close)
        self._reader = reader
        self._threads = ThreadPoolExecutor(settings.processes, thread_name_prefix="decode")
        self._settings = settings

    async def decode(self, audio: bytes, detection: SpeechDetection) -> StoredAudio:
        """Raises AudioError when `audio` can't be used."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._decode, audio, detection
        )

    def _decode(self, audio: bytes, detection: SpeechDetection) -> StoredAudio:
        decoded = self._reader.read(audio, detection)
        return StoredAudio(
            decoded.info,
            tuple(
                WindowRef(window.index, window.start, window.seconds, ray.put(window))
                for window in decoded.windows
            ),
        )
