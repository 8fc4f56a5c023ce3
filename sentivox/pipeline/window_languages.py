"""The languages of a file's windows, detected in order of time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from itertools import islice

from sentivox.engines.language_id.spans import (
    LanguageHistory,
    SegmentLanguages,
    likeliest_languages,
    may_change,
    spans,
)
from sentivox.errors import AudioLost, Overloaded, SpeechError
from sentivox.pipeline.channels import language_probe_window
from sentivox.pipeline.language_check import check_language
from sentivox.pipeline.request import UploadRequest
from sentivox.pipeline.routing import candidates
from sentivox.pipeline.stages import DetectedWindow, WindowRef
from sentivox.types import LanguageSpan

SINGLE_LANGUAGE_S = 6.0
"""A file of one window up to this length has the language of that window."""
CONCURRENT_DETECTIONS = 3
"""Windows of a file whose language is detected at the same time: enough to keep the stage busy and
to leave room for other files."""
LOOK_AHEAD = 8
"""Windows that are compared before a change of language is accepted, the first one included."""


def has_single_language(windows: Sequence[WindowRef]) -> bool:
    """Whether the file's language is that of its only window."""
    return len(windows) == 1 and windows[0].seconds <= SINGLE_LANGUAGE_S


class WindowLanguages:
    """Windows are detected at the same time and decided in order: each continues the language of
    the window before it on its channel.
    """

    def __init__(self, request: UploadRequest, windows: Sequence[WindowRef]) -> None:
        self._request = request
        self._windows = windows
        self._candidates = candidates(request.options)
        self._first: str | None = None
        self._history: dict[int | None, LanguageHistory] = defaultdict(LanguageHistory)
        self._order: dict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._concurrent = asyncio.Semaphore(CONCURRENT_DETECTIONS)
        self._detected: dict[int, DetectedWindow] = {}
        """By window index, until the window is recognised."""
        self._segments: dict[int, Sequence[SegmentLanguages]] = {}
        """By window index: segments that were encoded by themselves, until they are decided."""
        self._usual: dict[int, str] = {}
        """By window index: the language of most of the speech so far."""

    def set_first(self, language: str) -> None:
        """The language of windows before anything else is known."""
        self._first = language

    async def detect(self, window: WindowRef) -> DetectedWindow:
        """The languages of one window; each window is detected once. Raises SpeechError."""
        if window.index not in self._detected:
            self._detected[window.index] = await self._request.detect_language(
                window, self._candidates
            )
        return self._detected[window.index]

    def encoder_output(self, window: WindowRef) -> object | None:
        """The window's encoder output, if it was detected and the output is shared."""
        detected = self._detected.get(window.index)
        return detected.encoder_output if detected else None

    def usual(self, window: WindowRef) -> str | None:
        """The language of most of the speech up to this window, once its spans are known."""
        return self._usual.get(window.index)

    def forget(self, window: WindowRef) -> None:
        """The window is recognised: its encoder output isn't needed any longer."""
        self._detected.pop(window.index, None)
        self._usual.pop(window.index, None)

    async def spans(self, window: WindowRef) -> tuple[LanguageSpan, ...]:
        """At least one span; together they are as long as the window.

        When detection fails the language of the speech before continues, with a warning. Raises
        Overloaded as long as nothing was delivered to the client.
        """
        if self._request.options.language:
            await self._check_requested(window)
            return (self._whole(window),)
        if has_single_language(self._windows):
            return (self._whole(window),)
        detection = asyncio.create_task(self._detect_in_turn(window))
        try:
            async with self._order[window.channel]:
                return await self._decide(window, detection) or (self._whole(window),)
        except SpeechError as exc:
            if isinstance(exc, Overloaded | AudioLost) and not self._request.delivered:
                raise
            self._request.warnings.add(
                "language_unchecked",
                f"From {window.start:.1f} s on the language was taken for that of the speech "
                f"before: {exc.detail}",
            )
            return (self._whole(window),)
        finally:
            detection.cancel()
            await asyncio.gather(detection, return_exceptions=True)

    async def _check_requested(self, window: WindowRef) -> None:
        """Checks the requested language in one window, whose encoder output is then shared."""
        if window is language_probe_window(self._windows):
            detected = await check_language(self._request, window)
            if detected is not None:
                self._detected[window.index] = detected

    async def _detect_in_turn(self, window: WindowRef) -> DetectedWindow:
        async with self._concurrent:
            return await self.detect(window)

    async def _decide(
        self, window: WindowRef, detection: Awaitable[DetectedWindow]
    ) -> tuple[LanguageSpan, ...]:
        segments: Sequence[SegmentLanguages] = (await detection).segments
        history = self._history[window.channel]
        if segments and may_change(segments, history):
            segments = await self._detect_segments(window)
            context = [*segments]
            for following in self._following(window):  # one by one: other files have windows too
                context += await self._detect_following(following)
            languages = likeliest_languages(context, history)[: len(segments)]
        else:
            languages = likeliest_languages(segments, history)
        after = self._history[window.channel] = history.after(segments, languages)
        if after.seconds:
            self._usual[window.index] = max(after.seconds, key=after.seconds.__getitem__)
        self._segments.pop(window.index, None)
        return spans(window.start, window.start + window.seconds, segments, languages)

    def _following(self, window: WindowRef) -> list[WindowRef]:
        """The next windows on the same channel, as many as are compared."""
        following = (
            each
            for each in self._windows
            if each.channel == window.channel and each.start > window.start
        )
        return list(islice(following, LOOK_AHEAD - 1))

    async def _detect_following(self, window: WindowRef) -> Sequence[SegmentLanguages]:
        """A later window; its own failure is reported when its turn comes."""
        try:
            return await self._detect_segments(window)
        except SpeechError:
            return ()

    async def _detect_segments(self, window: WindowRef) -> Sequence[SegmentLanguages]:
        """Each segment encoded by itself, so that its neighbours don't influence it."""
        if window.index not in self._segments:
            self._segments[window.index] = await self._request.detect_segments(
                window, self._candidates
            )
        return self._segments[window.index]

    def _whole(self, window: WindowRef) -> LanguageSpan:
        language = self._history[window.channel].language or self._first or ""
        return LanguageSpan(window.start, window.start + window.seconds, language, 1.0)
