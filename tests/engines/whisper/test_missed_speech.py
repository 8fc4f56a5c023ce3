"""Missed speech: where it is found, and when its text is taken."""

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


def recognition(start: float, end: float, *, tokens: int) -> Recognition:
    segment = TranscribedSegment(start, end, " so", "en", tokens=tuple(range(tokens)))
    return Recognition((segment,))


TWO_SEGMENTS = item((0.0, 3.5), (4.0, 7.5))


def test_speech_with_too_few_tokens_is_cut_at_its_pauses() -> None:
    [missed] = find_missed_speech(TWO_SEGMENTS, recognition(0.0, 7.5, tokens=10), continues=False)
    assert [(each.start, each.seconds) for each in missed.windows] == [(0.0, 3.75), (3.75, 3.75)]
    assert find_missed_speech(TWO_SEGMENTS, recognition(0.0, 7.5, tokens=14), continues=False) == []


def test_a_part_has_a_least_length_of_speech() -> None:
    speech = item((0.0, 0.5), (1.0, 1.5), (2.0, 5.0), (6.0, 8.0))
    [missed] = find_missed_speech(speech, recognition(0.0, 8.0, tokens=3), continues=False)
    assert [each.start for each in missed.windows] == [0.0, 5.5]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    speech = item((0.0, 9.0))
    speech.window.pcm[:] = np.random.default_rng(0).integers(-9999, 9999, len(speech.window.pcm))
    speech.window.pcm[round(5.0 * SAMPLE_RATE) : round(5.3 * SAMPLE_RATE)] //= 100
    [missed] = find_missed_speech(speech, recognition(0.0, 9.0, tokens=10), continues=False)
    assert [each.start for each in missed.windows] == [0.0, pytest.approx(5.15, abs=0.06)]


def test_a_short_sentence_is_not_cut() -> None:
    slow = recognition(0.0, 5.0, tokens=3)
    assert find_missed_speech(item((0.0, 5.0)), slow, continues=False) == []


@pytest.mark.parametrize(("continues", "starts"), [(False, []), (True, [6.5])])
def test_a_short_rest_is_missed_where_the_text_continues(
    continues: bool, starts: list[float]
) -> None:
    found = find_missed_speech(TWO_SEGMENTS, recognition(0.0, 6.5, tokens=20), continues=continues)
    assert [window.start for missed in found for window in missed.windows] == starts


def test_the_rest_keeps_the_channel_of_its_window() -> None:
    [missed] = find_missed_speech(TWO_SEGMENTS, recognition(0.0, 4.0, tokens=20), continues=False)
    [window] = missed.windows
    assert (window.start, window.channel) == (4.0, 1)


def test_live_speech_has_no_missed_speech() -> None:
    live = item((0.0, 3.5), (4.0, 7.5), priority=Priority.FINAL)
    assert find_missed_speech(live, recognition(0.0, 4.0, tokens=3), continues=True) == []


def test_parts_are_taken_if_they_have_more_tokens() -> None:
    first = recognition(0.0, 7.5, tokens=10)
    [missed] = find_missed_speech(TWO_SEGMENTS, first, continues=False)
    half, other = recognition(0.0, 3.5, tokens=8), recognition(4.0, 7.5, tokens=8)
    assert (
        with_missed_speech(first, [(missed, [half, other])]).segments
        == half.segments + other.segments
    )
    assert with_missed_speech(first, [(missed, [half, recognition(4.0, 7.5, tokens=4)])]) == first
    assert with_missed_speech(first, [(missed, [half, SpeechError("It failed.")])]) == first
