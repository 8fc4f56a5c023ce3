"""Which languages the windows of a file are in, told one after the other."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from deployments.stages import Progress, Stages, candidates
from deployments.stored_audio import WindowRef
from sentivox.errors import SpeechError
from sentivox.models.language_spans import Habit
from sentivox.types import LanguageSpan, TranscriptionOptions

TOLD_S = 6.0
"""A file no longer than this was listened to as a whole when its language was told."""


class SpokenLanguages:
    """Windows ask in order of time: each expects the language of the one before on its channel."""

    def __init__(
        self, stages: Stages, options: TranscriptionOptions, progress: Progress, first: str
    ) -> None:
        """`first` is the language to begin with."""
        self._stages = stages
        self._options = options
        self._progress = progress
        self._expected: dict[int | None, str] = defaultdict(lambda: first)
        self._habit: dict[int | None, Habit] = defaultdict(Habit)
        self._order: dict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, window: WindowRef, *, alone: bool) -> tuple[LanguageSpan, ...]:
        """At least one, together as long as the window; `alone` when the file has no other.

        When they can't be told, the language goes on, and a warning says so.
        """
        if self._options.language or (alone and window.seconds <= TOLD_S):
            return (self._whole(window),)
        async with self._order[window.channel]:
            found = await self._listen(window)
            self._expected[window.channel] = found[-1].language
            return found

    async def _listen(self, window: WindowRef) -> tuple[LanguageSpan, ...]:
        try:
            found: tuple[LanguageSpan, ...]
            found, self._habit[window.channel] = await self._progress.calls(
                "language_id",
                self._stages.language_id.spans,
                window.ref,
                candidates(self._options),
                self._expected[window.channel],
                self._habit[window.channel],
            )
        except SpeechError as exc:
            self._progress.warn(
                "language_unchecked",
                f"From {window.start:.1f} s on the language was taken for that of the speech "
                f"before: {exc.detail}",
            )
            found = ()
        return found or (self._whole(window),)

    def _whole(self, window: WindowRef) -> LanguageSpan:
        return LanguageSpan(
            window.start, window.start + window.seconds, self._expected[window.channel], 1.0
        )
