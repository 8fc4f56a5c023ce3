"""Events of a live session; times are in seconds from the start of the session."""

from __future__ import annotations

from dataclasses import dataclass

from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest
from sentivox.types import (
    LanguageDetection,
    Sentiment,
    SuppressedSegment,
    TranscribedSegment,
    TranscriptionWarning,
)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice activity detection found speech: a new turn begins."""

    turn: int
    """Number of the turn, counted from 1."""
    at: float
    """Start of the speech, padding included."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """A pause, or `commit`, ended the speech of a turn."""

    turn: int
    at: float


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """The audio of a turn is complete; its final text follows."""

    turn: int
    previous: int | None
    """Number of the turn committed before; None for the first."""


@dataclass(frozen=True, slots=True)
class InterimText:
    """New text of a turn: a final addition and interim text behind it."""

    turn: int
    added: str
    """Final text that follows the earlier additions of the turn; may be empty."""
    pending: str
    """Interim text after all additions; replaces the earlier `pending`."""
    language: str
    """Language that the text was recognised in."""
    transcribed_until: float
    """End of the audio that the text covers."""
    lag: float
    """Seconds of audio received after `transcribed_until`."""


@dataclass(frozen=True, slots=True)
class TurnCompleted:
    """The final result of a turn."""

    turn: int
    start: float
    end: float
    text: str
    """All additions of the turn joined."""
    language: str | None
    """Language that the text was recognised in; None where `text` is empty."""
    detection: LanguageDetection | None
    """None when the options named the language."""
    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...]
    sentiment: Sentiment | None
    average: Sentiment | None
    """Average sentiment of the session's turns so far, weighted by their length."""
    warnings: tuple[TranscriptionWarning, ...]
    lag: float
    """Seconds of audio received after `end`."""


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The final text of a turn couldn't be recognised; the session goes on."""

    turn: int
    error: SpeechError


StreamEvent = (
    SpeechStarted | SpeechStopped | TurnCommitted | InterimText | TurnCompleted | TurnFailed
)
Action = StreamEvent | LiveRequest
"""An event for the client, or a request to the pipeline."""
