"""What a stream tells. Times are seconds from its start."""

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
    turn: int
    at: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    turn: int
    at: float


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    turn: int
    previous: int | None


@dataclass(frozen=True, slots=True)
class InterimText:
    """Words that stay, and words that may still change."""

    turn: int
    added: str
    """Follows what was added before; never taken back."""
    pending: str
    """Replaces what was pending before."""
    language: str
    heard_until: float
    """The end of the audio that these words were heard in."""
    lag: float
    """Seconds of audio that arrived since."""


@dataclass(frozen=True, slots=True)
class TurnCompleted:
    turn: int
    start: float
    end: float
    text: str
    """Exactly what was added, piece after piece."""
    language: str | None
    """None when nothing was said."""
    detection: LanguageDetection | None
    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...]
    sentiment: Sentiment | None
    average: Sentiment | None
    """Of the stream so far, weighted by the length of its turns."""
    warnings: tuple[TranscriptionWarning, ...]
    lag: float
    """Seconds of audio that arrived since the turn's end."""


@dataclass(frozen=True, slots=True)
class TurnFailed:
    turn: int
    error: SpeechError


StreamEvent = (
    SpeechStarted | SpeechStopped | TurnCommitted | InterimText | TurnCompleted | TurnFailed
)
Action = StreamEvent | LiveRequest
