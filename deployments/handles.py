"""The stages of the graph over Serve handles: `sentivox.pipeline.stages.Stages` with Ray."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.calls import call, call_streaming
from deployments.object_store import SMALL_BYTES, decoded_file, short_or_stored
from deployments.ray_compat import by_value
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.protocols import SentimentText
from sentivox.languages import LanguageFamily
from sentivox.pipeline.stages import (
    DecodedFile,
    DetectedWindow,
    LiveDetectionOptions,
    WindowRef,
)
from sentivox.types import (
    DecodeOptions,
    LanguageDetection,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechWindow,
)

Handle = DeploymentHandle[Any]


@dataclass(frozen=True, slots=True)
class ServeStages:
    """Handles of the graph's deployments."""

    decoder: Handle
    language_id: Handle
    recognizers: Mapping[LanguageFamily, Handle]
    sentiment: Handle
    adapters: Collection[LanguageFamily] = ()
    """Families whose replicas keep an adapter for each language."""

    async def decode(self, audio: bytes, options: DecodeOptions) -> DecodedFile:
        """See Stages. Windows stay in the object store, but those of short files."""
        if len(audio) <= SMALL_BYTES:
            decode = by_value(self.decoder.decode_whole)
            *windows, facts = await call("audio_decoder", decode, audio, options)
            return decoded_file(facts, [short_or_stored(window) for window in windows])
        refs, facts = await call_streaming("audio_decoder", self.decoder.decode, audio, options)
        return decoded_file(facts, refs)

    async def detect_language(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> DetectedWindow:
        """See Stages. The encoder output stays in the object store, but that of short windows."""
        if _travels_by_value(window):
            detect = by_value(self.language_id.detect_upload)
            return await call("language_id", detect, window.content, candidates)
        outputs, detected = await call_streaming(
            "language_id", self.language_id.detect_upload_streaming, window.content, candidates
        )
        return replace(detected, encoder_output=outputs[0] if outputs else None)

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        """See Stages."""
        detect = self.language_id.detect_segments
        return await call("language_id", detect, window.content, candidates)

    async def detect_live(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        """See Stages."""
        return await call("language_id", by_value(self.language_id.detect_live), window, options)

    async def recognize(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None = None,
    ) -> Recognition:
        """See Stages. Where a family has adapters, Serve chooses a replica that has the language's
        loaded.
        """
        handle = self.recognizers[family]
        if family in self.adapters:
            handle = handle.options(multiplexed_model_id=options.language)
        transcribe = handle.transcribe
        if _travels_by_value(window):
            transcribe = by_value(transcribe)
        return await call("asr", transcribe, window.content, options, encoder_output)

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """See Stages."""
        return await call("sentiment", by_value(self.sentiment.classify), texts)


def _travels_by_value(window: WindowRef) -> bool:
    return isinstance(window.content, SpeechWindow)
