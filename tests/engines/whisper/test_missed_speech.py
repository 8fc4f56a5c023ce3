from __future__ import annotations

import numpy as np
import pytest

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.missed_speech import find_missed_speech, with_missed_speech
from sentivox.errors import SpeechError
from sentivox.types import (
    SAMPLE_RATE,
    Priority,
    Recognition,
    RecognitionOptions,
    SpeechSegment,
    SpeechWindow,
    TranscribedSegment,
)


def item(*speech: tuple[float, float], priority: Priority = Priority.UPLOAD) -> RecognitionItem:
    pcm = np.zeros(int(speech[-1][1] * SAMPLE_RATE), np.int16)
    window = SpeechWindow(0, 0.0, pcm, tuple(SpeechSegment(*each) for each in speech), channel=1)
    return RecognitionItem(window, RecognitionOptions("en", priority=priority))


def said(start: float, end: float, *, tokens: int) -> Recognition:
    segment = TranscribedSegment(start, end, " so", "en", tokens=tuple(range(tokens)))
    return Recognition((segment,))


TWICE = item((0.0, 3.5), (4.0, 7.5))


def test_what_is_too_slow_is_cut_at_its_pauses() -> None:
    [place] = find_missed_speech(TWICE, said(0.0, 7.5, tokens=10), continues=False)
    assert [(each.start, each.seconds) for each in place.windows] == [(0.0, 3.75), (3.75, 3.75)]
    assert find_missed_speech(TWICE, said(0.0, 7.5, tokens=14), continues=False) == []


def test_a_part_has_enough_speech_for_words() -> None:
    speech = item((0.0, 0.5), (1.0, 1.5), (2.0, 5.0), (6.0, 8.0))
    [place] = find_missed_speech(speech, said(0.0, 8.0, tokens=3), continues=False)
    assert [each.start for each in place.windows] == [0.0, 5.5]


@pytest.mark.parametrize(("begun", "starts"), [(False, []), (True, [6.5])])
def test_a_short_end_is_heard_again_where_the_text_goes_on(
    begun: bool, starts: list[float]
) -> None:
    places = find_missed_speech(TWICE, said(0.0, 6.5, tokens=20), continues=begun)
    assert [window.start for place in places for window in place.windows] == starts


def test_the_end_keeps_the_channel_of_its_window() -> None:
    [place] = find_missed_speech(TWICE, said(0.0, 4.0, tokens=20), continues=False)
    [window] = place.windows
    assert (window.start, window.channel) == (4.0, 1)


def test_live_speech_is_in_a_hurry() -> None:
    live = item((0.0, 3.5), (4.0, 7.5), priority=Priority.FINAL)
    assert find_missed_speech(live, said(0.0, 4.0, tokens=3), continues=True) == []


def test_parts_are_believed_when_they_say_more() -> None:
    first = said(0.0, 7.5, tokens=10)
    [place] = find_missed_speech(TWICE, first, continues=False)
    half, other = said(0.0, 3.5, tokens=8), said(4.0, 7.5, tokens=8)
    assert (
        with_missed_speech(first, [(place, [half, other])]).segments
        == half.segments + other.segments
    )
    assert with_missed_speech(first, [(place, [half, said(4.0, 7.5, tokens=4)])]) == first
    assert with_missed_speech(first, [(place, [half, SpeechError("Not heard.")])]) == first
