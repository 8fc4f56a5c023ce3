"""Server events of a live session: OpenAI's Realtime events with extensions as extra fields.

OpenAI's clients ignore fields that they don't know.
"""

from __future__ import annotations

import uuid
from typing import Literal

from pydantic import Field

from sentivox.web import schemas
from sentivox.web.realtime.config import LiveConfig
from sentivox.web.schemas import (
    ErrorBody,
    LanguageCode,
    LanguageDetection,
    Segment,
    Sentiment,
    Suppressed,
    Wire,
    Word,
    left_out,
)


class LiveEvent(Wire):
    """Base class of all events."""

    event_id: str = Field(default_factory=lambda: f"event_{uuid.uuid4().hex}")


class ItemEvent(LiveEvent):
    """Base class of the events about an item, the transcript of a turn."""

    item_id: str


class TranscriptionEvent(ItemEvent):
    """Base class of the events about the text of an item."""

    content_index: Literal[0] = 0


class Session(LiveConfig):
    """The settings of a session, as the server sends them."""

    id: str
    object: Literal["realtime.transcription_session"] = "realtime.transcription_session"


class SessionCreated(LiveEvent):
    type: Literal["session.created"] = "session.created"
    session: Session


class SessionUpdated(LiveEvent):
    type: Literal["session.updated"] = "session.updated"
    session: Session


class SpeechStarted(ItemEvent):
    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    audio_start_ms: int
    """Start of the speech since the start of the session, padding included."""


class SpeechStopped(ItemEvent):
    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    audio_end_ms: int


class Committed(ItemEvent):
    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    previous_item_id: str | None


class Cleared(LiveEvent):
    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class InputAudio(Wire):
    type: Literal["input_audio"] = "input_audio"
    transcript: str | None = None


class Item(Wire):
    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["message"] = "message"
    status: Literal["completed"] = "completed"
    role: Literal["user"] = "user"
    content: tuple[InputAudio, ...] = (InputAudio(),)


class ItemAdded(LiveEvent):
    type: Literal["conversation.item.added"] = "conversation.item.added"
    previous_item_id: str | None
    item: Item


class Delta(TranscriptionEvent):
    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    delta: str
    """Final text after the item's earlier deltas; it never changes, and may be empty."""
    pending: str
    """Interim text after the deltas; it may change, and replaces the earlier `pending`."""
    language: str
    """Language that the text was recognised in."""
    transcribed_until_ms: int
    """End of the audio that the text covers, since the start of the session."""
    lag_ms: int
    """Length of the audio received after `transcribed_until_ms`."""


class LiveUsage(Wire):
    type: Literal["duration"] = "duration"
    seconds: float


class Completed(TranscriptionEvent):
    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    transcript: str
    """All deltas of the item joined."""
    usage: LiveUsage
    languages: list[LanguageCode]
    """The item's language; empty without speech or when detection abstained."""
    language_detection: LanguageDetection | None = left_out()
    sentiment: Sentiment | None = left_out()
    average_sentiment: Sentiment | None = left_out()
    """Average sentiment of the session so far, weighted by the length of items."""
    audio_start_ms: int
    audio_end_ms: int
    segments: list[Segment]
    """Times in seconds since the start of the session."""
    words: list[Word]
    suppressed: list[Suppressed]
    """Recognised text that is left out of the transcript, with the reason."""
    warnings: list[schemas.Warning] | None = left_out()
    lag_ms: int
    """Length of the audio received after the end of the item."""


class Failed(TranscriptionEvent):
    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    error: ErrorBody


class LiveErrorBody(ErrorBody):
    event_id: str | None = None
    """The client's id of the event that caused the error."""


class LiveError(LiveEvent):
    type: Literal["error"] = "error"
    error: LiveErrorBody
