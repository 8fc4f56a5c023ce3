"""What a live session tells. Times are seconds since it began.

Fields the service adds later are passed over here and stay in `raw`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sentivox_client import results
from sentivox_client.results import (
    Json,
    LanguageDetection,
    Segment,
    Sentiment,
    Word,
    read_warnings,
    read_words,
)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak: a new item, until the pause that ends the turn."""

    item_id: str
    at: float
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    item_id: str
    at: float
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveText:
    """Words of an item, while they are spoken."""

    item_id: str
    added: str
    """Follows what was added before, and is never taken back; may be empty."""
    pending: str
    """May still change; replaces what was pending before."""
    language: str | None
    """As heard so far."""
    heard_until: float
    lag: float
    """Seconds of audio that came since."""
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """An item that is complete."""

    item_id: str
    text: str
    """Exactly what was added, piece after piece; empty when nothing was said."""
    language: str | None
    """None when nothing was said, or the language couldn't be told."""
    language_detection: LanguageDetection | None
    """None when the session named the language."""
    sentiment: Sentiment | None
    average: Sentiment | None
    """Of the session so far, weighted by the length of its turns."""
    start: float
    end: float
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    warnings: tuple[results.Warning, ...]
    lag: float
    """Seconds of audio that came since the end."""
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveError:
    """Something went wrong, and the session goes on."""

    message: str
    code: str | None
    param: str | None
    item_id: str | None
    """The item whose words are lost; None when a message was refused."""
    raw: Json = field(repr=False, compare=False)


LiveEvent = SpeechStarted | SpeechStopped | LiveText | LiveTurn | LiveError


def read_event(wire: Json) -> LiveEvent | None:
    """None for what a client needn't know."""
    match wire["type"]:
        case "input_audio_buffer.speech_started":
            return SpeechStarted(wire["item_id"], wire["audio_start_ms"] / 1000, wire)
        case "input_audio_buffer.speech_stopped":
            return SpeechStopped(wire["item_id"], wire["audio_end_ms"] / 1000, wire)
        case "conversation.item.input_audio_transcription.delta":
            return _text(wire)
        case "conversation.item.input_audio_transcription.completed":
            return _turn(wire)
        case "conversation.item.input_audio_transcription.failed" | "error":
            return _error(wire)
    return None


def _text(wire: Json) -> LiveText:
    return LiveText(
        wire["item_id"],
        wire["delta"],
        wire.get("pending", ""),
        wire.get("language") or None,
        wire["heard_until_ms"] / 1000,
        wire["lag_ms"] / 1000,
        wire,
    )


def _turn(wire: Json) -> LiveTurn:
    languages = wire.get("languages") or ()
    return LiveTurn(
        item_id=wire["item_id"],
        text=wire["transcript"],
        language=languages[0]["code"] if languages else None,
        language_detection=LanguageDetection.read(wire.get("language_detection")),
        sentiment=Sentiment.read(wire.get("sentiment")),
        average=Sentiment.read(wire.get("average_sentiment")),
        start=wire["audio_start_ms"] / 1000,
        end=wire["audio_end_ms"] / 1000,
        segments=tuple(Segment.read(segment) for segment in wire["segments"]),
        words=read_words(wire),
        warnings=read_warnings(wire),
        lag=wire["lag_ms"] / 1000,
        raw=wire,
    )


def _error(wire: Json) -> LiveError:
    error = wire["error"]
    return LiveError(
        error["message"], error.get("code"), error.get("param"), wire.get("item_id"), wire
    )
