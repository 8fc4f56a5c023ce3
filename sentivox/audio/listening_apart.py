"""Several channels to windows of speech, each by itself and without the voices of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sentivox.audio.crosstalk import Crosstalk, Frames
from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import FRAME_SAMPLES, VoiceActivity, VoiceModel
from sentivox.audio.windows import WindowCutter
from sentivox.speakers import speaker_name
from sentivox.types import (
    SAMPLE_RATE,
    WINDOW_SECONDS,
    Pcm,
    SpeechDetection,
    SpeechSegment,
    SpeechWindow,
    SuppressedSegment,
)

Samples = npt.NDArray[np.int16]
"""Of all channels, shape (channels, samples)."""
Probabilities = npt.NDArray[np.float32]
"""Of all channels, shape (channels, frames)."""


class ApartListener:
    """State of one clip: `feed` pieces of any length, then `finish` once."""

    def __init__(
        self,
        model: VoiceModel,
        channels: int,
        detection: SpeechDetection,
        max_window_s: float = WINDOW_SECONDS,
    ) -> None:
        self._crosstalk = Crosstalk(channels)
        self._channels = [_Channel(model, detection, max_window_s) for _ in range(channels)]
        self._pcm: Samples = np.zeros((channels, 0), np.int16)
        self._voices: Probabilities = np.zeros((channels, 0), np.float32)
        self._heard = 0

    @property
    def speech_s(self) -> float:
        """Seconds in the windows of all channels so far."""
        return sum(channel.speech_s for channel in self._channels)

    def feed(self, pieces: Sequence[Pcm]) -> None:
        """One piece a channel, all as long."""
        pcm = np.stack(pieces)
        self._heard += pcm.shape[1]
        voices = [
            channel.voices.feed(own) for channel, own in zip(self._channels, pcm, strict=True)
        ]
        self._wait(pcm, np.stack(voices))
        self._go_on(self._crosstalk.feed(pcm, np.stack(voices)))

    def finish(self) -> tuple[list[SpeechWindow], list[SuppressedSegment]]:
        """The windows of all channels by their starts, and the voices that were another's.

        A channel that has nothing of its own is a copy of another, and isn't mentioned.
        """
        silence = np.zeros((len(self._channels), -self._heard % FRAME_SAMPLES), np.int16)
        voices = np.stack([channel.voices.flush() for channel in self._channels])
        self._wait(silence, voices)
        self._go_on(self._crosstalk.flush(voices))
        for channel in self._channels:
            channel.finish(self._heard / SAMPLE_RATE)
        windows = [
            replace(window, channel=number)
            for number, channel in enumerate(self._channels)
            for window in channel.windows
        ]
        suppressed = [
            segment
            for number, channel in enumerate(self._channels)
            if channel.windows
            for segment in _suppressed(number, channel.others)
        ]
        in_order = sorted(windows, key=lambda window: window.start)
        return (
            [replace(window, index=index) for index, window in enumerate(in_order)],
            sorted(suppressed, key=lambda segment: segment.start),
        )

    def _wait(self, pcm: Samples, voices: Probabilities) -> None:
        self._pcm = np.concatenate([self._pcm, pcm], axis=1)
        self._voices = np.concatenate([self._voices, voices], axis=1)

    def _go_on(self, passing: Frames) -> None:
        """With the frames that are decided."""
        frames = passing.shape[1]
        samples = frames * FRAME_SAMPLES
        for channel, pcm, voices, others in zip(
            self._channels, self._pcm, self._voices, passing, strict=True
        ):
            channel.hear(pcm[:samples], voices[:frames], others)
        self._pcm = self._pcm[:, samples:].copy()
        self._voices = self._voices[:, frames:].copy()


class _Channel:
    """What is found on one channel: windows of its own voice, and where it carries another's."""

    def __init__(self, model: VoiceModel, detection: SpeechDetection, max_window_s: float) -> None:
        self.voices = VoiceActivity(model)
        self.windows: list[SpeechWindow] = []
        self.others: list[SpeechSegment] = []
        self.speech_s = 0.0
        self._own_segments = SegmentFinder(detection, max_window_s)
        unpadded = replace(detection, prefix_padding_ms=0)
        self._other_segments = SegmentFinder(unpadded, max_window_s)
        self._cutter = WindowCutter(max_window_s, turns=True)

    def hear(
        self, pcm: Pcm, voices: npt.NDArray[np.float32], others: npt.NDArray[np.bool_]
    ) -> None:
        """Whole frames, the probability of a voice in each, and whether it is another's."""
        self.others += self._other_segments.feed(np.where(others, voices, 0))
        segments = self._own_segments.feed(np.where(others, 0, voices))
        own = np.where(np.repeat(others, FRAME_SAMPLES), 0, pcm).astype(np.int16)
        self._keep(self._cutter.feed(own, segments, self._own_segments.earliest_s))

    def finish(self, seconds: float) -> None:
        """`seconds` is the length of the clip."""
        nothing = np.zeros(0, np.float32)
        self.others += self._other_segments.finish(nothing, seconds)
        self._keep(self._cutter.finish(self._own_segments.finish(nothing, seconds)))

    def _keep(self, windows: list[SpeechWindow]) -> None:
        self.windows += windows
        self.speech_s += sum(window.seconds for window in windows)


def _suppressed(channel: int, segments: Sequence[SpeechSegment]) -> list[SuppressedSegment]:
    return [
        SuppressedSegment(
            round(each.start, 2), round(each.end, 2), "", "crosstalk", speaker_name(channel)
        )
        for each in segments
    ]
