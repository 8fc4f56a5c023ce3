"""Multi-channel PCM to windows of speech per channel, without crosstalk from other channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from sentivox.audio.crosstalk import CrosstalkDetector, FrameMask
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

ChannelPcm = npt.NDArray[np.int16]
"""Samples of all channels at SAMPLE_RATE, shape (channels, samples)."""
ChannelProbabilities = npt.NDArray[np.float32]
"""Speech probabilities of all channels, shape (channels, frames)."""


class ChannelWindowExtractor:
    """Streaming state of one clip: `feed` pieces of any length, then `finish` once.

    Both return the windows that became complete, each with its channel.
    """

    def __init__(
        self,
        model: VadModel,
        channels: int,
        detection: SpeechDetection,
        max_window_s: float = WINDOW_SECONDS,
    ) -> None:
        self._crosstalk = CrosstalkDetector(channels)
        self._channels = [
            _Channel(model, detection, max_window_s, number) for number in range(channels)
        ]
        self._with_speech: set[int | None] = set()
        """Channels that had a window."""
        self._pcm: ChannelPcm = np.zeros((channels, 0), np.int16)
        self._probabilities: ChannelProbabilities = np.zeros((channels, 0), np.float32)
        self._samples_fed = 0

    def feed(self, *channels: Pcm) -> list[SpeechWindow]:
        """Windows that became complete with these samples, equally many of each channel."""
        pcm = np.stack(channels)
        self._samples_fed += pcm.shape[1]
        probabilities = np.stack(
            [channel.vad.feed(own) for channel, own in zip(self._channels, pcm, strict=True)]
        )
        self._append(pcm, probabilities)
        return self._extract(self._crosstalk.feed(pcm, probabilities))

    def finish(self) -> list[SpeechWindow]:
        """The remaining windows at the end of the clip."""
        silence = np.zeros((len(self._channels), -self._samples_fed % FRAME_SAMPLES), np.int16)
        probabilities = np.stack([channel.vad.flush() for channel in self._channels])
        self._append(silence, probabilities)
        windows = self._extract(self._crosstalk.flush(probabilities))
        seconds = self._samples_fed / SAMPLE_RATE
        return windows + self._joined(channel.finish(seconds) for channel in self._channels)

    def suppressed(self) -> list[SuppressedSegment]:
        """Crosstalk in order of time; complete after `finish`.

        A channel without speech of its own is a copy of another channel and is left out.
        """
        segments = [
            SuppressedSegment(
                round(each.start, 2), round(each.end, 2), "", "crosstalk", speaker_name(number)
            )
            for number, channel in enumerate(self._channels)
            if number in self._with_speech
            for each in channel.crosstalk
        ]
        return sorted(segments, key=lambda segment: segment.start)

    def _append(self, pcm: ChannelPcm, probabilities: ChannelProbabilities) -> None:
        self._pcm = np.concatenate([self._pcm, pcm], axis=1)
        self._probabilities = np.concatenate([self._probabilities, probabilities], axis=1)

    def _extract(self, crosstalk: FrameMask) -> list[SpeechWindow]:
        """Windows that became complete with the frames whose crosstalk is decided."""
        frames = crosstalk.shape[1]
        samples = frames * FRAME_SAMPLES
        windows = self._joined(
            channel.feed(pcm[:samples], probabilities[:frames], mask)
            for channel, pcm, probabilities, mask in zip(
                self._channels, self._pcm, self._probabilities, crosstalk, strict=True
            )
        )
        self._pcm = self._pcm[:, samples:].copy()
        self._probabilities = self._probabilities[:, frames:].copy()
        return windows

    def _joined(self, channels: Iterable[list[SpeechWindow]]) -> list[SpeechWindow]:
        windows = list(chain.from_iterable(channels))
        self._with_speech.update(window.channel for window in windows)
        return windows


class _Channel:
    """One channel: windows of its speaker's speech, and segments of crosstalk."""

    def __init__(
        self, model: VadModel, detection: SpeechDetection, max_window_s: float, number: int
    ) -> None:
        self.vad = VoiceActivityDetector(model)
        self.crosstalk: list[SpeechSegment] = []
        self._speech_finder = SegmentFinder(detection, max_window_s)
        unpadded = replace(detection, prefix_padding_ms=0)
        self._crosstalk_finder = SegmentFinder(unpadded, max_window_s)
        self._cutter = WindowCutter(max_window_s, number, split_at_turns=True)

    def feed(
        self, pcm: Pcm, probabilities: npt.NDArray[np.float32], crosstalk: npt.NDArray[np.bool_]
    ) -> list[SpeechWindow]:
        """Windows that became complete with these whole frames.

        `probabilities` and `crosstalk` have shape (frames,). The samples of crosstalk frames are
        silenced.
        """
        self.crosstalk += self._crosstalk_finder.feed(np.where(crosstalk, probabilities, 0))
        segments = self._speech_finder.feed(np.where(crosstalk, 0, probabilities))
        own = np.where(np.repeat(crosstalk, FRAME_SAMPLES), 0, pcm).astype(np.int16)
        return self._cutter.feed(own, segments, self._speech_finder.earliest_s)

    def finish(self, seconds: float) -> list[SpeechWindow]:
        """The remaining windows; `seconds` is the length of the clip."""
        nothing = np.zeros(0, np.float32)
        self.crosstalk += self._crosstalk_finder.finish(nothing, seconds)
        return self._cutter.finish(self._speech_finder.finish(nothing, seconds))
