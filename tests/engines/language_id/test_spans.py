"""The languages of a file over time."""

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

Ranked = tuple[LanguageProbability, ...]


def ranked(**confidences: float) -> Ranked:
    pairs = sorted(confidences.items(), key=lambda each: -each[1])
    return tuple(LanguageProbability(*each) for each in pairs)


EN = ranked(en=0.98, de=0.02)
DE = ranked(de=0.98, en=0.02)
PROBABLY_DE = ranked(de=0.95, en=0.05)
PERHAPS_DE = ranked(de=0.6, en=0.4)
NEW, ENGLISH = LanguageHistory(), LanguageHistory("en")
FREQUENT = LanguageHistory("en", stays=10, changes=5)


def segments(*each_ranked: Ranked, seconds: float = 3.0) -> list[SegmentLanguages]:
    """Speech segments with these languages, a second apart."""
    step = seconds + 1
    return [
        SegmentLanguages(SpeechSegment(step * place, step * place + seconds), each)
        for place, each in enumerate(each_ranked)
    ]


def likeliest(*each_ranked: Ranked, history: LanguageHistory = NEW) -> list[str]:
    return likeliest_languages(segments(*each_ranked), history)


def test_the_language_changes_if_its_probability_is_high() -> None:
    assert likeliest(EN, EN, DE, DE, history=ENGLISH) == ["en", "en", "de", "de"]
    assert likeliest(EN, PERHAPS_DE, EN) == ["en"] * 3
    assert likeliest(PERHAPS_DE, history=ENGLISH) == ["en"]
    assert likeliest(PERHAPS_DE) == ["de"]
    assert likeliest(history=ENGLISH) == []


def test_the_language_changes_sooner_after_frequent_changes() -> None:
    assert likeliest(EN, PROBABLY_DE, EN, history=ENGLISH) == ["en"] * 3
    assert likeliest(EN, PROBABLY_DE, EN, history=FREQUENT) == ["en", "de", "en"]


def test_the_history_counts_changes_and_seconds() -> None:
    after = ENGLISH.after(segments(EN, DE, DE), ["en", "de", "de"])
    assert after == LanguageHistory("de", stays=22, changes=2, seconds={"en": 3.0, "de": 6.0})
    assert NEW.after(segments(DE), ["de"]) == LanguageHistory("de", 21, 1, {"de": 3.0})
    assert NEW.after([], []) == NEW
    assert FREQUENT.change_cost < ENGLISH.change_cost


def test_a_language_of_the_history_is_more_probable_than_a_new_one() -> None:
    uncertain = ranked(pl=0.55, cs=0.45)
    czech = LanguageHistory("en", stays=2, changes=1, seconds={"en": 20.0, "cs": 20.0})
    english = LanguageHistory("en", stays=2, changes=1, seconds={"en": 40.0})
    assert likeliest(uncertain, history=czech) == ["cs"]
    assert likeliest(uncertain, history=english) == ["pl"]


def test_later_segments_decide_the_language_of_an_uncertain_first_one() -> None:
    uncertain = ranked(pl=0.55, cs=0.45)
    clear = [ranked(en=0.98, cs=0.02), ranked(cs=0.98, en=0.02)] * 3
    assert likeliest(uncertain) == ["pl"]
    assert likeliest(uncertain, *clear)[0] == "cs"


def test_the_language_may_change_where_another_one_is_probable() -> None:
    assert not may_change(segments(EN, EN), ENGLISH)
    assert may_change(segments(EN, PROBABLY_DE), ENGLISH)
    assert may_change(segments(DE, DE), ENGLISH)
    assert not may_change(segments(DE, DE), NEW)
    assert not may_change([], ENGLISH)


def test_a_short_segment_does_not_change_the_language() -> None:
    speech = [SpeechSegment(0, 3), SpeechSegment(4, 4.5), SpeechSegment(5, 8)]
    speech_languages = [SegmentLanguages(*each) for each in zip(speech, [EN, DE, EN], strict=True)]
    assert likeliest_languages(speech_languages, NEW) == ["en"] * 3


def test_spans_meet_in_the_pause_and_cover_the_window() -> None:
    speech = [SpeechSegment(10, 14), SpeechSegment(15, 19), SpeechSegment(20, 25)]
    speech_languages = [SegmentLanguages(*each) for each in zip(speech, [EN, EN, DE], strict=True)]
    first, second = spans(9.0, 29.0, speech_languages, ["en", "en", "de"])
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
