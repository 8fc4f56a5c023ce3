"""Sentiment of an answer in each `sentiment_format`: native, AssemblyAI's and Deepgram's."""

from __future__ import annotations

from enum import StrEnum

from sentivox.types import SentimentLabel, Transcript
from sentivox.web import schemas

DEEPGRAM_THRESHOLD = 1 / 3
"""Scores above it are positive for Deepgram, scores below its negative are negative."""


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
            sentiment=found.label.upper(),
            confidence=found.scores[found.label],
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
                    sentiment=_deepgram_label(segment.sentiment.score),
                    sentiment_score=segment.sentiment.score,
                )
            )
        words_before += words
    score = transcript.sentiment.score
    average = schemas.DeepgramAverage(sentiment=_deepgram_label(score), sentiment_score=score)
    return schemas.DeepgramSentiments(segments=segments, average=average)


def _deepgram_label(score: float) -> SentimentLabel:
    if score > DEEPGRAM_THRESHOLD:
        return "positive"
    return "negative" if score < -DEEPGRAM_THRESHOLD else "neutral"
