"""What one speaker says between two pauses: its windows, its language, its text."""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import Action, InterimText
from sentivox.streaming.recent_text import RecentText
from sentivox.streaming.window import LiveWindow
from sentivox.transcript.appended_text import AppendedText
from sentivox.types import (
    LanguageDetection,
    Recognition,
    Sentiment,
    SuppressedSegment,
    TranscribedSegment,
    TranscriptionWarning,
)


class Turn:
    """Windows in order of time; the last one grows until the turn ends."""

    def __init__(
        self,
        number: int,
        start: float,
        language: str | None,
        settings: StreamingSettings,
        last_words: RecentText,
        window_start: float | None = None,
    ) -> None:
        self.number = number
        self.start = start
        self.end: float | None = None
        self.windows = [LiveWindow(0, start if window_start is None else window_start)]
        self.language = language
        """Once it's settled."""
        self.heard_language = language
        """As last heard, settled or not."""
        self.detection: LanguageDetection | None = None
        self.sentiment: Sentiment | None = None
        self.warnings: dict[str, TranscriptionWarning] = {}
        self.segments: list[TranscribedSegment] = []
        self.suppressed: list[SuppressedSegment] = []
        self._written = AppendedText()
        self._settings = settings
        self._last_words = last_words

    @property
    def text(self) -> str:
        return self._written.text

    @property
    def finished(self) -> bool:
        return self.end is not None and all(window.done for window in self.windows)

    @property
    def current(self) -> LiveWindow | None:
        """The first window whose final text is still to come: only its words can be added."""
        return next((window for window in self.windows if not window.done), None)

    def next_window(self, start: float) -> None:
        self.windows.append(LiveWindow(len(self.windows), start))

    def drop_last_window(self) -> None:
        """Nobody spoke in it."""
        self.windows[-1].end = self.windows[-1].start
        self.windows[-1].done = True

    def take(self, request: LiveRequest, hearing: LiveResult, now: float) -> Iterator[Action]:
        """An answer came: the text it brings."""
        window = self.windows[request.window.index]
        if window.done or request is not window.asked:
            return
        window.waiting = False
        self._take_language(request, hearing)
        if request.final:
            window.final = hearing
        if window is not self.current:
            return
        if not (request.final and window.end is not None):
            settled = self.language is not None
            added, pending = window.draft(hearing.recognition, request.end, settled, self._settings)
            yield self._heard(added, pending, request, now)
        yield from self.finish_windows(now)

    def finish_windows(self, now: float) -> Iterator[Action]:
        """The text of windows that have ended and been heard to their end."""
        for window in self.windows:
            if window.done:
                continue
            if window.end is None or window.waiting or window.final is None or not window.asked:
                return
            hearing = window.final
            rest = window.finish(hearing.recognition)
            self._keep(window, hearing)
            added = self._written.add(rest)
            yield InterimText(
                self.number,
                added,
                "",
                hearing.language,
                window.end,
                max(0.0, now - window.end),
            )

    def _heard(self, added: str, pending: str, request: LiveRequest, now: float) -> InterimText:
        addition = self._written.add(added)
        return InterimText(
            turn=self.number,
            added=addition,
            pending=self._written.preview(pending),
            language=self.heard_language or "",
            heard_until=request.end,
            lag=max(0.0, now - request.end),
        )

    def _take_language(self, request: LiveRequest, hearing: LiveResult) -> None:
        if self.language is not None:
            return
        self.heard_language = hearing.language
        self.detection = hearing.detection or self.detection
        if hearing.detection and self._settled(hearing.detection, request.window.seconds):
            self.language = hearing.language

    def _settled(self, detection: LanguageDetection, seconds: float) -> bool:
        sure = detection.ranked[0].confidence >= self._settings.language_confidence
        after = (
            self._settings.language_min_speech_s if sure else self._settings.language_max_speech_s
        )
        return seconds >= after

    def _keep(self, window: LiveWindow, hearing: LiveResult) -> None:
        self.language = self.heard_language = hearing.language
        self._last_words.add(hearing.recognition, hearing.language)
        self.segments += _with_text(hearing.recognition, window, hearing.language)
        self.suppressed += hearing.recognition.suppressed
        self.sentiment = hearing.sentiment or self.sentiment
        self.warnings |= {warning.code: warning for warning in hearing.warnings}


def _with_text(
    heard: Recognition, window: LiveWindow, language: str
) -> tuple[TranscribedSegment, ...]:
    """The segments; where the final hearing found none, the words that had been given out."""
    if heard.segments or not window.text.strip() or window.end is None:
        return heard.segments
    return (TranscribedSegment(window.start, window.end, window.text, language),)
