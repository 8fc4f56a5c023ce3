"""What a live session tells its client: OpenAI's Realtime events, with fields of ours beside them.

Official clients pass over fields they don't know.
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
    event_id: str = Field(default_factory=lambda: f"event_{uuid.uuid4().hex}")


class Session(LiveConfig):
    id: str
    object: Literal["realtime.transcription_session"] = "realtime.transcription_session"


class SessionCreated(LiveEvent):
    type: Literal["session.created"] = "session.created"
    session: Session


class SessionUpdated(LiveEvent):
    type: Literal["session.updated"] = "session.updated"
    session: Session


class SpeechStarted(LiveEvent):
    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    item_id: str
    audio_start_ms: int
    """Since the session began, padding included."""


class SpeechStopped(LiveEvent):
    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    item_id: str
    audio_end_ms: int


class Committed(LiveEvent):
    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
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


class Delta(LiveEvent):
    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    item_id: str
    content_index: Literal[0] = 0
    delta: str
    """Follows the item's earlier deltas and is never taken back; may be empty."""
    pending: str
    """Words after these that may still change; replaces what was pending before."""
    language: str
    """As heard so far."""
    heard_until_ms: int
    """The end of the audio that this was heard in."""
    lag_ms: int
    """How much audio has come since."""


class LiveUsage(Wire):
    type: Literal["duration"] = "duration"
    seconds: float


class Completed(LiveEvent):
    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str
    content_index: Literal[0] = 0
    transcript: str
    """Exactly the item's deltas, one after the other."""
    usage: LiveUsage
    languages: list[LanguageCode]
    """Empty when nothing was said, or the language couldn't be told."""
    language_detection: LanguageDetection | None = left_out()
    sentiment: Sentiment | None = left_out()
    average_sentiment: Sentiment | None = left_out()
    """Of the session so far, weighted by the length of its items."""
    audio_start_ms: int
    audio_end_ms: int
    segments: list[Segment]
    """Times in seconds since the session began."""
    words: list[Word]
    suppressed: list[Suppressed]
    """What was recognised and isn't believed."""
    warnings: list[schemas.Warning] | None = left_out()
    lag_ms: int
    """How much audio has come since the item's end."""


class Failed(LiveEvent):
    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    item_id: str
    content_index: Literal[0] = 0
    error: ErrorBody


class LiveErrorBody(ErrorBody):
    event_id: str | None = None
    """The client's name for the event that is to blame."""


class LiveError(LiveEvent):
    type: Literal["error"] = "error"
    error: LiveErrorBody
