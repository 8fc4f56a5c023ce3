"""Word times stay in order, in their segment and in the window."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentivox.engines.whisper.word_times import SLACK_S, separated, settled
from sentivox.types import SAMPLE_RATE, SpeechSegment, SpeechWindow, TranscribedSegment, Word

TIMES = st.floats(0, 40, allow_nan=False)


def window(seconds: float, *speech: tuple[float, float], start: float = 0.0) -> SpeechWindow:
    """A window with noise in its speech, and silence elsewhere."""
    pcm = np.zeros(int(seconds * SAMPLE_RATE), np.int16)
    noise = np.random.default_rng(0).integers(-9_000, 9_000, len(pcm)).astype(np.int16)
    segments = []
    for begin, end in speech:
        first, last = (round((each - start) * SAMPLE_RATE) for each in (begin, end))
        pcm[first:last] = noise[first:last]
        segments.append(SpeechSegment(max(start, begin - 0.3), end + 0.3, onset=begin))
    return SpeechWindow(0, start, pcm, tuple(segments))


def words(*times: tuple[float, float]) -> list[Word]:
    return [Word(f" word{place}", *each, 1.0, ()) for place, each in enumerate(times)]


def times(found: list[Word]) -> list[tuple[float, float]]:
    return [(word.start, word.end) for word in found]


@given(st.lists(st.tuples(TIMES, TIMES), max_size=12), TIMES, TIMES, st.floats(1, 29))
def test_words_are_in_order_and_in_the_window(
    spoken: list[tuple[float, float]], start: float, length: float, seconds: float
) -> None:
    start = min(start, seconds)
    end = min(start + length, seconds)
    found = settled(words(*spoken), start, end, window(seconds, (0.5, seconds - 0.2)))
    assert all(0 <= word.start <= word.end <= seconds + 0.01 for word in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(start - SLACK_S - 0.01 <= word.start <= end + SLACK_S + 0.01 for word in found)


def test_usual_words_stay_as_they_are() -> None:
    spoken = [(1.0, 1.3), (1.3, 1.7), (1.7, 2.1)]
    assert times(settled(words(*spoken), 1.0, 2.1, window(5, (0.9, 2.2)))) == spoken


def test_a_first_word_begins_with_its_sound() -> None:
    found = settled(words((0.0, 8.4), (8.4, 8.7), (8.7, 9.0)), 0.0, 9.0, window(10, (8.1, 9.0)))
    assert found[0].start == pytest.approx(8.1, abs=0.05)


def test_a_last_word_before_a_pause_has_a_usual_length() -> None:
    found = settled(words((1.0, 1.3), (1.3, 1.6), (1.6, 6.0)), 1.0, 6.0, window(9, (1.0, 2.0)))
    assert found[-1].end == pytest.approx(2.2)


def test_a_word_stretched_over_a_pause_between_sentences_begins_after_it() -> None:
    spoken = words((1.0, 1.3), (1.3, 1.6), (1.6, 4.8), (4.8, 5.2))
    spoken[1] = Word(" end.", 1.3, 1.6, 1.0, ())
    found = settled(spoken, 1.0, 5.2, window(9, (1.0, 1.7), (4.4, 5.2)))
    assert found[2].start == pytest.approx(4.4, abs=0.05)


def test_words_that_alignment_put_into_the_next_sentence_are_spread_over_their_own() -> None:
    found = settled(words((7.5, 7.7), (7.7, 8.2), (8.2, 9.0)), 2.5, 5.0, window(10, (0, 10)))
    assert found[0].start == pytest.approx(2.5, abs=0.1)
    assert found[-1].end == pytest.approx(5.0, abs=0.1)


def test_the_words_of_segments_in_a_row_do_not_overlap() -> None:
    one, two, three = (
        TranscribedSegment(0.0, 1.0, "", "en", words=tuple(words(*each)))
        for each in ([(0.0, 0.5), (0.5, 1.2)], [(1.0, 1.4)], [(1.6, 2.0)])
    )
    found = [word for each in separated([one, two, three]) for word in each.words]
    assert times(found) == [(0.0, 0.5), (0.5, 1.0), (1.0, 1.4), (1.6, 2.0)]


def test_noise_before_speech_is_not_its_start() -> None:
    speech = window(5, (2.0, 4.0))
    quiet = speech.pcm.copy()
    quiet[SAMPLE_RATE : 2 * SAMPLE_RATE] = 30
    noisy = SpeechWindow(0, 0.0, quiet, (SpeechSegment(0.9, 4.3, onset=1.0),))
    assert noisy.speech_from(0.5, 3.0) == pytest.approx(2.0, abs=0.03)
    assert noisy.speech_from(2.5, 3.0) == 2.5
