"""What a stream asks the stages, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

from sentivox.types import (
    LanguageDetection,
    Priority,
    Recognition,
    Sentiment,
    SpeechWindow,
    TranscriptionWarning,
)


@dataclass(frozen=True, slots=True, eq=False)
class HearingRequest:
    """Some speech to be recognised, by itself: stages remember nothing of a stream."""

    turn: int
    window: SpeechWindow
    """`index` counts the windows of the turn."""
    priority: Priority
    """FINAL or DRAFT."""
    language: str | None
    """None while it isn't known."""
    expected: str | None
    """The language of what was said before."""
    prefix: tuple[int, ...]
    """Tokens that have been given out and can't be taken back."""
    guess: tuple[int, ...]
    """Tokens that came after them last time."""
    word_times: bool
    """Finding them takes a tenth of the time."""
    said: str
    """Text of the turn's windows before this one: sentiment belongs to the whole."""

    @property
    def final(self) -> bool:
        return self.priority is Priority.FINAL

    @property
    def end(self) -> float:
        """Seconds of the stream that it has heard."""
        return self.window.start + self.window.seconds


@dataclass(frozen=True, slots=True)
class Hearing:
    language: str
    detection: LanguageDetection | None
    """None when the request named the language."""
    recognition: Recognition
    """Of the whole window, prefix included; its segments have their words."""
    sentiment: Sentiment | None = None
    """Of `said` and this window; finals only."""
    warnings: tuple[TranscriptionWarning, ...] = ()
