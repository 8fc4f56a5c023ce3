"""How rounds are compared, answers scored, batches made."""

from __future__ import annotations

import pytest

from benchmarks.capacity import ratio
from benchmarks.processes import PeakMemory
from benchmarks.scores import scores
from benchmarks.shipped import identification, recognition
from benchmarks.system import Answer, Sound


def said(words: str, language: str) -> Sound:
    return Sound(b"", 2.0, language, words)


def test_ratios_are_of_the_same_round() -> None:
    assert ratio([10.0, 20.0, 40.0], [5.0, 20.0, 10.0]) == 2.0


def test_rounds_that_the_reference_lacks_are_left_out() -> None:
    assert ratio([10.0, 20.0], [5.0]) == 2.0
    assert ratio([10.0], []) is None


def test_error_rates_are_the_mean_of_the_languages() -> None:
    sounds = [said("one two", "en"), said("three four", "en"), said("un", "fr")]
    answers = [Answer("One, two.", "en"), Answer("three", "nl"), Answer("deux", "fr")]
    found = scores(sounds, answers)
    assert found.wer == pytest.approx((0.25 + 1) / 2)
    assert found.languages_right == pytest.approx(2 / 3, abs=1e-4)


def test_a_system_that_tells_no_language_isnt_always_wrong() -> None:
    assert scores([said("un", "fr")], [Answer("un", "")]).languages_right is None


def test_words_are_written_from_what_told_their_language() -> None:
    told, heard = recognition(), identification()
    assert (told.model, told.compute_type) == (heard.model, heard.compute_type)
    assert told.context_padding_s == heard.context_padding_s


def test_the_peak_of_the_sum_isnt_the_sum_of_the_peaks() -> None:
    memory = PeakMemory(dict)
    for taken in ({"ingress": 3.0, "asr": 1.0}, {"ingress": 1.0, "asr": 4.0}):
        memory.note(taken)
    assert memory.peaks == {"ingress": 3.0, "asr": 4.0}
    assert memory.peak == 5.0
