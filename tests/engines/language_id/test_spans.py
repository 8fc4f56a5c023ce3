from __future__ import annotations

import numpy as np
import pytest

from sentivox.engines.language_id.spans import (
    LanguageHistory,
    SegmentLanguages,
    likeliest_languages,
    may_change,
    spans,
)
from sentivox.types import SAMPLE_RATE, LanguageProbability, SpeechSegment, SpeechWindow

Guesses = tuple[LanguageProbability, ...]


def guesses(**confidences: float) -> Guesses:
    ranked = sorted(confidences.items(), key=lambda each: -each[1])
    return tuple(LanguageProbability(*each) for each in ranked)


EN = guesses(en=0.98, de=0.02)
DE = guesses(de=0.98, en=0.02)
LIKELY_DE = guesses(de=0.95, en=0.05)
PERHAPS_DE = guesses(de=0.6, en=0.4)
NEW, ENGLISH = LanguageHistory(), LanguageHistory("en")
RESTLESS = LanguageHistory("en", stays=10, changes=5)


def stretches(*heard: Guesses, seconds: float = 3.0) -> list[SegmentLanguages]:
    """With a second between each two."""
    step = seconds + 1
    return [
        SegmentLanguages(SpeechSegment(step * place, step * place + seconds), each)
        for place, each in enumerate(heard)
    ]


def likeliest(*heard: Guesses, so_far: LanguageHistory = NEW) -> list[str]:
    return likeliest_languages(stretches(*heard), so_far)


def test_a_change_of_the_language_is_believed_when_it_is_clear() -> None:
    assert likeliest(EN, EN, DE, DE, so_far=ENGLISH) == ["en", "en", "de", "de"]
    assert likeliest(EN, PERHAPS_DE, EN) == ["en"] * 3
    assert likeliest(PERHAPS_DE, so_far=ENGLISH) == ["en"]
    assert likeliest(PERHAPS_DE) == ["de"]
    assert likeliest(so_far=ENGLISH) == []


def test_who_changes_often_is_believed_sooner() -> None:
    assert likeliest(EN, LIKELY_DE, EN, so_far=ENGLISH) == ["en"] * 3
    assert likeliest(EN, LIKELY_DE, EN, so_far=RESTLESS) == ["en", "de", "en"]


def test_what_comes_after_counts_changes_and_seconds() -> None:
    after = ENGLISH.after(stretches(EN, DE, DE), ["en", "de", "de"])
    assert after == LanguageHistory("de", stays=22, changes=2, seconds={"en": 3.0, "de": 6.0})
    assert NEW.after(stretches(DE), ["de"]) == LanguageHistory("de", 21, 1, {"de": 3.0})
    assert NEW.after([], []) == NEW
    assert RESTLESS.change_cost < ENGLISH.change_cost


def test_a_language_that_was_heard_before_is_likelier_than_a_new_one() -> None:
    unsure = guesses(pl=0.55, cs=0.45)
    czech = LanguageHistory("en", stays=2, changes=1, seconds={"en": 20.0, "cs": 20.0})
    english = LanguageHistory("en", stays=2, changes=1, seconds={"en": 40.0})
    assert likeliest(unsure, so_far=czech) == ["cs"]
    assert likeliest(unsure, so_far=english) == ["pl"]


def test_what_a_file_begins_with_is_surer_once_more_of_it_is_known() -> None:
    unsure = guesses(pl=0.55, cs=0.45)
    clear = [guesses(en=0.98, cs=0.02), guesses(cs=0.98, en=0.02)] * 3
    assert likeliest(unsure) == ["pl"]
    assert likeliest(unsure, *clear)[0] == "cs"


def test_more_is_listened_to_where_the_language_may_change() -> None:
    assert not may_change(stretches(EN, EN), ENGLISH)
    assert may_change(stretches(EN, LIKELY_DE), ENGLISH)
    assert may_change(stretches(DE, DE), ENGLISH)
    assert not may_change(stretches(DE, DE), NEW)
    assert not may_change([], ENGLISH)


def test_a_short_stretch_changes_nothing() -> None:
    speech = [SpeechSegment(0, 3), SpeechSegment(4, 4.5), SpeechSegment(5, 8)]
    heard = [SegmentLanguages(*each) for each in zip(speech, [EN, DE, EN], strict=True)]
    assert likeliest_languages(heard, NEW) == ["en"] * 3


def test_spans_meet_in_the_pause_and_fill_the_window() -> None:
    speech = [SpeechSegment(10, 14), SpeechSegment(15, 19), SpeechSegment(20, 25)]
    heard = [SegmentLanguages(*each) for each in zip(speech, [EN, EN, DE], strict=True)]
    first, second = spans(9.0, 29.0, heard, ["en", "en", "de"])
    assert (first.start, first.end, first.language) == (9.0, 19.5, "en")
    assert (second.start, second.end, second.language) == (19.5, 29.0, "de")
    assert first.confidence == pytest.approx(0.98)
    assert spans(9.0, 29.0, [], []) == ()


def test_a_part_of_a_window_has_its_samples_and_its_speech() -> None:
    pcm = np.zeros(20 * SAMPLE_RATE, np.int16)
    window = SpeechWindow(0, 9.0, pcm, (SpeechSegment(10, 14), SpeechSegment(15, 19)))
    part = window.part(12.0, 16.0)
    assert (part.start, part.seconds) == (12.0, 4.0)
    assert [(each.start, each.end) for each in part.speech] == [(12.0, 14), (15, 16.0)]
