"""Parts that several answers share: values of the core as schemas of the API."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pydantic import BaseModel
from starlette.responses import Response

from sentivox import types
from sentivox.types import (
    Speaker,
    SuppressedSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionWarning,
)
from sentivox.web import schemas


def json_response(
    content: BaseModel, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """An answer with a model as JSON."""
    return Response(content.model_dump_json(), status, headers, "application/json")


def usage(transcript: Transcript) -> schemas.Usage:
    """Seconds of audio, rounded up."""
    return schemas.Usage(seconds=math.ceil(transcript.info.seconds))


def spoken_languages(transcript: Transcript) -> list[schemas.LanguageCode]:
    """Languages of the segments, in order of first use; empty where detection abstained."""
    if transcript.detection is not None and transcript.detection.abstained:
        return []
    codes = dict.fromkeys(segment.language for segment in transcript.segments)
    return [schemas.LanguageCode(code=code) for code in codes]


def language_detection(
    detection: types.LanguageDetection | None, top: int
) -> schemas.LanguageDetection | None:
    """The detected language with the `top` most probable ones; None for 0, or without detection."""
    if detection is None or top == 0:
        return None
    return schemas.LanguageDetection(
        language=detection.language,
        confidence=detection.ranked[0].confidence if detection.ranked else 0.0,
        alternatives=[
            schemas.LanguageProbability(language=each.language, confidence=each.confidence)
            for each in detection.ranked[:top]
        ],
        abstained=detection.abstained,
    )


def routing(transcript: Transcript) -> schemas.Routing:
    return schemas.Routing(transcript.routing)


def sentiment(value: types.Sentiment | None) -> schemas.Sentiment | None:
    if value is None:
        return None
    return schemas.Sentiment(
        label=value.label,
        score=value.score,
        scores=schemas.SentimentScores(
            negative=value.negative, neutral=value.neutral, positive=value.positive
        ),
        supported=value.supported,
    )


def segment(number: int, value: TranscribedSegment) -> schemas.Segment:
    return schemas.Segment(
        id=number,
        seek=value.seek,
        start=value.start,
        end=value.end,
        text=value.text,
        tokens=list(value.tokens),
        temperature=value.temperature,
        avg_logprob=value.avg_logprob,
        compression_ratio=value.compression_ratio,
        no_speech_prob=value.no_speech_prob,
        language=value.language,
        sentiment=sentiment(value.sentiment),
        speaker=value.speaker,
    )


def text_segment(
    number: int, value: TranscribedSegment, *, with_sentiment: bool, with_words: bool
) -> schemas.TextSegment:
    """A segment of an event stream or a diarized answer."""
    return schemas.TextSegment(
        id=f"seg_{number}",
        start=value.start,
        end=value.end,
        text=value.text,
        language=value.language,
        speaker=value.speaker,
        sentiment=sentiment(value.sentiment) if with_sentiment else None,
        words=words([value]) if with_words else None,
    )


def speakers(values: Iterable[Speaker]) -> list[schemas.Speaker] | None:
    """None without speakers."""
    return [
        schemas.Speaker(
            speaker=value.name, seconds=value.seconds, sentiment=sentiment(value.sentiment)
        )
        for value in values
    ] or None


def words(segments: Iterable[TranscribedSegment]) -> list[schemas.Word]:
    """The words of all segments, in order."""
    return [
        schemas.Word(
            word=word.word.strip(),
            start=word.start,
            end=word.end,
            probability=word.probability,
            language=each.language,
            speaker=each.speaker,
        )
        for each in segments
        for word in each.words
    ]


def logprobs(segments: Iterable[TranscribedSegment]) -> list[schemas.Logprob]:
    """The tokens of all segments with their log-probabilities."""
    return [
        schemas.Logprob(token=spelled.decode("utf-8", "replace"), logprob=p, bytes=list(spelled))
        for each in segments
        for spelled, p in zip(each.token_bytes, each.token_logprobs, strict=True)
    ]


def warnings(values: Iterable[TranscriptionWarning]) -> list[schemas.Warning] | None:
    """None without warnings."""
    return [
        schemas.Warning(code=warning.code, message=warning.message) for warning in values
    ] or None


def suppressed(values: Iterable[SuppressedSegment]) -> list[schemas.Suppressed]:
    return [
        schemas.Suppressed(
            start=each.start,
            end=each.end,
            text=each.text,
            reason=each.reason,
            speaker=each.speaker,
        )
        for each in values
    ]
