"""Parts that several answers share: values of the core as schemas of the API."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel
from starlette.responses import Response

from sentivox import types
from sentivox.types import TranscribedSegment
from sentivox.web import schemas


def json_response(
    content: BaseModel, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """An answer with a model as JSON."""
    return Response(content.model_dump_json(), status, headers, "application/json")


def language_detection(
    detection: types.LanguageDetection | None, top: int
) -> schemas.LanguageDetection | None:
    """The detected language with the `top` most probable ones; None for 0, or without detection."""
    if detection is None or top == 0:
        return None
    return schemas.LanguageDetection.of(
        detection,
        confidence=detection.ranked[0].confidence if detection.ranked else 0.0,
        alternatives=detection.ranked[:top],
    )


def segments(values: Iterable[TranscribedSegment]) -> list[schemas.Segment]:
    """The segments, numbered from 0."""
    return [schemas.Segment.of(value, id=number) for number, value in enumerate(values)]


def text_segment(
    number: int, value: TranscribedSegment, *, with_sentiment: bool, with_words: bool
) -> schemas.TextSegment:
    """A segment of an event stream or a diarized answer."""
    return schemas.TextSegment.of(
        value,
        id=f"seg_{number}",
        sentiment=value.sentiment if with_sentiment else None,
        words=words([value]) if with_words else None,
    )


def words(segments: Iterable[TranscribedSegment]) -> list[schemas.Word]:
    """The words of all segments, in order."""
    return [
        schemas.Word.of(
            word, word=word.word.strip(), language=segment.language, speaker=segment.speaker
        )
        for segment in segments
        for word in segment.words
    ]


def logprobs(segments: Iterable[TranscribedSegment]) -> list[schemas.Logprob]:
    """The tokens of all segments with their log-probabilities."""
    return [
        schemas.Logprob(token=spelled.decode("utf-8", "replace"), logprob=p, bytes=list(spelled))
        for each in segments
        for spelled, p in zip(each.token_bytes, each.token_logprobs, strict=True)
    ]
