from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentivox.audio.segments import MIN_SPEECH_FRAMES, SegmentFinder
from sentivox.audio.vad import FRAME_SECONDS, Probabilities
from sentivox.types import SpeechDetection, SpeechSegment

RUNS = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 400)), max_size=20)
DETECTIONS = st.builds(
    SpeechDetection,
    threshold=st.floats(0.01, 0.99),
    prefix_padding_ms=st.integers(0, 2_000),
    silence_duration_ms=st.integers(0, 3_000),
)


def constant_runs(*pieces: tuple[float, float]) -> Probabilities:
    """Probabilities from pairs of a value and its duration in seconds."""
    frames = [np.full(round(seconds / FRAME_SECONDS), value) for value, seconds in pieces]
    return np.concatenate(frames).astype(np.float32)


def segments_of(
    probabilities: Probabilities, detection: SpeechDetection, max_seconds: float = 30.0
) -> list[SpeechSegment]:
    finder = SegmentFinder(detection, max_seconds)
    return finder.finish(probabilities, len(probabilities) * FRAME_SECONDS)


def test_a_segment_is_padded_on_both_sides() -> None:
    (segment,) = segments_of(constant_runs((0, 1.6), (1, 1.6), (0, 1.6)), SpeechDetection())
    assert segment.start == pytest.approx(1.6 - 9 * FRAME_SECONDS)
    assert segment.end == pytest.approx(3.2 + 9 * FRAME_SECONDS)


def test_a_long_pause_ends_a_segment_and_a_short_one_does_not() -> None:
    detection = SpeechDetection(silence_duration_ms=500)
    assert len(segments_of(constant_runs((1, 1), (0, 0.32), (1, 1)), detection)) == 1
    assert len(segments_of(constant_runs((1, 1), (0, 0.64), (1, 1)), detection)) == 2


def test_speech_continues_slightly_below_the_onset_threshold() -> None:
    assert segments_of(constant_runs((0.4, 2)), SpeechDetection()) == []
    assert len(segments_of(constant_runs((0.6, 0.5), (0.4, 2), (0.6, 0.5)), SpeechDetection())) == 1


def test_a_click_is_not_a_segment() -> None:
    assert segments_of(constant_runs((0, 1), (1, 0.064), (0, 1)), SpeechDetection()) == []


def test_long_speech_is_cut_at_the_lowest_probability_in_the_last_third() -> None:
    probabilities = constant_runs((1, 12.8), (0.6, 0.32), (1, 12.8), (0.7, 0.32), (1, 12.8))
    first, second = segments_of(probabilities, SpeechDetection())
    assert 25.92 <= first.end <= 26.24
    assert second.start == first.end


def test_confidence_is_the_mean_probability_without_the_padding() -> None:
    certain, uncertain = segments_of(
        constant_runs((0, 1), (1, 1), (0, 1), (0.6, 1), (0, 1)), SpeechDetection()
    )
    assert certain.vad_confidence == pytest.approx(1.0)
    assert uncertain.vad_confidence == pytest.approx(0.6)


def test_a_short_segment_has_less_confidence() -> None:
    (short,) = segments_of(constant_runs((0, 1), (1, 0.256), (0, 1)), SpeechDetection())
    assert short.vad_confidence == pytest.approx(0.5)


def test_both_sides_of_a_cut_have_their_own_confidence() -> None:
    first, second = segments_of(
        constant_runs((1, 25.6), (0.6, 0.64), (0.8, 6.4)), SpeechDetection()
    )
    assert first.vad_confidence == pytest.approx(1.0, abs=0.02)
    assert second.vad_confidence == pytest.approx(0.8, abs=0.02)


@settings(deadline=None)
@given(RUNS, DETECTIONS, st.floats(2, 30))
def test_segments_are_in_order_bounded_and_cover_all_speech(
    pieces: list[tuple[float, int]], detection: SpeechDetection, longest: float
) -> None:
    values = [np.zeros(0), *(np.full(count, value) for value, count in pieces)]
    probabilities = np.concatenate(values).astype(np.float32)
    seconds = len(probabilities) * FRAME_SECONDS
    segments = segments_of(probabilities, detection, longest)
    edges = [0.0, *(edge for s in segments for edge in (s.start, s.end)), seconds]
    assert edges == sorted(edges)
    assert all(s.start < s.end for s in segments)
    assert all(s.end - s.start <= longest for s in segments)
    speaking = np.flatnonzero(
        _without_clicks(probabilities.astype(np.float64) >= detection.threshold)
    )
    middles = (speaking + 0.5) * FRAME_SECONDS
    covered = [any(s.start <= t <= s.end for s in segments) for t in middles]
    assert all(covered)


def _without_clicks(speaking: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[bool]:
    """Whether each frame belongs to a run of at least MIN_SPEECH_FRAMES speech frames."""
    kept = [False] * len(speaking)
    start = 0
    for at in range(1, len(speaking) + 1):
        if at == len(speaking) or speaking[at] != speaking[start]:
            kept[start:at] = [bool(speaking[start]) and at - start >= MIN_SPEECH_FRAMES] * (
                at - start
            )
            start = at
    return kept


def test_the_onset_of_a_segment_is_after_its_padding() -> None:
    finder = SegmentFinder(SpeechDetection(prefix_padding_ms=300))
    probabilities = np.array([0.0] * 50 + [0.9] * 50 + [0.0] * 50, np.float32)
    [segment] = finder.finish(probabilities, 150 * FRAME_SECONDS)
    assert segment.onset == pytest.approx(50 * FRAME_SECONDS)
    assert segment.start == pytest.approx(segment.onset - 0.3, abs=FRAME_SECONDS)
