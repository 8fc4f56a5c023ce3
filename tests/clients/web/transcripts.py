"""Transcripts with what a page has to show: several languages, every label, many segments."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from itertools import pairwise

from sentivox.types import (
    AudioInfo,
    Sentiment,
    SentimentShift,
    TranscribedSegment,
    Transcript,
    Word,
)
from tests.web.fake_service import TRANSCRIPT

POSITIVE = Sentiment(0.05, 0.15, 0.8)
NEUTRAL = Sentiment(0.1, 0.8, 0.1)
NEGATIVE = Sentiment(0.85, 0.1, 0.05)
MIXED = Sentiment(0.45, 0.1, 0.45)
UNCERTAIN = Sentiment(0.25, 0.4, 0.35)


def segment(
    start: float, end: float, text: str, language: str, sentiment: Sentiment
) -> TranscribedSegment:
    """A segment whose words share its time evenly."""
    parts = text.split()
    length = (end - start) / len(parts)
    words = tuple(
        Word(f" {part}", start + place * length, start + (place + 1) * length, 0.9)
        for place, part in enumerate(parts)
    )
    return TranscribedSegment(start, end, f" {text}", language, words=words, sentiment=sentiment)


def transcript(seconds: float, *segments: TranscribedSegment) -> Transcript:
    """A transcript of these segments, with every shift between their labels."""
    shifts = tuple(
        SentimentShift(after.start, before.sentiment.label, after.sentiment.label)
        for before, after in pairwise(segments)
        if before.sentiment and after.sentiment and before.sentiment.label != after.sentiment.label
    )
    return replace(
        TRANSCRIPT,
        info=AudioInfo(seconds, "wav", "pcm_s16le", 16_000, 1, -3.0),
        segments=segments,
        suppressed=(),
        sentiment=UNCERTAIN,
        shifts=shifts,
        warnings=(),
    )


BILINGUAL = transcript(
    20.0,
    segment(0.0, 6.0, "Das ist ein schöner Tag.", "de", POSITIVE),
    segment(6.0, 12.0, "We can speak English now.", "en", MIXED),
    segment(12.0, 15.0, "It may rain later.", "en", UNCERTAIN),
    segment(15.0, 20.0, "Leider ist der Zug zu spät.", "de", NEGATIVE),
)
"""11 of 20 seconds in German, in two parts, and 9 in English."""

LABELS = (POSITIVE, NEUTRAL, NEGATIVE, MIXED, NEUTRAL, POSITIVE, UNCERTAIN)
LONG = transcript(
    1500.0,
    *(
        segment(
            start,
            start + 3.0,
            f"Sentence number {number} of a long talk.",
            "de",
            LABELS[number * 5 // 7 % len(LABELS)],
        )
        for number, start in enumerate(range(0, 1500, 4))
    ),
)
"""25 minutes in 375 segments."""


def silence(seconds: float) -> bytes:
    """A WAV file at 8 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(int(2 * 8_000 * seconds)))
    return buffer.getvalue()
