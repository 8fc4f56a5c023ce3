"""Stage 4: sentiment classification."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ray import serve

from sentivox.engines.loading import load_sentiment_classifier
from sentivox.engines.protocols import SentimentText
from sentivox.scheduling.policy import BatchLimits
from sentivox.scheduling.scheduler import Scheduler
from sentivox.settings import SentimentSettings
from sentivox.types import Sentiment

if TYPE_CHECKING:
    from sentivox.engines.sentiment.classifier import SentimentClassifier


def _count(batch: list[list[SentimentText]]) -> int:
    return sum(len(texts) for texts in batch)


@serve.deployment(name="sentiment", user_config={})
class SentimentAnalysis:
    _settings: SentimentSettings | None = None
    _classifier: SentimentClassifier
    _max_batch_size: int

    def __init__(self) -> None:
        self._scheduler = Scheduler()

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = SentimentSettings.model_validate(user_config)
        if settings != self._settings:
            self._classifier = await asyncio.to_thread(load_sentiment_classifier, settings)
        self._settings = settings
        self._max_batch_size = settings.max_batch_size
        self._scheduler.limits = BatchLimits(settings.max_batch_size, padded=False)
        self._classify_batch.set_max_batch_size(settings.max_batch_size)

    def check_health(self) -> None:
        self._scheduler.check_not_hung()

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """One sentiment per text, in order."""
        size = self._max_batch_size
        parts = await asyncio.gather(
            *(self._classify_part(texts[at : at + size]) for at in range(0, len(texts), size))
        )
        return [sentiment for part in parts for sentiment in part]

    async def _classify_part(self, texts: list[SentimentText]) -> list[Sentiment]:
        async with self._scheduler.slot(cost=len(texts)):
            return await self._classify_batch(texts)

    @serve.batch(batch_size_fn=_count, batch_wait_timeout_s=0.0)
    async def _classify_batch(self, batch: list[list[SentimentText]]) -> list[list[Sentiment]]:
        texts = [text for each in batch for text in each]
        sentiments = iter(await self._scheduler.run(self._classifier.classify, texts))
        return [[next(sentiments) for _ in each] for each in batch]
