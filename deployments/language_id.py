"""Stage 2: language detection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from ray import serve

from deployments.autoscaling import backlog_of
from deployments.object_store import StoredWindow, loaded
from sentivox.engines.language_id.decision import decide, segment_languages
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.loading import load_language_detector
from sentivox.engines.protocols import (
    LanguageDetector,
    RankedLanguages,
    SharedEncoderOutput,
    WindowLanguages,
)
from sentivox.pipeline.stages import DetectedWindow, LiveDetectionOptions
from sentivox.scheduling.policy import BatchLimits, padded_cost
from sentivox.scheduling.scheduler import Scheduler
from sentivox.settings import MAX_WORKERS, LanguageIdSettings
from sentivox.types import LanguageDetection, Priority, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class _Queued:
    window: SpeechWindow
    padded_seconds: float


def _padded_seconds(batch: list[_Queued]) -> int:
    return round(padded_cost([queued.padded_seconds for queued in batch]))


@serve.deployment(name="language_id", user_config={})
class LanguageId:
    _settings: LanguageIdSettings | None = None
    _detector: LanguageDetector
    _min_confidence: float
    _live_min_confidence: float

    def __init__(self) -> None:
        self._scheduler = Scheduler()

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = LanguageIdSettings.model_validate(user_config)
        if settings != self._settings:
            self._detector = await asyncio.to_thread(load_language_detector, settings)
        self._settings = settings
        self._min_confidence = settings.min_confidence
        self._live_min_confidence = settings.live_min_confidence
        most = settings.max_batch_seconds
        self._scheduler.limits = BatchLimits(most, most, settings.workers)
        self._live_batch.set_max_batch_size(most)
        self._upload_batch.set_max_batch_size(most)

    def check_health(self) -> None:
        self._scheduler.check_not_hung()

    def record_autoscaling_stats(self) -> dict[str, float]:
        """For `BacklogPolicy`."""
        return backlog_of(self._scheduler)

    async def detect_live(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        """The language of a window of live speech."""
        queued = self._queued(window, options.priority)
        async with self._scheduler.slot(options.priority, queued.padded_seconds):
            ranked = await self._live_batch(queued)
        return decide(ranked, options.candidates, self._live_min_confidence, options.expected)

    async def detect_upload(
        self, window: SpeechWindow, candidates: tuple[str, ...] = ()
    ) -> DetectedWindow:
        """The languages of an uploaded window, with its encoder output if that is shared."""
        languages = await self._detect(window)
        return DetectedWindow.decide(window, languages, candidates, self._min_confidence)

    async def detect_upload_streaming(
        self, window: StoredWindow, candidates: tuple[str, ...] = ()
    ) -> AsyncGenerator[SharedEncoderOutput | DetectedWindow]:
        """`detect_upload` with the encoder output as a value of its own, yielded first."""
        detected = await self.detect_upload(await loaded(window), candidates)
        if isinstance(detected.encoder_output, SharedEncoderOutput):
            yield detected.encoder_output
        yield replace(detected, encoder_output=None)

    async def detect_segments(
        self, window: StoredWindow, candidates: tuple[str, ...] = ()
    ) -> tuple[SegmentLanguages, ...]:
        """The language of each speech segment of an uploaded window, each encoded by itself."""
        window = await loaded(window)
        parts = [window.part(speech.start, speech.end) for speech in window.speech]
        languages = await asyncio.gather(*(self._detect(part) for part in parts))
        ranked = [each.ranked for each in languages]
        return segment_languages(window, ranked, candidates)

    async def _detect(self, window: SpeechWindow) -> WindowLanguages:
        queued = self._queued(window, Priority.UPLOAD)
        async with self._scheduler.slot(Priority.UPLOAD, queued.padded_seconds):
            return await self._upload_batch(queued)

    def _queued(self, window: SpeechWindow, priority: Priority) -> _Queued:
        return _Queued(window, self._detector.padded_seconds(window.seconds, priority))

    # The scheduler limits the number of concurrent batches.
    @serve.batch(
        batch_size_fn=_padded_seconds, batch_wait_timeout_s=0.0, max_concurrent_batches=MAX_WORKERS
    )
    async def _live_batch(self, batch: list[_Queued]) -> list[RankedLanguages]:
        windows = [queued.window for queued in batch]
        return await self._scheduler.run(self._detector.detect_live, windows)

    @serve.batch(
        batch_size_fn=_padded_seconds, batch_wait_timeout_s=0.0, max_concurrent_batches=MAX_WORKERS
    )
    async def _upload_batch(self, batch: list[_Queued]) -> list[WindowLanguages]:
        windows = [queued.window for queued in batch]
        return await self._scheduler.run(self._detector.detect_upload, windows)
