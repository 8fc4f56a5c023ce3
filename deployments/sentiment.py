"""Stage 4: how it feels."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ray import serve

from deployments.batch_gate import BatchGate
from deployments.health import check_not_hung
from sentivox.models.base import SentimentText
from sentivox.models.loading import load_sentiment_classifier
from sentivox.settings import SentimentSettings
from sentivox.types import Sentiment

if TYPE_CHECKING:
    from sentivox.models.sentiment import SentimentClassifier


def _texts(batch: list[list[SentimentText]]) -> int:
    return sum(len(texts) for texts in batch)


@serve.deployment(name="sentiment", user_config={})
class SentimentAnalysis:
    _settings: SentimentSettings | None = None
    _classifier: SentimentClassifier
    _max_batch_size: int

    def __init__(self) -> None:
        self._gate = BatchGate(padded=False)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = SentimentSettings.model_validate(user_config)
        if settings != self._settings:
            self._classifier = await asyncio.to_thread(load_sentiment_classifier, settings)
        self._settings = settings
        self._max_batch_size = settings.max_batch_size
        self._gate.most = settings.max_batch_size
        self._classify_batch.set_max_batch_size(settings.max_batch_size)
        self._classify_batch.set_batch_wait_timeout_s(settings.batch_wait_s)

    def check_health(self) -> None:
        check_not_hung(self._gate.busy_seconds())

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """One sentiment a text, in order."""
        size = self._max_batch_size
        parts = await asyncio.gather(
            *(self._classify_part(texts[at : at + size]) for at in range(0, len(texts), size))
        )
        return [sentiment for part in parts for sentiment in part]

    async def _classify_part(self, texts: list[SentimentText]) -> list[Sentiment]:
        async with self._gate.turn(cost=len(texts)):
            return await self._classify_batch(texts)

    @serve.batch(batch_size_fn=_texts)
    async def _classify_batch(self, batch: list[list[SentimentText]]) -> list[list[Sentiment]]:
        classify = self._classifier.classify
        found = iter(await self._gate.run(classify, [text for texts in batch for text in texts]))
        return [[next(found) for _ in texts] for texts in batch]
