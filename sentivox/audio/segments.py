"""From probabilities of speech to the stretches in which somebody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sentivox.audio.vad import FRAME_SECONDS, Probabilities
from sentivox.types import WINDOW_SECONDS, SpeechDetection, SpeechSegment

HYSTERESIS = 0.15
"""Speech goes on until its probability falls this far below the threshold that began it."""
LOWEST_THRESHOLD = 0.01
MIN_SPEECH_FRAMES = 3
"""About 0.1 s: shorter sounds are clicks."""
SURE_FRAMES = 16
"""About 0.5 s: a voice that is heard for less isn't quite sure, however much it sounds like one.
Few words are as short; plucked strings, drums and signals often are.
"""
SMOOTHING_FRAMES = 5
"""A cut inside speech goes to the least likely 0.16 s, not to one odd frame."""


def speech_segments(
    probabilities: Probabilities,
    detection: SpeechDetection,
    seconds: float,
    max_seconds: float = WINDOW_SECONDS,
) -> list[SpeechSegment]:
    """All segments of a clip that is `seconds` long; see SegmentFinder."""
    finder = SegmentFinder(detection, max_seconds)
    return finder.finish(probabilities, seconds)


class SegmentFinder:
    """A stream of probabilities in, padded segments out as soon as each one is over.

    Segments are in order, don't overlap and are at most `max_seconds` long, padding included.
    Speech that goes on for longer is cut where it is least likely to be speech in the last third.
    """

    def __init__(
        self,
        detection: SpeechDetection,
        max_seconds: float = WINDOW_SECONDS,
        *,
        now: int = 0,
        echo_frames: int = 0,
    ) -> None:
        """`now` is the number of frames before the first one that will be fed; `echo_frames` how
        many of a pause's first frames still pass for a voice.
        """
        longest = int(max_seconds / FRAME_SECONDS)
        self._enter = detection.threshold
        self._stay = min(self._enter, max(self._enter - HYSTERESIS, LOWEST_THRESHOLD))
        self._pause = max(1, _frames(detection.silence_duration_ms) - echo_frames)
        self._before = min(_frames(detection.prefix_padding_ms), longest // 4)
        # More padding than the pause that ends a segment could run into the next one.
        self._after = min(self._before, self._pause)
        self._limit = longest - self._after
        self.now = self._free = now
        self._open = False
        self._onset = self._start = self._voiced_end = self._enough = 0
        self._heard: list[float] = []

    @property
    def earliest_s(self) -> float:
        """No segment still to come starts before this."""
        start = self._start if self._open else max(self._free, self.now - self._before)
        return start * FRAME_SECONDS

    @property
    def open(self) -> bool:
        """Whether a segment has begun; it may still turn out to be a click."""
        return self._open

    @property
    def speaking(self) -> bool:
        """Whether a segment is open that is too long to be a click."""
        return self._open and self._voiced_end - self._onset >= self._enough

    @property
    def start_s(self) -> float:
        """Of the open segment, padding included."""
        return self._start * FRAME_SECONDS

    @property
    def voiced_end_s(self) -> float:
        """The end of the latest frame with a voice in it."""
        return self._voiced_end * FRAME_SECONDS

    @property
    def pause_s(self) -> float:
        """How long the open segment has been silent."""
        return (self.now - self._voiced_end) * FRAME_SECONDS

    @property
    def voice(self) -> float:
        """How sure it is that the open segment, or else the latest, is one; from its onset to its
        latest voice.
        """
        return _sureness(self._heard[: self._voiced_end - self._onset])

    def feed(self, probabilities: Probabilities) -> list[SpeechSegment]:
        found = [self._step(probability) for probability in probabilities.tolist()]
        return [segment for segment in found if segment]

    def finish(self, probabilities: Probabilities, seconds: float) -> list[SpeechSegment]:
        """Feed the last ones and close what is open; `seconds` is the length of the clip."""
        found = self.feed(probabilities)
        last = self._close() if self._open else None
        return [
            replace(segment, end=min(segment.end, seconds))
            for segment in [*found, *([last] if last else [])]
            if segment.start < seconds
        ]

    def split(self, at_s: float) -> SpeechSegment:
        """End the open segment at `at_s`; what follows belongs to the next."""
        return self._split(round(at_s / FRAME_SECONDS))

    def stop(self) -> SpeechSegment | None:
        """End the open segment now, though its pause may not be over; None if it was a click."""
        segment = self._close() if self._open else None
        self._free = min(self._free, self.now)
        if segment is None:
            return None
        return replace(segment, end=min(segment.end, self.now * FRAME_SECONDS))

    def _step(self, probability: float) -> SpeechSegment | None:
        self.now += 1
        if not self._open:
            if probability >= self._enter:
                self._begin(probability)
            return None
        self._heard.append(probability)
        if probability >= self._stay:
            self._voiced_end = self.now
        if self.now - self._voiced_end >= self._pause:
            return self._close()
        if self.now - self._start >= self._limit:
            return self._cut()
        return None

    def _begin(self, probability: float) -> None:
        self._open = True
        self._onset = self.now - 1
        self._start = max(self._free, self._onset - self._before)
        self._voiced_end = self.now
        self._heard = [probability]
        self._enough = MIN_SPEECH_FRAMES

    def _close(self) -> SpeechSegment | None:
        self._open = False
        if self._voiced_end - self._onset < self._enough:
            return None
        self._free = self._voiced_end + self._after
        return SpeechSegment(self._start * FRAME_SECONDS, self._free * FRAME_SECONDS, self.voice)

    def _cut(self) -> SpeechSegment:
        thirds = max(self._onset, self._start + self._limit * 2 // 3)
        smooth = np.convolve(
            self._heard[thirds - self._onset :], np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES)
        )[SMOOTHING_FRAMES - 1 : 1 - SMOOTHING_FRAMES]
        cut = thirds + SMOOTHING_FRAMES // 2 + int(np.argmin(smooth)) if len(smooth) else self.now
        return self._split(cut)

    def _split(self, cut: int) -> SpeechSegment:
        segment = SpeechSegment(
            self._start * FRAME_SECONDS,
            cut * FRAME_SECONDS,
            _sureness(self._heard[: cut - self._onset]),
        )
        self._heard = self._heard[cut - self._onset :]
        self._onset = self._start = self._free = cut
        self._voiced_end = max(self._voiced_end, cut)
        # What follows a cut is the rest of something already found to be speech.
        self._enough = 1
        return segment


def _sureness(probabilities: Sequence[float]) -> float:
    return sum(probabilities) / max(len(probabilities), SURE_FRAMES)


def _frames(milliseconds: int) -> int:
    return round(milliseconds / 1000 / FRAME_SECONDS)
