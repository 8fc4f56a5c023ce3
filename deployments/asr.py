"""Stage 3: speech recognition. One deployment of this class for each language family."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ray import serve
from ray.serve.metrics import Histogram

from deployments.autoscaling import backlog_of
from deployments.object_store import StoredWindow, loaded
from deployments.recognizers import Recognizers
from sentivox.engines.isolation import Result, transcribe_by_recognizer
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer, SharedEncoderOutput
from sentivox.errors import SpeechError
from sentivox.scheduling.early_results import EarlyResult
from sentivox.scheduling.policy import BatchLimits, padded_cost
from sentivox.scheduling.scheduler import Scheduler
from sentivox.settings import MAX_WORKERS, RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions


@dataclass(frozen=True, slots=True, eq=False)
class _Queued:
    item: RecognitionItem
    recognizer: Recognizer
    padded_seconds: float
    early: EarlyResult[Result] = field(default_factory=EarlyResult)


def _padded_seconds(batch: list[_Queued]) -> int:
    return round(padded_cost([queued.padded_seconds for queued in batch]))


@serve.deployment(name="asr", user_config={})
class SpeechRecognition:
    _settings: RecognitionSettings | None = None

    def __init__(self, adapters: int = 0) -> None:
        """`adapters`: how many languages' adapters are kept loaded, for a model that has them."""
        self._recognizers = Recognizers(adapters)
        self._scheduler = Scheduler()
        self._windows_per_batch = Histogram(
            "sentivox_windows_per_batch",
            description="Windows in a batch; Serve's own batch size counts audio seconds here.",
            boundaries=[1, 2, 4, 8, 16, 32, 64],
        )

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = RecognitionSettings.model_validate(user_config)
        if settings != self._settings:
            await self._recognizers.use(await asyncio.to_thread(load_recognizer, settings))
        self._settings = settings
        self._scheduler.limits = BatchLimits(
            settings.max_batch_seconds, settings.max_live_batch_seconds, settings.workers
        )
        self._transcribe_batch.set_max_batch_size(settings.max_batch_seconds)

    def check_health(self) -> None:
        self._scheduler.check_not_hung()

    def record_autoscaling_stats(self) -> dict[str, float]:
        """For `BacklogPolicy`."""
        return backlog_of(self._scheduler)

    async def transcribe(
        self,
        window: StoredWindow,
        options: RecognitionOptions,
        encoder_output: SharedEncoderOutput | None = None,
    ) -> Recognition:
        """The text of a window. Raises SpeechError.

        `encoder_output` is that of the whole window, from the language detection stage.
        """
        window = await loaded(window)
        if options.time_range:
            window = window.part(*options.time_range)
        recognizer = await self._recognizers.of(options.language)
        item = RecognitionItem(window, options, encoder_output)
        padded_seconds = recognizer.padded_seconds(item)
        queued = _Queued(item, recognizer, padded_seconds)
        async with self._scheduler.slot(
            options.priority, padded_seconds, waits_for_group=options.waits_for_group
        ):
            result = await queued.early.or_of(self._transcribe_batch(queued))
        if isinstance(result, SpeechError):
            raise result
        return result

    # The scheduler limits the number of concurrent batches.
    @serve.batch(
        batch_size_fn=_padded_seconds, batch_wait_timeout_s=0.0, max_concurrent_batches=MAX_WORKERS
    )
    async def _transcribe_batch(self, batch: list[_Queued]) -> list[Result]:
        self._windows_per_batch.observe(len(batch))
        return await self._scheduler.run(_transcribe, batch)


def _transcribe(batch: Sequence[_Queued]) -> list[Result]:
    """One result per item, in order."""
    results: dict[int, Result] = {}
    pairs = [(queued.recognizer, queued.item) for queued in batch]
    for row, result in transcribe_by_recognizer(pairs):
        results[row] = result
        batch[row].early.set(result)
    return [results[row] for row in range(len(batch))]
