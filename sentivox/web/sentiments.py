"""The sentiment of a whole answer: our own shape, AssemblyAI's or Deepgram's."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from sentivox import types
from sentivox.types import SentimentLabel, TranscribedSegment, Transcript
from sentivox.web import schemas, wire

DEEPGRAM_CUT = 1 / 3
"""Deepgram calls scores beyond plus or minus 0.333 positive or negative."""

_ASSEMBLYAI_LABELS: dict[SentimentLabel, Literal["NEGATIVE", "NEUTRAL", "POSITIVE"]] = {
    "negative": "NEGATIVE",
    "neutral": "NEUTRAL",
    "positive": "POSITIVE",
}


class SentimentFormat(StrEnum):
    NATIVE = "native"
    ASSEMBLYAI = "assemblyai"
    DEEPGRAM = "deepgram"


def overall(transcript: Transcript) -> schemas.OverallSentiment | None:
    average = wire.sentiment(transcript.sentiment)
    if average is None:
        return None
    shifts = [
        schemas.SentimentShift(at=shift.at, before=shift.before, after=shift.after)
        for shift in transcript.shifts
    ]
    return schemas.OverallSentiment(average=average, shifts=shifts)


def assemblyai(transcript: Transcript) -> list[schemas.AssemblyAiSentiment]:
    """https://www.assemblyai.com/docs/speech-understanding/sentiment-analysis"""
    return [
        schemas.AssemblyAiSentiment(
            text=segment.text.strip(),
            start=round(segment.start * 1000),
            end=round(segment.end * 1000),
            sentiment=_ASSEMBLYAI_LABELS[feeling.label],
            confidence=getattr(feeling, feeling.label),
            speaker=segment.speaker,
        )
        for segment, feeling in _felt(transcript)
    ]


def deepgram(transcript: Transcript) -> schemas.DeepgramSentiments | None:
    """https://developers.deepgram.com/docs/sentiment-analysis"""
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
    if score > DEEPGRAM_CUT:
        return "positive"
    return "negative" if score < -DEEPGRAM_CUT else "neutral"


def _felt(transcript: Transcript) -> list[tuple[TranscribedSegment, types.Sentiment]]:
    return [
        (segment, segment.sentiment)
        for segment in transcript.segments
        if segment.sentiment is not None
    ]
