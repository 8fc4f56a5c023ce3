"""Speech segments to windows that fit the encoder, cut at silence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS, Pcm, SpeechSegment, SpeechWindow

MAX_PAUSE_S = 3.0
"""Longest pause inside a window. Longer silence costs time and makes a recogniser invent text."""
TURN_PAUSE_S = 1.0
"""Longest pause inside a window of one channel: in a longer one, another channel's turn may lie."""
EDGE_PADDING_S = 0.1
"""Audio kept on both sides of a window beyond the padding of its segments, where it fits."""


class WindowCutter:
    """Streaming state of one clip: PCM and its speech segments to windows of at most `max_seconds`.

    Segments are joined while the window fits and no pause is longer than MAX_PAUSE_S. A clip that
    fits into one window becomes one window, whatever its pauses. With `split_at_turns` every window
    ends at a pause of TURN_PAUSE_S, also in a short clip.

    No segment may be longer than `max_seconds`. Memory is bounded by the window in progress.
    """

    def __init__(
        self,
        max_seconds: float = WINDOW_SECONDS,
        channel: int | None = None,
        *,
        split_at_turns: bool = False,
    ) -> None:
        """`channel` is the channel number that the windows carry."""
        self._channel = channel
        self._max_samples = int(max_seconds * SAMPLE_RATE)
        self._max_pause_s = TURN_PAUSE_S if split_at_turns else MAX_PAUSE_S
        self._whole_if_fits = not split_at_turns
        self._pcm: Pcm = np.zeros(0, np.int16)
        """The samples that may still belong to a window."""
        self._offset = 0
        """Samples of the clip before `_pcm`."""
        self._emitted_until = 0
        """End of the latest window, in samples of the clip."""
        self._windows = 0
        self._pending: list[SpeechSegment] = []
        self._joined: list[SpeechSegment] = []
        """Segments of the window in progress."""

    def feed(
        self, pcm: Pcm, segments: Iterable[SpeechSegment], earliest_s: float
    ) -> list[SpeechWindow]:
        """The windows that became complete.

        `segments` end within the PCM fed so far; later segments start at `earliest_s` or after it.
        """
        self._pcm = np.concatenate([self._pcm, pcm])
        self._pending.extend(segments)
        if self._whole_if_fits and self._samples_fed <= self._max_samples:
            return []
        windows = self._join()
        if self._joined and self._ends_before(earliest_s):
            windows.append(self._emit(earliest_s))
        self._drop_samples(earliest_s)
        return windows

    def finish(self, segments: Iterable[SpeechSegment]) -> list[SpeechWindow]:
        """The remaining windows at the end of the clip."""
        self._pending.extend(segments)
        windows = self._join()
        if self._joined:
            windows.append(self._emit(self._samples_fed / SAMPLE_RATE))
        return windows

    @property
    def _samples_fed(self) -> int:
        return self._offset + len(self._pcm)

    def _join(self) -> list[SpeechWindow]:
        windows = []
        for segment in self._pending:
            if self._joined and not self._fits(segment):
                windows.append(self._emit(segment.start))
            self._joined.append(segment)
        self._pending.clear()
        return windows

    def _fits(self, segment: SpeechSegment) -> bool:
        start, end = _sample(self._joined[0].start), _sample(segment.end)
        return end - start <= self._max_samples and not self._ends_before(segment.start)

    def _ends_before(self, next_start_s: float) -> bool:
        """Whether the pause before the next segment is long enough to end the window."""
        pause = next_start_s - self._joined[-1].end
        may_be_whole = self._whole_if_fits and self._samples_fed <= self._max_samples
        return pause > self._max_pause_s and not may_be_whole

    def _emit(self, next_start_s: float) -> SpeechWindow:
        """The window of the joined segments, padded; at its end with at most half of the pause."""
        speech, self._joined = tuple(self._joined), []
        start, end = _sample(speech[0].start), min(_sample(speech[-1].end), self._samples_fed)
        padding = min(int(EDGE_PADDING_S * SAMPLE_RATE), (self._max_samples - (end - start)) // 2)
        start = max(self._emitted_until, start - padding)
        end += max(0, min(padding, (_sample(next_start_s) - end) // 2))
        self._emitted_until = end
        window = SpeechWindow(
            index=self._windows,
            start=start / SAMPLE_RATE,
            pcm=self._pcm[start - self._offset : end - self._offset].copy(),
            speech=speech,
            channel=self._channel,
        )
        self._windows += 1
        return window

    def _drop_samples(self, earliest_s: float) -> None:
        """Free the samples that no later window can contain."""
        first = self._joined[0].start if self._joined else earliest_s
        needed = max(self._emitted_until, _sample(first - EDGE_PADDING_S))
        if needed > self._offset:
            self._pcm = self._pcm[needed - self._offset :].copy()
            self._offset = needed


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
