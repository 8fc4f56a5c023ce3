"""Which languages the windows of a file are in, told one after the other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from itertools import islice

from deployments.stages import Progress, Stages, candidates
from deployments.stored_audio import ListenedWindow, WindowRef
from sentivox.errors import Overloaded, SpeechError
from sentivox.models.language_spans import (
    SoFar,
    Stretch,
    likeliest_languages,
    may_change,
    spans,
)
from sentivox.types import LanguageSpan, TranscriptionOptions

TOLD_S = 6.0
"""A file no longer than this was listened to as a whole when its language was told."""
LISTENED_AT_ONCE = 3
"""Windows of a file: as many as keep those busy who listen, since other files have windows too."""
AHEAD = 8
"""Windows that a change of the language is told by, itself included: what a file begins with is
surer once more of it is known."""


def told_as_a_whole(windows: Sequence[WindowRef]) -> bool:
    """Whether the language of a file is that of its only window. Longer ones are told by more."""
    return len(windows) == 1 and windows[0].seconds <= TOLD_S


class SpokenLanguages:
    """Windows ask in order of time and are listened to side by side; each goes on from what the one
    before on its channel was.
    """

    def __init__(
        self,
        stages: Stages,
        options: TranscriptionOptions,
        progress: Progress,
        windows: Sequence[WindowRef],
        first: str,
    ) -> None:
        """`first` is the language where nothing else tells."""
        self._stages = stages
        self._options = options
        self._progress = progress
        self._windows = windows
        self._first = first
        self._so_far: dict[int | None, SoFar] = defaultdict(SoFar)
        self._order: dict[int | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._room = asyncio.Semaphore(LISTENED_AT_ONCE)
        self._heard: dict[int, Sequence[Stretch]] = {}
        """By the number of a window that isn't told yet."""

    async def of(self, window: WindowRef) -> tuple[LanguageSpan, ...]:
        """At least one, together as long as the window.

        When they can't be told, the language goes on, and a warning says so. Raises Overloaded as
        long as nothing was told to the client, since whoever comes back gets all of it.
        """
        if self._options.language or told_as_a_whole(self._windows):
            return (self._whole(window),)
        listening = asyncio.create_task(self._listened(window))
        try:
            async with self._order[window.channel]:
                return await self._tell(window, listening) or (self._whole(window),)
        except SpeechError as exc:
            if isinstance(exc, Overloaded) and not self._progress.told:
                raise
            self._progress.warn(
                "language_unchecked",
                f"From {window.start:.1f} s on the language was taken for that of the speech "
                f"before: {exc.detail}",
            )
            return (self._whole(window),)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listened(self, window: WindowRef) -> ListenedWindow:
        async with self._room:
            return await self._stages.listen(window, self._options, self._progress)

    async def _tell(
        self, window: WindowRef, listening: Awaitable[ListenedWindow]
    ) -> tuple[LanguageSpan, ...]:
        heard: Sequence[Stretch] = (await listening).stretches
        so_far = self._so_far[window.channel]
        if heard and may_change(heard, so_far):
            heard = await self._listen(window)
            together = [*heard]
            for each in self._next(window):  # one by one: others have files too
                together += await self._in_time(each)
            languages = likeliest_languages(together, so_far)[: len(heard)]
        else:
            languages = likeliest_languages(heard, so_far)
        self._so_far[window.channel] = so_far.after(heard, languages)
        self._heard.pop(window.index, None)
        return spans(window.start, window.start + window.seconds, heard, languages)

    def _next(self, window: WindowRef) -> list[WindowRef]:
        """Those that follow on its channel, as many as are worth waiting for."""
        coming = (
            each
            for each in self._windows
            if each.channel == window.channel and each.start > window.start
        )
        return list(islice(coming, AHEAD - 1))

    async def _in_time(self, window: WindowRef) -> Sequence[Stretch]:
        """A window to come; what can't be heard is told of when its turn comes."""
        try:
            return await self._listen(window)
        except SpeechError:
            return ()

    async def _listen(self, window: WindowRef) -> Sequence[Stretch]:
        """Every stretch by itself: what is said beside it doesn't colour it."""
        if window.index not in self._heard:
            self._heard[window.index] = await self._progress.calls(
                "language_id",
                self._stages.language_id.stretches,
                window.ref,
                candidates(self._options),
            )
        return self._heard[window.index]

    def _whole(self, window: WindowRef) -> LanguageSpan:
        language = self._so_far[window.channel].language or self._first
        return LanguageSpan(window.start, window.start + window.seconds, language, 1.0)
