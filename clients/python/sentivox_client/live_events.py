"""Events of a live session; times are in seconds since its start.

The field `raw` of each event is the server's JSON.
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
    """Speech began: the start of a turn, which is an item of the session."""

    item_id: str
    at: float
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """A pause ended the turn."""

    item_id: str
    at: float
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveText:
    """Text of a turn that isn't complete."""

    item_id: str
    added: str
    """Final text: continues the text added before and never changes; may be empty."""
    pending: str
    """Interim text: may still change, and replaces the interim text before it."""
    language: str | None
    """Language detected so far."""
    transcribed_until: float
    """End of the audio that the text covers."""
    lag: float
    """Seconds of audio received after `transcribed_until`."""
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """A complete turn."""

    item_id: str
    text: str
    """Final text: every `LiveText.added` of the turn joined; empty without speech."""
    language: str | None
    """Detected or requested language; None without speech or when detection abstained."""
    language_detection: LanguageDetection | None
    """None when the language was requested."""
    sentiment: Sentiment | None
    average: Sentiment | None
    """Average sentiment of the session so far, weighted by the length of the turns."""
    start: float
    end: float
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    warnings: tuple[results.Warning, ...]
    lag: float
    """Seconds of audio received after `end`."""
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveError:
    """An error that doesn't end the session."""

    message: str
    code: str | None
    param: str | None
    item_id: str | None
    """Item of the turn whose text is lost; None when a message was refused."""
    raw: Json = field(repr=False, compare=False)


LiveEvent = SpeechStarted | SpeechStopped | LiveText | LiveTurn | LiveError


def read_event(wire: Json) -> LiveEvent | None:
    """The event of a JSON message; None for the types that this client ignores."""
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
        wire["transcribed_until_ms"] / 1000,
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
