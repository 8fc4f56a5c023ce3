"""Decoded PCM to windows of speech: of the mixed channels, or of each channel."""

from __future__ import annotations

import math

import numpy as np

from sentivox.audio.channel_windows import ChannelWindowExtractor
from sentivox.audio.decoding.messages import StreamInfo
from sentivox.audio.mixing import Downmix, split
from sentivox.audio.resample import Resampler
from sentivox.audio.vad import VadModel
from sentivox.audio.window_extractor import WindowExtractor
from sentivox.types import FULL_SCALE, Pcm, SpeechDetection, SpeechWindow, SuppressedSegment


class Track:
    """Streaming state of one clip: `feed` whole frames of interleaved int16, then `finish` once.

    Both return the windows that became complete. A track keeps no window that it has returned.
    """

    def __init__(
        self,
        stream: StreamInfo,
        model: VadModel,
        detection: SpeechDetection,
        max_window_s: float,
        *,
        split_channels: bool,
    ) -> None:
        """All channels are mixed to one, or each is read separately with `split_channels`."""
        self._stream = stream
        self._splits = split_channels and stream.channels > 1
        channels = stream.channels if self._splits else 1
        self._downmix = Downmix(stream.channel_names, stream.sample_rate)
        self._resamplers = [Resampler(stream.sample_rate) for _ in range(channels)]
        self._extractor = (
            ChannelWindowExtractor(model, channels, detection, max_window_s)
            if self._splits
            else WindowExtractor(model, detection, max_window_s, 0 if split_channels else None)
        )
        self._samples_fed = self._peak = 0
        self.speech_s = 0.0
        """Total length of the windows so far, in seconds."""

    @property
    def seconds(self) -> float:
        """Length of the PCM so far."""
        return self._samples_fed / self._stream.channels / self._stream.sample_rate

    @property
    def peak_dbfs(self) -> float:
        """Level of the loudest sample of any channel so far, in dBFS; -inf for digital silence."""
        return 20 * math.log10(self._peak / FULL_SCALE) if self._peak else -math.inf

    def feed(self, interleaved: bytes) -> list[SpeechWindow]:
        samples = np.frombuffer(interleaved, np.int16)
        self._samples_fed += len(samples)
        self._peak = max(self._peak, int(samples.max(initial=0)), -int(samples.min(initial=0)))
        channels = (
            split(interleaved, self._stream.channels)
            if self._splits
            else [self._downmix(interleaved)]
        )
        pairs = zip(self._resamplers, channels, strict=True)
        return self._extract([resampler.feed(channel) for resampler, channel in pairs])

    def finish(self) -> list[SpeechWindow]:
        windows = self._extract([resampler.flush() for resampler in self._resamplers])
        return windows + self._counted(self._extractor.finish())

    def suppressed(self) -> list[SuppressedSegment]:
        """Crosstalk between channels in order of time; complete after `finish`."""
        return self._extractor.suppressed()

    def _extract(self, channels: list[Pcm]) -> list[SpeechWindow]:
        return self._counted(self._extractor.feed(*channels))

    def _counted(self, windows: list[SpeechWindow]) -> list[SpeechWindow]:
        self.speech_s += sum(window.seconds for window in windows)
        return windows
