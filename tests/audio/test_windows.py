from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sentivox.audio.windows import MAX_PAUSE_S, WindowCutter
from sentivox.types import SAMPLE_RATE, Pcm, SpeechSegment, SpeechWindow

PIECE_S = 0.7


def clip(seconds: float) -> Pcm:
    """Samples whose values are their positions, modulo 65,536."""
    return np.arange(round(seconds * SAMPLE_RATE)).astype(np.int16)


def cut(
    segments: list[SpeechSegment], seconds: float, longest: float = 30, piece_s: float = PIECE_S
) -> list[SpeechWindow]:
    pcm, cutter, waiting = clip(seconds), WindowCutter(longest), list(segments)
    windows = []
    step = round(piece_s * SAMPLE_RATE)
    for at in range(0, len(pcm), step):
        now = min(at + step, len(pcm)) / SAMPLE_RATE
        ended = [s for s in waiting if s.end + 0.5 <= now]
        waiting = waiting[len(ended) :]
        earliest = min(now, waiting[0].start) if waiting else now
        windows += cutter.feed(pcm[at : at + step], ended, earliest)
    return windows + cutter.finish(waiting)


def segments(*edges: tuple[float, float]) -> list[SpeechSegment]:
    return [SpeechSegment(start, end) for start, end in edges]


def test_a_clip_that_fits_is_one_window_despite_its_pauses() -> None:
    speech = segments((1, 2), (12, 13), (27, 28))
    (window,) = cut(speech, 30)
    assert window.speech == tuple(speech)
    assert (window.start, window.seconds) == (0.9, 27.2)


def test_a_long_silence_in_a_long_clip_is_dropped() -> None:
    first, second = cut(segments((1, 9), (20, 29)), 60)
    assert (first.start, second.start) == (0.9, 19.9)


def test_segments_are_joined_while_they_fit() -> None:
    speech = segments(*((at, at + 4) for at in range(0, 60, 5)))
    assert [len(window.speech) for window in cut(speech, 60)] == [6, 6]


def test_silence_gives_no_windows() -> None:
    assert cut([], 100) == []


def test_a_window_holds_a_copy_of_its_samples() -> None:
    window = cut(segments((1, 2)), 100)[0]
    assert window.pcm.base is None


def test_memory_is_bounded_by_the_window_in_progress() -> None:
    cutter = WindowCutter()
    for second in range(600):
        cutter.feed(clip(1), [], second + 1.0)
    assert len(cutter._pcm) <= 2 * SAMPLE_RATE


LENGTHS = st.lists(
    st.tuples(st.floats(0, 8), st.floats(0.1, 5).map(lambda length: round(length, 3))), max_size=15
)


@settings(deadline=None)
@given(LENGTHS, st.floats(5.1, 30), st.floats(0.1, 3))
def test_windows_contain_all_speech_once_and_in_order(
    lengths: list[tuple[float, float]], longest: float, piece_s: float
) -> None:
    speech, now = [], 0.0
    for pause, length in lengths:
        speech.append(SpeechSegment(now + pause, now + pause + length))
        now = speech[-1].end
    seconds = now + 1
    windows = cut(speech, seconds, longest, piece_s)
    assert [s for window in windows for s in window.speech] == speech
    assert [window.index for window in windows] == list(range(len(windows)))
    pcm, end = clip(seconds), 0
    for window in windows:
        start = round(window.start * SAMPLE_RATE)
        assert start >= end
        end = start + len(window.pcm)
        assert np.array_equal(window.pcm, pcm[start:end])
        assert window.seconds <= longest
        assert start <= round(window.speech[0].start * SAMPLE_RATE)
        assert end >= round(window.speech[-1].end * SAMPLE_RATE)
        if seconds > longest + piece_s:
            pauses = zip(window.speech, window.speech[1:], strict=False)
            assert all(b.start - a.end <= MAX_PAUSE_S for a, b in pauses)
