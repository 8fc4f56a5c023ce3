"""Decoded PCM to windows of speech: of the mixed channels, or of each channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from sentivox.audio.channel_windows import ChannelWindowExtractor
from sentivox.audio.decoding.messages import StreamInfo
from sentivox.audio.mixing import Mixer, Splitter
from sentivox.audio.resample import Resampler
from sentivox.audio.vad import VadModel
from sentivox.audio.window_extractor import WindowExtractor
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SpeechDetection, SpeechWindow, SuppressedSegment


class Track(Protocol):
    """Streaming state of one clip: `feed` whole frames of interleaved int16, then `finish` once.

    Both return the windows that became complete. A track keeps no window that it has returned.
    """

    @property
    def peak_dbfs(self) -> float:
        """Level of the loudest sample of any channel so far, in dBFS; -inf for digital silence."""

    @property
    def speech_s(self) -> float:
        """Total length of the windows so far, in seconds."""

    def feed(self, interleaved: bytes) -> list[SpeechWindow]: ...

    def finish(self) -> list[SpeechWindow]: ...

    def suppressed(self) -> list[SuppressedSegment]:
        """Crosstalk between channels in order of time; complete after `finish`."""


class MixedTrack:
    """All channels mixed to one."""

    def __init__(
        self,
        info: StreamInfo,
        model: VadModel,
        detection: SpeechDetection,
        settings: AudioDecoderSettings,
        channel: int | None = None,
    ) -> None:
        """`channel` is the channel number that the windows carry."""
        self._mixer = Mixer(info.sample_rate, info.channels)
        self._resampler = Resampler(info.sample_rate)
        self._extractor = WindowExtractor(model, detection, settings.max_window_s)
        self._channel = channel
        self.speech_s = 0.0

    @property
    def peak_dbfs(self) -> float:
        return self._mixer.peak_dbfs

    def feed(self, interleaved: bytes) -> list[SpeechWindow]:
        mono = self._mixer.mix(interleaved)
        return self._numbered(self._extractor.feed(self._resampler.feed(mono)))

    def finish(self) -> list[SpeechWindow]:
        windows = self._extractor.feed(self._resampler.flush())
        return self._numbered(windows + self._extractor.finish())

    def suppressed(self) -> list[SuppressedSegment]:
        return []

    def _numbered(self, windows: list[SpeechWindow]) -> list[SpeechWindow]:
        self.speech_s += sum(window.seconds for window in windows)
        return [replace(window, channel=self._channel) for window in windows]


class SplitTrack:
    """Each channel separately."""

    def __init__(
        self,
        info: StreamInfo,
        model: VadModel,
        detection: SpeechDetection,
        settings: AudioDecoderSettings,
    ) -> None:
        self._splitter = Splitter(info.channels)
        self._resamplers = [Resampler(info.sample_rate) for _ in range(info.channels)]
        self._extractor = ChannelWindowExtractor(
            model, info.channels, detection, settings.max_window_s
        )

    @property
    def peak_dbfs(self) -> float:
        return self._splitter.peak_dbfs

    @property
    def speech_s(self) -> float:
        return self._extractor.speech_s

    def feed(self, interleaved: bytes) -> list[SpeechWindow]:
        channels = self._splitter.split(interleaved)
        return self._extractor.feed(
            [
                resampler.feed(channel)
                for resampler, channel in zip(self._resamplers, channels, strict=True)
            ]
        )

    def finish(self) -> list[SpeechWindow]:
        windows = self._extractor.feed([resampler.flush() for resampler in self._resamplers])
        return windows + self._extractor.finish()

    def suppressed(self) -> list[SuppressedSegment]:
        return self._extractor.suppressed()
