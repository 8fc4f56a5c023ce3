from __future__ import annotations

import numpy as np
import pytest

from sentivox.models.language_spans import Habit, likeliest_languages, probes, spans
from sentivox.types import SAMPLE_RATE, LanguageGuess, SpeechSegment, SpeechWindow

EN = (LanguageGuess("en", 0.98), LanguageGuess("de", 0.02))
DE = (LanguageGuess("de", 0.98), LanguageGuess("en", 0.02))
LIKELY_DE = (LanguageGuess("de", 0.95), LanguageGuess("en", 0.05))
SELDOM, OFTEN = Habit(), Habit(stays=10, changes=5)
PERHAPS_DE = (LanguageGuess("de", 0.6), LanguageGuess("en", 0.4))


def window(*speech: tuple[float, float], start: float = 0.0, seconds: float = 30.0) -> SpeechWindow:
    pcm = np.zeros(int(seconds * SAMPLE_RATE), np.int16)
    return SpeechWindow(0, start, pcm, tuple(SpeechSegment(*each) for each in speech))


def times(segments: list[SpeechSegment]) -> list[tuple[float, float]]:
    return [(each.start, each.end) for each in segments]


def test_both_ends_and_the_middle_are_listened_to_first() -> None:
    assert list(probes(2)) == [0, 1]
    assert list(probes(9)) == [0, 4, 8]


def likeliest(
    heard: list[tuple[LanguageGuess, ...]], expected: str | None, habit: Habit = SELDOM
) -> list[str]:
    """Of stretches of three seconds."""
    speech = [SpeechSegment(4.0 * place, 4.0 * place + 3.0) for place in range(len(heard))]
    return likeliest_languages(speech, heard, expected, habit)


def test_a_change_of_the_language_is_believed_when_it_is_clear() -> None:
    assert likeliest([EN, EN, DE, DE], "en") == ["en", "en", "de", "de"]
    assert likeliest([EN, PERHAPS_DE, EN], None) == ["en"] * 3
    assert likeliest([PERHAPS_DE], "en") == ["en"]
    assert likeliest([PERHAPS_DE], None) == ["de"]
    assert likeliest([], "en") == []


def test_who_changes_often_is_believed_sooner() -> None:
    assert likeliest([EN, LIKELY_DE, EN], "en", SELDOM) == ["en"] * 3
    assert likeliest([EN, LIKELY_DE, EN], "en", OFTEN) == ["en", "de", "en"]


def test_a_habit_counts_changes_from_one_stretch_to_the_next() -> None:
    assert SELDOM.after(["en", "de", "de"], "en") == Habit(22, 2)
    assert SELDOM.after(["de"], None) == Habit(21, 1)
    assert OFTEN.cost < SELDOM.cost


def test_a_short_stretch_changes_nothing() -> None:
    speech = [SpeechSegment(0, 3), SpeechSegment(4, 4.5), SpeechSegment(5, 8)]
    assert likeliest_languages(speech, [EN, DE, EN], None, SELDOM) == ["en"] * 3


def test_spans_meet_in_the_pause_and_fill_the_window() -> None:
    heard = window((10, 14), (15, 19), (20, 25), start=9.0, seconds=20.0)
    found = list(heard.speech)
    first, second = spans(heard, found, [EN, EN, DE], ["en", "en", "de"])
    assert (first.start, first.end, first.language) == (9.0, 19.5, "en")
    assert (second.start, second.end, second.language) == (19.5, 29.0, "de")
    assert first.confidence == pytest.approx(0.98)
    assert spans(heard, [], [], []) == ()


def test_a_part_of_a_window_has_its_samples_and_its_speech() -> None:
    part = window((10, 14), (15, 19), start=9.0, seconds=20.0).part(12.0, 16.0)
    assert (part.start, part.seconds) == (12.0, 4.0)
    assert times(list(part.speech)) == [(12.0, 14), (15, 16.0)]
