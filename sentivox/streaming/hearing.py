"""What a stream asks the stages, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentivox.types import (
    SAMPLE_RATE,
    LanguageDetection,
    Pcm,
    Priority,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechWindow,
    TranscriptionWarning,
)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """Speech right before a window, whose words are known: it helps to hear those that follow."""

    pcm: Pcm
    """Up to the window's first sample."""
    tokens: tuple[int, ...]
    """Its words."""
    language: str


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
    before: Before | None = None

    @property
    def final(self) -> bool:
        return self.priority is Priority.FINAL

    @property
    def end(self) -> float:
        """Seconds of the stream that it has heard."""
        return self.window.start + self.window.seconds

    def to_recognize(
        self, language: str, prompt: str = ""
    ) -> tuple[SpeechWindow, RecognitionOptions]:
        """What a recogniser is given: with what was said before, if it was said in `language`."""
        before = self.before if self.before and self.before.language == language else None
        window, told = self.window, before.tokens if before else ()
        if before:
            pcm = np.concatenate([before.pcm, window.pcm])
            start = window.start - len(before.pcm) / SAMPLE_RATE
            window = SpeechWindow(window.index, start, pcm, window.speech)
        return window, RecognitionOptions(
            language=language,
            prompt=prompt,
            words=self.word_times,
            prefix=told + self.prefix,
            answered=len(told),
            answered_until=self.window.start if before else 0.0,
            guess=self.guess,
            priority=self.priority,
        )


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
