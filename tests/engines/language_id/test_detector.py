from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sentivox.engines.language_id.detector import WhisperLanguageDetector, decide, runner_up
from sentivox.engines.loading import load_language_detector
from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder
from sentivox.engines.whisper.backends.ctranslate2.encoder import CTranslate2Encoder
from sentivox.settings import LanguageIdSettings
from sentivox.types import SAMPLE_RATE, LanguageProbability, SpeechSegment, SpeechWindow
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

GUESSES = (
    LanguageProbability("en", 0.45),
    LanguageProbability("de", 0.3),
    LanguageProbability("nl", 0.15),
)


def test_english_is_recognised_as_english() -> None:
    identifier = load_language_detector(LanguageIdSettings())
    windows = [
        SpeechWindow(0, 0.0, spoken_pcm("The weather is lovely today, and I am very happy.")),
        SpeechWindow(0, 0.0, spoken_pcm("Please hold the line.")),
    ]
    heard = identifier.listen(windows)
    for guesses in [*identifier.identify(windows), *(each.ranked for each in heard)]:
        assert guesses[0].language == "en"
        assert len(guesses) == 99
        assert sum(guess.confidence for guess in guesses) == pytest.approx(1, abs=1e-3)


def test_torch_hears_what_ctranslate2_hears() -> None:
    voices = ["The weather is lovely today, and I am very happy.", "Please hold the line."]
    clips = [spoken_pcm(text) for text in voices]
    seconds = len(clips[0]) / SAMPLE_RATE
    halves = (SpeechSegment(0.0, seconds / 2), SpeechSegment(seconds / 2, seconds))
    windows = [
        SpeechWindow(0, 0.0, clips[0], halves),
        SpeechWindow(0, 0.0, clips[1]),
        SpeechWindow(0, 0.0, np.concatenate(clips), (SpeechSegment(1.0, 2.0), *halves)),
    ]
    ours, theirs = (
        load_language_detector(
            LanguageIdSettings(engine=engine, compute_type="float32", share_encoder_output=True)
        ).listen(windows)
        for engine in ("torch", "ctranslate2")
    )
    for our, their in zip(ours, theirs, strict=True):
        assert len(our.stretches) == len(their.stretches)
        for own, other in zip(
            [our.ranked, *our.stretches], [their.ranked, *their.stretches], strict=True
        ):
            assert confidences(own) == pytest.approx(confidences(other), abs=1e-3)
        assert our.sound
        assert their.sound
        assert our.sound.states == pytest.approx(their.sound.states, abs=0.05)


def test_layers_of_our_own_tell_what_ctranslate2_tells() -> None:
    clips = [spoken_pcm(text) for text in ("Please hold the line.", "The weather is lovely today.")]
    halves = (SpeechSegment(0.0, 0.8), SpeechSegment(1.0, 1.8))
    windows = [
        SpeechWindow(0, 0.0, clips[0], halves),
        SpeechWindow(0, 0.0, np.concatenate(clips), (SpeechSegment(1.0, 2.0), *halves)),
    ]
    folder = resolve("embedded:whisper-base")
    settings = LanguageIdSettings(share_encoder_output=True)
    ours, theirs = (
        WhisperLanguageDetector(ear, settings).listen(windows)
        for ear in (CpuInt8Encoder(folder, 1), CTranslate2Encoder(folder, settings))
    )
    for our, their in zip(ours, theirs, strict=True):
        assert len(our.stretches) == len(their.stretches)
        for own, other in zip(
            [our.ranked, *our.stretches], [their.ranked, *their.stretches], strict=True
        ):
            assert confidences(own) == pytest.approx(confidences(other), abs=0.2)
        assert our.sound
        assert their.sound
        assert our.sound.states.shape == their.sound.states.shape


def test_what_was_heard_is_kept_for_whoever_is_to_have_it() -> None:
    [heard] = load_language_detector(LanguageIdSettings()).listen(
        [SpeechWindow(0, 0.0, spoken_pcm("Please hold the line."))]
    )
    assert heard.sound is None


def confidences(guesses: Sequence[LanguageProbability]) -> dict[str, float]:
    return {guess.language: guess.confidence for guess in guesses}


def test_the_likeliest_language_is_the_answer_when_it_is_likely_enough() -> None:
    detection = decide(GUESSES, (), min_confidence=0.4)
    assert detection.language == "en"


def test_an_unsure_answer_is_no_answer() -> None:
    detection = decide(GUESSES, (), min_confidence=0.6)
    assert detection.abstained
    assert detection.language is None
    assert detection.ranked[0].language == "en"


def test_candidates_share_all_of_the_probability() -> None:
    detection = decide(GUESSES, ("de", "nl"), min_confidence=0.6)
    assert detection.language == "de"
    assert [guess.confidence for guess in detection.ranked] == pytest.approx([2 / 3, 1 / 3])


def test_a_single_candidate_is_certain() -> None:
    assert decide(GUESSES, ("nl",), min_confidence=0.5).ranked == (LanguageProbability("nl", 1.0),)


def test_candidates_that_the_model_never_heard_of_leave_it_without_an_answer() -> None:
    detection = decide(GUESSES, ("fr",), min_confidence=0.5)
    assert detection.abstained
    assert detection.ranked == (LanguageProbability("fr", 0.0),)


def test_the_language_heard_before_wins_when_it_is_close() -> None:
    detection = decide(GUESSES, (), min_confidence=0.5, expected="de")
    assert detection.language == "de"
    assert detection.ranked[0].confidence == pytest.approx(3.0 / 3.6)


def test_a_clear_change_of_language_is_heard_whatever_came_before() -> None:
    clear = (LanguageProbability("fr", 0.97), LanguageProbability("de", 0.01))
    assert decide(clear, (), min_confidence=0.5, expected="de").language == "fr"


def test_the_less_was_said_the_less_sure_is_the_answer() -> None:
    sure = [
        decide(GUESSES, (), 0.5, speech_s=seconds).ranked[0].confidence
        for seconds in (0.0, 1.0, 4.0, 5.0, 30.0)
    ]
    assert sure == sorted(sure)
    assert sure[0] < sure[1] < sure[2] < sure[3] == sure[4] == pytest.approx(0.5)


def test_another_language_is_worth_a_hearing_if_it_isnt_too_unlikely() -> None:
    assert runner_up(decide(GUESSES, (), min_confidence=0.5)) == "de"
    assert runner_up(decide(GUESSES, ("nl",), min_confidence=0.5)) is None
    sure = (LanguageProbability("fr", 0.97), LanguageProbability("de", 0.01))
    assert runner_up(decide(sure, (), min_confidence=0.5)) is None
