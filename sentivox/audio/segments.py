"""Speech probabilities to speech segments: thresholds with hysteresis, pauses, padding, cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sentivox.audio.vad import FRAME_SECONDS, Probabilities
from sentivox.types import WINDOW_SECONDS, SpeechDetection, SpeechSegment

HYSTERESIS = 0.15
"""Speech continues until its probability is this far below the threshold at which it began."""
LOWEST_THRESHOLD = 0.01
MIN_SPEECH_FRAMES = 3
"""Shortest speech, about 0.1 s: shorter sounds are clicks."""
FULL_CONFIDENCE_FRAMES = 16
"""Shortest segment, about 0.5 s, whose confidence is its mean speech probability. A shorter one has
less confidence, in proportion to its length: few words are as short, while plucked strings, drums
and signal tones often are."""
SMOOTHING_FRAMES = 5
"""Length of the moving average, 0.16 s, whose minimum is where long speech is cut. It keeps a
single frame from deciding."""


class SegmentFinder:
    """Streaming state of one clip: probabilities in, padded segments out as soon as each ends.

    Segments are in order, don't overlap and are at most `max_seconds` long, padding included.
    Longer speech is cut at the lowest speech probability in the last third.

    Frames are numbered from the start of the clip.
    """

    def __init__(
        self,
        detection: SpeechDetection,
        max_seconds: float = WINDOW_SECONDS,
        *,
        next_frame: int = 0,
        hangover_frames: int = 0,
    ) -> None:
        """`next_frame` is the number of the first frame that will be fed.

        `hangover_frames` is how many frames the detector still takes for speech after speech has
        ended; a pause is complete so much earlier.
        """
        max_frames = int(max_seconds / FRAME_SECONDS)
        self._onset_threshold = detection.threshold
        self._offset_threshold = min(
            self._onset_threshold, max(self._onset_threshold - HYSTERESIS, LOWEST_THRESHOLD)
        )
        self._pause_frames = max(1, _frames(detection.silence_duration_ms) - hangover_frames)
        self._padding_before = min(_frames(detection.prefix_padding_ms), max_frames // 4)
        # More padding than the pause that ends a segment could overlap the next segment.
        self._padding_after = min(self._padding_before, self._pause_frames)
        self._max_frames = max_frames - self._padding_after
        self.next_frame = self._covered_until = next_frame
        self.open = False
        """Whether a segment has begun; it may still turn out to be a click."""
        self._onset = self._start = self._speech_end = self._min_frames = 0
        self._probabilities: list[float] = []
        """Speech probability of each frame of the open segment, from its onset."""

    @property
    def earliest_s(self) -> float:
        """Earliest start of any segment that isn't returned yet, in seconds."""
        if self.open:
            return self._start * FRAME_SECONDS
        return max(self._covered_until, self.next_frame - self._padding_before) * FRAME_SECONDS

    @property
    def speaking(self) -> bool:
        """Whether a segment is open that is too long to be a click."""
        return self.open and self._speech_end - self._onset >= self._min_frames

    @property
    def start_s(self) -> float:
        """Start of the open segment, padding included, in seconds."""
        return self._start * FRAME_SECONDS

    @property
    def speech_end_s(self) -> float:
        """End of the latest frame with speech, in seconds."""
        return self._speech_end * FRAME_SECONDS

    @property
    def pause_s(self) -> float:
        """Seconds without speech at the end of the open segment."""
        return (self.next_frame - self._speech_end) * FRAME_SECONDS

    @property
    def vad_confidence(self) -> float:
        """Confidence, in [0, 1], of the open segment, or else of the latest, without padding."""
        return _confidence(self._probabilities[: self._speech_end - self._onset])

    def feed(self, probabilities: Probabilities) -> list[SpeechSegment]:
        """The segments that end within these frames."""
        ended = [self._step(probability) for probability in probabilities.tolist()]
        return [segment for segment in ended if segment]

    def finish(self, probabilities: Probabilities, seconds: float) -> list[SpeechSegment]:
        """The last segments of a clip that is `seconds` long, given its last frames."""
        ended = [*self.feed(probabilities), self._close() if self.open else None]
        return [
            replace(segment, end=min(segment.end, seconds))
            for segment in ended
            if segment and segment.start < seconds
        ]

    def split(self, at_s: float) -> SpeechSegment:
        """End the open segment at `at_s`; another segment begins there."""
        return self._split(round(at_s / FRAME_SECONDS))

    def stop(self) -> SpeechSegment | None:
        """End the open segment at the latest frame, even in a pause; None if it was a click."""
        segment = self._close() if self.open else None
        self._covered_until = min(self._covered_until, self.next_frame)
        if segment is None:
            return None
        return replace(segment, end=min(segment.end, self.next_frame * FRAME_SECONDS))

    def _step(self, probability: float) -> SpeechSegment | None:
        self.next_frame += 1
        if not self.open:
            if probability >= self._onset_threshold:
                self._begin(probability)
            return None
        self._probabilities.append(probability)
        if probability >= self._offset_threshold:
            self._speech_end = self.next_frame
        if self.next_frame - self._speech_end >= self._pause_frames:
            return self._close()
        if self.next_frame - self._start >= self._max_frames:
            return self._cut()
        return None

    def _begin(self, probability: float) -> None:
        self.open = True
        self._onset = self.next_frame - 1
        self._start = max(self._covered_until, self._onset - self._padding_before)
        self._speech_end = self.next_frame
        self._probabilities = [probability]
        self._min_frames = MIN_SPEECH_FRAMES

    def _close(self) -> SpeechSegment | None:
        self.open = False
        if self._speech_end - self._onset < self._min_frames:
            return None
        self._covered_until = self._speech_end + self._padding_after
        return self._segment(self._covered_until, self._speech_end)

    def _cut(self) -> SpeechSegment:
        last_third = max(self._onset, self._start + self._max_frames * 2 // 3)
        smoothed = np.convolve(
            self._probabilities[last_third - self._onset :],
            np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES),
        )[SMOOTHING_FRAMES - 1 : 1 - SMOOTHING_FRAMES]
        if not len(smoothed):
            return self._split(self.next_frame)
        return self._split(last_third + SMOOTHING_FRAMES // 2 + int(np.argmin(smoothed)))

    def _split(self, cut: int) -> SpeechSegment:
        segment = self._segment(cut, cut)
        self._probabilities = self._probabilities[cut - self._onset :]
        self._onset = self._start = self._covered_until = cut
        self._speech_end = max(self._speech_end, cut)
        # The rest of a cut segment is speech however short it is.
        self._min_frames = 1
        return segment

    def _segment(self, end: int, speech_end: int) -> SpeechSegment:
        """The open segment up to a frame; its speech ends at another one."""
        return SpeechSegment(
            start=self._start * FRAME_SECONDS,
            end=end * FRAME_SECONDS,
            vad_confidence=_confidence(self._probabilities[: speech_end - self._onset]),
            onset=self._onset * FRAME_SECONDS,
        )


def _confidence(probabilities: Sequence[float]) -> float:
    return sum(probabilities) / max(len(probabilities), FULL_CONFIDENCE_FRAMES)


def _frames(milliseconds: int) -> int:
    return round(milliseconds / 1000 / FRAME_SECONDS)
