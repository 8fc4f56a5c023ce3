"""Sentiment of an answer in each `sentiment_format`: native, AssemblyAI's and Deepgram's."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from sentivox import types
from sentivox.types import SentimentLabel, TranscribedSegment, Transcript
from sentivox.web import schemas, wire

DEEPGRAM_THRESHOLD = 1 / 3
"""Scores above it are positive for Deepgram, scores below its negative are negative."""

_ASSEMBLYAI_LABELS: dict[SentimentLabel, Literal["NEGATIVE", "NEUTRAL", "POSITIVE"]] = {
    "negative": "NEGATIVE",
    "neutral": "NEUTRAL",
    "positive": "POSITIVE",
}


class SentimentFormat(StrEnum):
    NATIVE = "native"
    ASSEMBLYAI = "assemblyai"
    DEEPGRAM = "deepgram"


def native(transcript: Transcript) -> schemas.OverallSentiment | None:
    """Average and shifts; None without sentiment."""
    average = wire.sentiment(transcript.sentiment)
    if average is None:
        return None
    shifts = [
        schemas.SentimentShift(at=shift.at, before=shift.before, after=shift.after)
        for shift in transcript.shifts
    ]
    return schemas.OverallSentiment(average=average, shifts=shifts)


def assemblyai(transcript: Transcript) -> list[schemas.AssemblyAiSentiment]:
    """`sentiment_analysis_results`, one entry for each segment with sentiment.

    https://www.assemblyai.com/docs/speech-understanding/sentiment-analysis
    """
    return [
        schemas.AssemblyAiSentiment(
            text=segment.text.strip(),
            start=round(segment.start * 1000),
            end=round(segment.end * 1000),
            sentiment=_ASSEMBLYAI_LABELS[found.label],
            confidence=getattr(found, found.label),
            speaker=segment.speaker,
        )
        for segment, found in _with_sentiment(transcript)
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


def _with_sentiment(
    transcript: Transcript,
) -> list[tuple[TranscribedSegment, types.Sentiment]]:
    return [
        (segment, segment.sentiment)
        for segment in transcript.segments
        if segment.sentiment is not None
    ]
