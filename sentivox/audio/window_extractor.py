"""16 kHz PCM to windows of speech, piece by piece: speech detection, segments, cutting."""

from __future__ import annotations

from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import VadModel, VoiceActivityDetector
from sentivox.audio.windows import WindowCutter
from sentivox.types import (
    SAMPLE_RATE,
    WINDOW_SECONDS,
    Pcm,
    SpeechDetection,
    SpeechWindow,
    SuppressedSegment,
)


class WindowExtractor:
    """Streaming state of one clip: `feed` pieces of any length, then `finish` once."""

    def __init__(
        self,
        model: VadModel,
        detection: SpeechDetection,
        max_window_s: float = WINDOW_SECONDS,
        channel: int | None = None,
    ) -> None:
        """`channel` is the channel number that the windows carry."""
        self._vad = VoiceActivityDetector(model)
        self._segments = SegmentFinder(detection, max_window_s)
        self._cutter = WindowCutter(max_window_s, channel)
        self._samples_fed = 0

    def feed(self, pcm: Pcm) -> list[SpeechWindow]:
        """The windows that became complete with these samples."""
        self._samples_fed += len(pcm)
        segments = self._segments.feed(self._vad.feed(pcm))
        return self._cutter.feed(pcm, segments, self._segments.earliest_s)

    def finish(self) -> list[SpeechWindow]:
        """The remaining windows at the end of the clip."""
        seconds = self._samples_fed / SAMPLE_RATE
        return self._cutter.finish(self._segments.finish(self._vad.flush(), seconds))

    def suppressed(self) -> list[SuppressedSegment]:
        """Nothing: one signal has no crosstalk."""
        return []
