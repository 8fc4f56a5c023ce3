"""Settings of live speech: when text is requested, and what a connection may do."""

from __future__ import annotations

from pydantic import Field

from sentivox.settings.base import Settings
from sentivox.types import WINDOW_SECONDS


class StreamingSettings(Settings):
    """When interim and final text of a turn are requested, and when text becomes stable."""

    agreement_s: float = Field(1.0, ge=0)
    """Seconds for which interim results must begin with the same words before these are stable."""
    first_interim_s: float = Field(0.6, gt=0)
    """Seconds of speech in a turn before its first interim text."""
    interim_interval_s: float = Field(0.5, gt=0)
    """Seconds of new speech between two interim texts."""
    interim_rest_factor: float = Field(2.0, ge=0)
    """Pause after an interim text, in multiples of the time it took: under load every speaker gets
    fewer interim texts rather than late ones."""
    previous_turn_context_s: float = Field(6.0, ge=0)
    """The final text of a turn shorter than this is decoded together with the turn before, whose
    text is the prefix, up to this length in all."""
    language_confidence: float = Field(0.9, ge=0, le=1)
    """Probability from which a detected language is kept until the turn ends."""
    language_min_speech_s: float = Field(1.2, ge=0)
    """Seconds of speech before any language is kept."""
    language_max_speech_s: float = Field(3.5, ge=0)
    """Seconds of speech after which the most probable language is kept: stable text waits for
    it."""
    pause_s: float = Field(0.1, gt=0)
    """Silence after which the text so far is decoded as if it were final."""
    window_s: float = Field(8.0, gt=0, le=WINDOW_SECONDS)
    """A longer turn continues in a new window after its next pause."""


class LiveSettings(Settings):
    """What a live connection may do."""

    max_sessions: int = Field(48, ge=1)
    """Most sessions at the same time in one replica of the ingress."""
    max_message_bytes: int = Field(2 * 1024 * 1024, ge=1024)
    """Largest message; a larger one ends the session with code 1009."""
    max_ahead_s: float = Field(120.0, gt=0)
    """How far audio may run ahead of real time; more ends the session with code 1008."""
    idle_timeout_s: float = Field(60.0, gt=0)
    """A session without a message for this long ends with code 1001."""
    max_session_s: float = Field(4 * 3600.0, gt=0)
    """A session ends with code 1001 after this. Serve's `request_timeout_s` has to be longer: it
    cuts live sessions too, without a code."""
    streaming: StreamingSettings = StreamingSettings()
