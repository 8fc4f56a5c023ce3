"""Several channels to windows of speech, each by itself and without the voices of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sentivox.audio.crosstalk import Crosstalk, Frames
from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import FRAME_SAMPLES, VadModel, VoiceActivityDetector
from sentivox.audio.windows import WindowCutter
from sentivox.transcript.speakers import speaker_name
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


class ChannelWindowExtractor:
    """State of one clip: `feed` pieces of any length, then `finish` once. Both give the windows
    that became complete, each with its channel.
    """

    def __init__(
        self,
        model: VadModel,
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

    def feed(self, pieces: Sequence[Pcm]) -> list[SpeechWindow]:
        """One piece a channel, all as long."""
        pcm = np.stack(pieces)
        self._heard += pcm.shape[1]
        voices = [
            channel.voices.feed(own) for channel, own in zip(self._channels, pcm, strict=True)
        ]
        self._wait(pcm, np.stack(voices))
        return self._go_on(self._crosstalk.feed(pcm, np.stack(voices)))

    def finish(self) -> list[SpeechWindow]:
        silence = np.zeros((len(self._channels), -self._heard % FRAME_SAMPLES), np.int16)
        voices = np.stack([channel.voices.flush() for channel in self._channels])
        self._wait(silence, voices)
        windows = self._go_on(self._crosstalk.flush(voices))
        seconds = self._heard / SAMPLE_RATE
        return windows + self._of_channels(channel.finish(seconds) for channel in self._channels)

    def suppressed(self) -> list[SuppressedSegment]:
        """The voices that were another's, in order, once the clip is over. A channel that has
        nothing of its own is a copy of another, and isn't mentioned.
        """
        segments = [
            segment
            for number, channel in enumerate(self._channels)
            if channel.speech_s
            for segment in _suppressed(number, channel.others)
        ]
        return sorted(segments, key=lambda segment: segment.start)

    def _wait(self, pcm: Samples, voices: Probabilities) -> None:
        self._pcm = np.concatenate([self._pcm, pcm], axis=1)
        self._voices = np.concatenate([self._voices, voices], axis=1)

    def _go_on(self, passing: Frames) -> list[SpeechWindow]:
        """With the frames that are decided."""
        frames = passing.shape[1]
        samples = frames * FRAME_SAMPLES
        windows = self._of_channels(
            channel.hear(pcm[:samples], voices[:frames], others)
            for channel, pcm, voices, others in zip(
                self._channels, self._pcm, self._voices, passing, strict=True
            )
        )
        self._pcm = self._pcm[:, samples:].copy()
        self._voices = self._voices[:, frames:].copy()
        return windows

    def _of_channels(self, found: Iterable[list[SpeechWindow]]) -> list[SpeechWindow]:
        return [
            replace(window, channel=number)
            for number, windows in enumerate(found)
            for window in windows
        ]


class _Channel:
    """What is found on one channel: windows of its own voice, and where it carries another's."""

    def __init__(self, model: VadModel, detection: SpeechDetection, max_window_s: float) -> None:
        self.voices = VoiceActivityDetector(model)
        self.others: list[SpeechSegment] = []
        self.speech_s = 0.0
        self._own_segments = SegmentFinder(detection, max_window_s)
        unpadded = replace(detection, prefix_padding_ms=0)
        self._other_segments = SegmentFinder(unpadded, max_window_s)
        self._cutter = WindowCutter(max_window_s, turns=True)

    def hear(
        self, pcm: Pcm, voices: npt.NDArray[np.float32], others: npt.NDArray[np.bool_]
    ) -> list[SpeechWindow]:
        """Whole frames, the probability of a voice in each, and whether it is another's."""
        self.others += self._other_segments.feed(np.where(others, voices, 0))
        segments = self._own_segments.feed(np.where(others, 0, voices))
        own = np.where(np.repeat(others, FRAME_SAMPLES), 0, pcm).astype(np.int16)
        return self._counted(self._cutter.feed(own, segments, self._own_segments.earliest_s))

    def finish(self, seconds: float) -> list[SpeechWindow]:
        """`seconds` is the length of the clip."""
        nothing = np.zeros(0, np.float32)
        self.others += self._other_segments.finish(nothing, seconds)
        return self._counted(self._cutter.finish(self._own_segments.finish(nothing, seconds)))

    def _counted(self, windows: list[SpeechWindow]) -> list[SpeechWindow]:
        self.speech_s += sum(window.seconds for window in windows)
        return windows


def _suppressed(channel: int, segments: Sequence[SpeechSegment]) -> list[SuppressedSegment]:
    return [
        SuppressedSegment(
            round(each.start, 2), round(each.end, 2), "", "crosstalk", speaker_name(channel)
        )
        for each in segments
    ]
