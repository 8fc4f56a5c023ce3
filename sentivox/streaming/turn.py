"""One turn of a live speaker: its windows, its language and its text."""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import InterimText
from sentivox.streaming.previous_words import PreviousWords
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
    """Windows in order of time; the last one grows until the turn ends.

    Times are in seconds of the session. `language` is None to detect the language. `window_start`
    is where speech begins, if that is later than `start`.
    """

    def __init__(
        self,
        number: int,
        start: float,
        language: str | None,
        settings: StreamingSettings,
        previous_words: PreviousWords,
        window_start: float | None = None,
    ) -> None:
        self.number = number
        self.start = start
        self.end: float | None = None
        self.windows = [LiveWindow(0, start if window_start is None else window_start)]
        self.language = language
        """The language of the turn once it is fixed; None before."""
        self.detection: LanguageDetection | None = None
        self.sentiment: Sentiment | None = None
        self.warnings: dict[str, TranscriptionWarning] = {}
        self.segments: list[TranscribedSegment] = []
        self.suppressed: list[SuppressedSegment] = []
        self._latest_language = language
        """The language of the latest result."""
        self._sent = AppendedText()
        """All text that was sent to the client."""
        self._settings = settings
        self._previous_words = previous_words

    @property
    def text(self) -> str:
        """The final text so far: all additions joined."""
        return self._sent.text

    @property
    def finished(self) -> bool:
        """Whether the turn has ended and its whole text is final."""
        return self.end is not None and all(window.done for window in self.windows)

    @property
    def current_window(self) -> LiveWindow | None:
        """The first window without final text, the only one whose text can be sent; None if every
        window is done.
        """
        return next((window for window in self.windows if not window.done), None)

    def start_window(self, start: float) -> None:
        """Begin the next window."""
        self.windows.append(LiveWindow(len(self.windows), start))

    def drop_last_window(self) -> None:
        """Finish the last window, which has no speech, without a request."""
        self.windows[-1].end = self.windows[-1].start
        self.windows[-1].done = True

    def add_result(
        self, request: LiveRequest, result: LiveResult, now: float
    ) -> Iterator[InterimText]:
        """The text that a result brings; none if a later request replaced `request`."""
        window = self.windows[request.window.index]
        if window.done or request is not window.request:
            return
        window.awaiting_result = False
        self._update_language(request, result)
        if request.final:
            window.final_result = result
        if window is not self.current_window:
            return
        if not (request.final and window.end is not None):
            added, pending = window.add_interim(
                result.recognition,
                request.end,
                agreement_s=self._settings.agreement_s,
                language_fixed=self.language is not None,
            )
            yield self._interim_text(added, pending, request.end, now)
        yield from self.finish_windows(now)

    def finish_windows(self, now: float) -> Iterator[InterimText]:
        """Final text of the windows that have ended and have their final result, in order."""
        for window in self.windows:
            if window.done:
                continue
            result = window.final_result
            if window.end is None or window.awaiting_result or result is None:
                return
            rest = window.add_final(result.recognition)
            self._add_final(window, result)
            yield self._interim_text(rest, "", window.end, now)

    def _interim_text(self, added: str, pending: str, end: float, now: float) -> InterimText:
        """The event for text of the audio up to `end`."""
        return InterimText(
            turn=self.number,
            added=self._sent.add(added),
            pending=self._sent.preview(pending),
            language=self._latest_language or "",
            transcribed_until=end,
            lag=max(0.0, now - end),
        )

    def _update_language(self, request: LiveRequest, result: LiveResult) -> None:
        if self.language is not None:
            return
        self._latest_language = result.language
        self.detection = result.detection or self.detection
        if result.detection and self._is_reliable(result.detection, request.window.seconds):
            self.language = result.language

    def _is_reliable(self, detection: LanguageDetection, seconds: float) -> bool:
        """Whether a language detected in this much speech is kept until the turn ends."""
        confident = detection.ranked[0].confidence >= self._settings.language_confidence
        return seconds >= (
            self._settings.language_min_speech_s
            if confident
            else self._settings.language_max_speech_s
        )

    def _add_final(self, window: LiveWindow, result: LiveResult) -> None:
        self.language = self._latest_language = result.language
        self._previous_words.add(result.recognition, result.language)
        self.segments += _segments(result.recognition, window, result.language)
        self.suppressed += result.recognition.suppressed
        self.sentiment = result.sentiment or self.sentiment
        self.warnings |= {warning.code: warning for warning in result.warnings}


def _segments(
    recognition: Recognition, window: LiveWindow, language: str
) -> tuple[TranscribedSegment, ...]:
    """Segments of the final result; without any, one segment of the stable words."""
    if recognition.segments or not window.text.strip() or window.end is None:
        return recognition.segments
    return (TranscribedSegment(window.start, window.end, window.text, language),)
