"""Segments of speech to windows that a recogniser can take, cut at silence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS, Pcm, SpeechSegment, SpeechWindow

MAX_PAUSE_S = 3.0
"""Longer silences aren't worth a recogniser's time, and tempt it to invent words."""
TURN_PAUSE_S = 1.0
"""In a longer pause of one channel another may have its turn, which belongs in between."""
MARGIN_S = 0.1
"""Kept around a window beyond the padding of its segments, where there is room."""


class WindowCutter:
    """A stream of PCM and of the segments found in it to windows of at most `max_seconds`.

    Segments are joined while the whole fits and no pause is longer than MAX_PAUSE_S; a clip that
    fits whole becomes one window. With `turns`, windows end at every pause of TURN_PAUSE_S, however
    short the clip. No segment may be longer than `max_seconds`. Memory is that of the window in the
    making.
    """

    def __init__(self, max_seconds: float = WINDOW_SECONDS, *, turns: bool = False) -> None:
        self._longest = int(max_seconds * SAMPLE_RATE)
        self._max_pause_s = TURN_PAUSE_S if turns else MAX_PAUSE_S
        self._whole_if_fits = not turns
        self._pcm: Pcm = np.zeros(0, np.int16)
        self._origin = 0
        self._given = 0
        self._windows = 0
        self._found: list[SpeechSegment] = []
        self._joined: list[SpeechSegment] = []

    def feed(
        self, pcm: Pcm, segments: Iterable[SpeechSegment], earliest_s: float
    ) -> list[SpeechWindow]:
        """`segments` ended within the PCM fed so far; later ones start at `earliest_s` or after."""
        self._pcm = np.concatenate([self._pcm, pcm])
        self._found.extend(segments)
        if self._whole_if_fits and self._heard <= self._longest:
            return []
        windows = self._join()
        if self._joined and self._parted(earliest_s):
            windows.append(self._emit(earliest_s))
        self._forget(earliest_s)
        return windows

    def finish(self, segments: Iterable[SpeechSegment]) -> list[SpeechWindow]:
        """The remaining windows, once the clip is over."""
        self._found.extend(segments)
        windows = self._join()
        if self._joined:
            windows.append(self._emit(self._heard / SAMPLE_RATE))
        return windows

    @property
    def _heard(self) -> int:
        return self._origin + len(self._pcm)

    def _join(self) -> list[SpeechWindow]:
        windows = []
        for segment in self._found:
            if self._joined and not self._fits(segment):
                windows.append(self._emit(segment.start))
            self._joined.append(segment)
        self._found.clear()
        return windows

    def _fits(self, segment: SpeechSegment) -> bool:
        start, end = _sample(self._joined[0].start), _sample(segment.end)
        return end - start <= self._longest and not self._parted(segment.start)

    def _parted(self, next_start_s: float) -> bool:
        """Too long a pause; in a clip that fits into one window none is."""
        pause = next_start_s - self._joined[-1].end
        may_be_whole = self._whole_if_fits and self._heard <= self._longest
        return pause > self._max_pause_s and not may_be_whole

    def _emit(self, next_start_s: float) -> SpeechWindow:
        """The joined segments and a margin, on the right at most half of what is free there."""
        speech, self._joined = tuple(self._joined), []
        start, end = _sample(speech[0].start), min(_sample(speech[-1].end), self._heard)
        margin = min(int(MARGIN_S * SAMPLE_RATE), (self._longest - (end - start)) // 2)
        start = max(self._given, start - margin)
        end += max(0, min(margin, (_sample(next_start_s) - end) // 2))
        self._given = end
        window = SpeechWindow(
            index=self._windows,
            start=start / SAMPLE_RATE,
            pcm=self._pcm[start - self._origin : end - self._origin].copy(),
            speech=speech,
        )
        self._windows += 1
        return window

    def _forget(self, earliest_s: float) -> None:
        first = self._joined[0].start if self._joined else earliest_s
        needed = max(self._given, _sample(first - MARGIN_S))
        if needed > self._origin:
            self._pcm = self._pcm[needed - self._origin :].copy()
            self._origin = needed


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
