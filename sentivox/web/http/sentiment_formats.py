"""Sentiment of an answer in each `sentiment_format`: native, AssemblyAI's and Deepgram's."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sentivox.types import Sentiment, SentimentClass, SentimentLabel, Transcript
from sentivox.web import schemas

DEEPGRAM_THRESHOLD = 1 / 3
"""Scores above it are positive for Deepgram, scores below its negative are negative."""

_CLASSES: dict[SentimentLabel, SentimentClass] = {"negative": "negative", "positive": "positive"}
"""AssemblyAI's class of a label; that of all others is neutral."""


class SentimentFormat(StrEnum):
    NATIVE = "native"
    ASSEMBLYAI = "assemblyai"
    DEEPGRAM = "deepgram"


def native(transcript: Transcript) -> schemas.OverallSentiment | None:
    """Average and shifts; None without sentiment."""
    if transcript.sentiment is None:
        return None
    return schemas.OverallSentiment(average=transcript.sentiment, shifts=transcript.shifts)


def assemblyai(transcript: Transcript) -> list[schemas.AssemblyAiSentiment]:
    """`sentiment_analysis_results`, one entry for each segment with sentiment.

    https://www.assemblyai.com/docs/speech-understanding/sentiment-analysis
    """
    return [
        schemas.AssemblyAiSentiment(
            text=segment.text.strip(),
            start=round(segment.start * 1000),
            end=round(segment.end * 1000),
            sentiment=_CLASSES.get(found.label, "neutral").upper(),
            confidence=found.scores[_CLASSES.get(found.label, "neutral")],
            label=found.label,
            speaker=segment.speaker,
        )
        for segment in transcript.segments
        if (found := segment.sentiment)
    ]


def deepgram(transcript: Transcript) -> schemas.DeepgramSentiments | None:
    """`sentiments`; None without sentiment. https://developers.deepgram.com/docs/sentiment-analysis"""
    if transcript.sentiment is None:
        return None
    segments = []
    words_before = 0
    for segment in transcript.segments:
        words = len(segment.text.split())
        if segment.sentiment is not None and words:
            segments.append(
                schemas.DeepgramSegment(
                    text=segment.text.strip(),
                    start_word=words_before,
                    end_word=words_before + words - 1,
                    **_deepgram(segment.sentiment),
                )
            )
        words_before += words
    average = schemas.DeepgramAverage(**_deepgram(transcript.sentiment))
    return schemas.DeepgramSentiments(segments=segments, average=average)


def _deepgram(sentiment: Sentiment) -> dict[str, Any]:
    score = sentiment.score
    named: SentimentClass = "negative" if score < 0 else "positive"
    return {
        "sentiment": named if abs(score) > DEEPGRAM_THRESHOLD else "neutral",
        "sentiment_score": score,
        "label": sentiment.label,
    }
