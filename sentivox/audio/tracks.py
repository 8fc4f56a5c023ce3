"""PCM as it comes from the decoder to windows of speech: of the mix, or of each channel."""

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
    """State of one clip: `feed` whole frames of interleaved int16, then `finish` once. Both give
    the windows that became complete, and don't keep them.
    """

    @property
    def peak_dbfs(self) -> float:
        """Loudest sample of any channel so far; -inf for digital silence."""

    @property
    def speech_s(self) -> float:
        """Seconds in the windows so far."""

    def feed(self, interleaved: bytes) -> list[SpeechWindow]: ...

    def finish(self) -> list[SpeechWindow]: ...

    def suppressed(self) -> list[SuppressedSegment]:
        """Voices that belong to another channel, in order, once the clip is over."""


class MixedTrack:
    def __init__(
        self,
        info: StreamInfo,
        model: VadModel,
        detection: SpeechDetection,
        settings: AudioDecoderSettings,
        channel: int | None = None,
    ) -> None:
        """`channel` is what its windows are said to come from."""
        self._mixer = Mixer(info.sample_rate, info.channels)
        self._resampler = Resampler(info.sample_rate)
        self._listener = WindowExtractor(model, detection, settings.max_window_s)
        self._channel = channel
        self.speech_s = 0.0

    @property
    def peak_dbfs(self) -> float:
        return self._mixer.peak_dbfs

    def feed(self, interleaved: bytes) -> list[SpeechWindow]:
        mono = self._mixer.mix(interleaved)
        return self._named(self._listener.feed(self._resampler.feed(mono)))

    def finish(self) -> list[SpeechWindow]:
        windows = self._listener.feed(self._resampler.flush())
        return self._named(windows + self._listener.finish())

    def suppressed(self) -> list[SuppressedSegment]:
        return []

    def _named(self, windows: list[SpeechWindow]) -> list[SpeechWindow]:
        self.speech_s += sum(window.seconds for window in windows)
        return [replace(window, channel=self._channel) for window in windows]


class SplitTrack:
    def __init__(
        self,
        info: StreamInfo,
        model: VadModel,
        detection: SpeechDetection,
        settings: AudioDecoderSettings,
    ) -> None:
        self._splitter = Splitter(info.channels)
        self._resamplers = [Resampler(info.sample_rate) for _ in range(info.channels)]
        self._listener = ChannelWindowExtractor(
            model, info.channels, detection, settings.max_window_s
        )

    @property
    def peak_dbfs(self) -> float:
        return self._splitter.peak_dbfs

    @property
    def speech_s(self) -> float:
        return self._listener.speech_s

    def feed(self, interleaved: bytes) -> list[SpeechWindow]:
        channels = self._splitter.split(interleaved)
        return self._listener.feed(
            [
                resampler.feed(channel)
                for resampler, channel in zip(self._resamplers, channels, strict=True)
            ]
        )

    def finish(self) -> list[SpeechWindow]:
        windows = self._listener.feed([resampler.flush() for resampler in self._resamplers])
        return windows + self._listener.finish()

    def suppressed(self) -> list[SuppressedSegment]:
        return self._listener.suppressed()
