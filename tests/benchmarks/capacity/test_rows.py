"""Ratios of rounds, scores of answers, and the settings that are measured."""

from __future__ import annotations

import pytest

from benchmarks.capacity.rows import ratio
from benchmarks.measures.processes import PeakMemory
from benchmarks.measures.scores import error_rates, scores
from benchmarks.systems.in_process import local_settings
from benchmarks.systems.local_config import language_id, recognition
from benchmarks.systems.peers import COMPARED, PEERS, PROGRAMS
from benchmarks.systems.system import ADAPTED_WEIGHTS, Answer, AudioFile


def audio_file(words: str, language: str) -> AudioFile:
    return AudioFile(b"", 2.0, language, words)


def test_ratios_are_of_the_same_round() -> None:
    assert ratio([10.0, 20.0, 40.0], [5.0, 20.0, 10.0]) == 2.0


def test_rounds_that_the_reference_lacks_are_left_out() -> None:
    assert ratio([10.0, 20.0], [5.0]) == 2.0
    assert ratio([10.0], []) is None


def test_error_rates_are_the_mean_of_the_languages() -> None:
    files = [audio_file("one two", "en"), audio_file("three four", "en"), audio_file("un", "fr")]
    answers = [Answer("One, two.", "en"), Answer("three", "nl"), Answer("deux", "fr")]
    found = scores(files, answers)
    assert found.wer == pytest.approx((0.25 + 1) / 2)
    assert found.language_accuracy == pytest.approx(2 / 3, abs=1e-4)


def test_a_system_that_reports_no_language_has_no_language_accuracy() -> None:
    assert scores([audio_file("un", "fr")], [Answer("un", "")]).language_accuracy is None


def test_both_stages_have_the_same_weights_and_context() -> None:
    asr, detector = recognition(), language_id()
    assert asr.model == detector.model == ADAPTED_WEIGHTS
    assert asr.compute_type == detector.compute_type
    assert asr.context_padding_s == detector.context_padding_s


def test_settings_in_process_are_those_of_the_local_config() -> None:
    settings = local_settings()
    assert settings.recognition == recognition()
    assert settings.language_id == language_id()


def test_every_row_names_a_program_that_can_be_started() -> None:
    assert {peer.program for peer in PEERS.values()} == PROGRAMS.keys()
    assert all(peer.concurrency >= 1 for peer in PEERS.values())


def test_the_default_systems_compare_at_equal_concurrency_and_with_equal_weights() -> None:
    compared = [PEERS[name] for name in COMPARED]
    own = [peer for peer in compared if peer.program == "server"]
    others = [peer for peer in compared if peer.program != "server"]
    assert {peer.concurrency for peer in own} & {peer.concurrency for peer in others}
    assert {peer.weights for peer in own} <= {peer.weights for peer in others}


def test_width_and_case_are_no_errors() -> None:
    rates = error_rates(["テスト ABC"], ["ﾃｽﾄａｂｃ"], "ja")
    assert (rates.wer, rates.cer) == (0, 0)


def test_a_letter_is_a_word_where_words_have_no_spaces_between_them() -> None:
    rates = error_rates(["你好吗"], ["你好 嘛"], "zh")
    assert rates.wer == rates.cer == pytest.approx(1 / 3, abs=1e-4)


def test_the_peak_of_the_sum_isnt_the_sum_of_the_peaks() -> None:
    memory = PeakMemory(dict)
    for taken in ({"ingress": 3.0, "asr": 1.0}, {"ingress": 1.0, "asr": 4.0}):
        memory.note(taken)
    assert memory.peaks == {"ingress": 3.0, "asr": 4.0}
    assert memory.peak == 5.0
