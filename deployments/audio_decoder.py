"""Stage 1: whatever was uploaded, as windows of speech at 16 kHz."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import ray
from ray import serve

from deployments.stored_audio import StoredAudio, WindowRef
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodedAudio, SpeechDetection

if TYPE_CHECKING:
    from sentivox.audio.background_reader import BackgroundReader


@serve.deployment(name="audio_decoder", user_config={})
class AudioDecoder:
    _settings: AudioDecoderSettings | None = None
    _reader: BackgroundReader

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        # Brings torch, which whoever builds the graph has no use for.
        from sentivox.audio.background_reader import BackgroundReader

        settings = AudioDecoderSettings.model_validate(user_config)
        if settings == self._settings:
            return
        reader = await asyncio.to_thread(BackgroundReader, settings)
        before = None if self._settings is None else self._reader
        self._reader, self._settings = reader, settings
        if before is not None:
            # Clips in flight end with the reader that they began with.
            await asyncio.to_thread(before.close)

    async def decode(
        self, audio: bytes, detection: SpeechDetection, split_channels: bool = False
    ) -> StoredAudio:
        """Raises AudioError when `audio` can't be used."""
        decoded = await self._reader.read(audio, detection, split_channels=split_channels)
        return await asyncio.to_thread(_stored, decoded)


def _stored(decoded: DecodedAudio) -> StoredAudio:
    return StoredAudio(
        decoded.info,
        tuple(
            WindowRef(window.index, window.start, window.seconds, ray.put(window), window.channel)
            for window in decoded.windows
        ),
        decoded.suppressed,
    )
