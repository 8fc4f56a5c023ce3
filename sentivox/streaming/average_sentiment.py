"""Average sentiment of a live session."""

from __future__ import annotations

from sentivox.types import Sentiment


class AverageSentiment:
    """Mean of the sentiments of turns, weighted by the length of each turn."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._negative = self._neutral = self._positive = 0.0
        self._supported = True

    @property
    def value(self) -> Sentiment | None:
        """The mean so far; None before the first sentiment."""
        if not self._seconds:
            return None
        return Sentiment(
            self._negative / self._seconds,
            self._neutral / self._seconds,
            self._positive / self._seconds,
            self._supported,
        )

    def add(self, sentiment: Sentiment | None, seconds: float) -> None:
        """Count the sentiment of a turn of this length; None is left out."""
        if sentiment is None:
            return
        self._seconds += seconds
        self._negative += seconds * sentiment.negative
        self._neutral += seconds * sentiment.neutral
        self._positive += seconds * sentiment.positive
        self._supported &= sentiment.supported
