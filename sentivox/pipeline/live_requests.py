"""Requests of a live session to the pipeline, and their results."""

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
class PreviousTurn:
    """Speech before a window whose text is known: it is a context for the text that follows."""

    pcm: Pcm
    """Samples up to the first sample of the window."""
    tokens: tuple[int, ...]
    """Tokens of its text."""
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class LiveRequest:
    """A window of live speech to recognise. Stages keep no state of a session."""

    turn: int
    window: SpeechWindow
    """`index` counts the windows of the turn."""
    priority: Priority
    """FINAL or INTERIM."""
    language: str | None
    """The language to recognise in; None to detect it."""
    expected: str | None
    """The language of the turn before."""
    prefix: tuple[int, ...]
    """Tokens that are final: they were sent to the client."""
    draft_tokens: tuple[int, ...]
    """Tokens that followed them in the last result."""
    word_times: bool
    """Whether words need times; alignment takes a tenth of the time."""
    said: str
    """Text of the turn's earlier windows, for the sentiment of the whole turn."""
    before: PreviousTurn | None = None

    @property
    def final(self) -> bool:
        return self.priority is Priority.FINAL

    @property
    def end(self) -> float:
        """End of the window, in seconds of the session."""
        return self.window.start + self.window.seconds

    def recognition_input(
        self, language: str, prompt: str = ""
    ) -> tuple[SpeechWindow, RecognitionOptions]:
        """Window and options for a recogniser; with the turn before if that has the language."""
        before = self.before if self.before and self.before.language == language else None
        window, known = self.window, before.tokens if before else ()
        if before:
            pcm = np.concatenate([before.pcm, window.pcm])
            start = window.start - len(before.pcm) / SAMPLE_RATE
            window = SpeechWindow(window.index, start, pcm, window.speech)
        return window, RecognitionOptions(
            language=language,
            prompt=prompt,
            words=self.word_times,
            prefix=known + self.prefix,
            returned_tokens=len(known),
            returned_until=self.window.start if before else 0.0,
            draft_tokens=self.draft_tokens,
            priority=self.priority,
        )


@dataclass(frozen=True, slots=True)
class LiveResult:
    """The result of a LiveRequest."""

    language: str
    detection: LanguageDetection | None
    """None when the request named the language."""
    recognition: Recognition
    """Text of the whole window, prefix included; its segments have words."""
    sentiment: Sentiment | None = None
    """Sentiment of the turn up to the end of this window; final results only."""
    warnings: tuple[TranscriptionWarning, ...] = ()
