from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentivox.audio.segments import MIN_SPEECH_FRAMES, speech_segments
from sentivox.audio.vad import FRAME_SECONDS, Probabilities
from sentivox.types import SpeechDetection, SpeechSegment

RUNS = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 400)), max_size=20)
DETECTIONS = st.builds(
    SpeechDetection,
    threshold=st.floats(0.01, 0.99),
    prefix_padding_ms=st.integers(0, 2_000),
    silence_duration_ms=st.integers(0, 3_000),
)


def runs(*pieces: tuple[float, float]) -> Probabilities:
    """Pairs of a probability and the seconds it lasts."""
    frames = [np.full(round(seconds / FRAME_SECONDS), value) for value, seconds in pieces]
    return np.concatenate(frames).astype(np.float32)


def found(likely: Probabilities, detection: SpeechDetection) -> list[SpeechSegment]:
    return speech_segments(likely, detection, len(likely) * FRAME_SECONDS)


def test_a_segment_is_padded_on_both_sides() -> None:
    (segment,) = found(runs((0, 1.6), (1, 1.6), (0, 1.6)), SpeechDetection())
    assert segment.start == pytest.approx(1.6 - 9 * FRAME_SECONDS)
    assert segment.end == pytest.approx(3.2 + 9 * FRAME_SECONDS)


def test_a_short_pause_is_part_of_the_segment_and_a_long_one_is_not() -> None:
    detection = SpeechDetection(silence_duration_ms=500)
    assert len(found(runs((1, 1), (0, 0.32), (1, 1)), detection)) == 1
    assert len(found(runs((1, 1), (0, 0.64), (1, 1)), detection)) == 2


def test_speech_goes_on_a_little_below_the_threshold_that_began_it() -> None:
    assert found(runs((0.4, 2)), SpeechDetection()) == []
    assert len(found(runs((0.6, 0.5), (0.4, 2), (0.6, 0.5)), SpeechDetection())) == 1


def test_a_click_is_no_speech() -> None:
    assert found(runs((0, 1), (1, 0.064), (0, 1)), SpeechDetection()) == []


def test_endless_speech_is_cut_where_it_is_least_likely_in_the_last_third() -> None:
    likely = runs((1, 12.8), (0.6, 0.32), (1, 12.8), (0.7, 0.32), (1, 12.8))
    first, second = found(likely, SpeechDetection())
    assert 25.92 <= first.end <= 26.24
    assert second.start == first.end


def test_a_segment_tells_how_sure_its_voice_is_without_its_padding() -> None:
    sure, unsure = found(runs((0, 1), (1, 1), (0, 1), (0.6, 1), (0, 1)), SpeechDetection())
    assert sure.voice == pytest.approx(1.0)
    assert unsure.voice == pytest.approx(0.6)


def test_a_voice_that_is_heard_for_a_moment_is_less_sure() -> None:
    (moment,) = found(runs((0, 1), (1, 0.256), (0, 1)), SpeechDetection())
    assert moment.voice == pytest.approx(0.5)


def test_both_sides_of_a_cut_tell_how_sure_they_are() -> None:
    first, second = found(runs((1, 25.6), (0.6, 0.64), (0.8, 6.4)), SpeechDetection())
    assert first.voice == pytest.approx(1.0, abs=0.02)
    assert second.voice == pytest.approx(0.8, abs=0.02)


@settings(deadline=None)
@given(RUNS, DETECTIONS, st.floats(2, 30))
def test_segments_are_ordered_apart_short_enough_and_miss_nothing(
    pieces: list[tuple[float, int]], detection: SpeechDetection, longest: float
) -> None:
    likely = np.concatenate([np.zeros(0), *(np.full(n, p) for p, n in pieces)]).astype(np.float32)
    seconds = len(likely) * FRAME_SECONDS
    segments = speech_segments(likely, detection, seconds, longest)
    edges = [0.0, *(edge for s in segments for edge in (s.start, s.end)), seconds]
    assert edges == sorted(edges)
    assert all(s.start < s.end for s in segments)
    assert all(s.end - s.start <= longest for s in segments)
    speaking = np.flatnonzero(_steady(likely.astype(np.float64) >= detection.threshold))
    middles = (speaking + 0.5) * FRAME_SECONDS
    covered = [any(s.start <= t <= s.end for s in segments) for t in middles]
    assert all(covered)


def _steady(speaking: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[bool]:
    """Runs long enough to be no click."""
    kept = [False] * len(speaking)
    start = 0
    for at in range(1, len(speaking) + 1):
        if at == len(speaking) or speaking[at] != speaking[start]:
            kept[start:at] = [bool(speaking[start]) and at - start >= MIN_SPEECH_FRAMES] * (
                at - start
            )
            start = at
    return kept
