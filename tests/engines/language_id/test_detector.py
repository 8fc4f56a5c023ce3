"""Language detection beyond the contract of all encoders, and the decision for a language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sentivox.engines.language_id.decision import decide, runner_up
from sentivox.engines.language_id.detector import WhisperLanguageDetector
from sentivox.engines.loading import load_language_detector
from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder
from sentivox.settings import LanguageIdSettings
from sentivox.types import SAMPLE_RATE, LanguageProbability, SpeechSegment, SpeechWindow
from tests.engines.whisper_backends import WhisperBackends
from tests.voices import spoken_pcm

RANKED = (
    LanguageProbability("en", 0.45),
    LanguageProbability("de", 0.3),
    LanguageProbability("nl", 0.15),
)
CERTAIN = (LanguageProbability("fr", 0.97), LanguageProbability("de", 0.01))


def probabilities(ranked: Sequence[LanguageProbability]) -> dict[str, float]:
    return {each.language: each.confidence for each in ranked}


def windows() -> list[SpeechWindow]:
    """Windows of two lengths, with two and three speech segments."""
    clips = [spoken_pcm(text) for text in ("Please hold the line.", "The weather is lovely today.")]
    half = len(clips[0]) / SAMPLE_RATE / 2
    halves = (SpeechSegment(0.0, half), SpeechSegment(half, 2 * half))
    return [
        SpeechWindow(0, 0.0, clips[0], halves),
        SpeechWindow(1, 0.0, np.concatenate(clips), (SpeechSegment(1.0, 2.0), *halves)),
    ]


@pytest.mark.slow
def test_torch_and_ctranslate2_agree_in_float32() -> None:
    results, others = (
        load_language_detector(
            LanguageIdSettings(engine=engine, compute_type="float32", share_encoder_output=True)
        ).detect_upload(windows())
        for engine in ("torch", "ctranslate2")
    )
    for one, other in zip(results, others, strict=True):
        pairs = zip([one.ranked, *one.segments], [other.ranked, *other.segments], strict=True)
        for own, reference in pairs:
            assert probabilities(own) == pytest.approx(probabilities(reference), abs=1e-3)
        assert one.encoder_output
        assert other.encoder_output
        assert one.encoder_output.states == pytest.approx(other.encoder_output.states, abs=0.05)


@pytest.mark.slow
def test_the_int8_encoder_and_ctranslate2_agree(
    backends: WhisperBackends, whisper_folder: Path
) -> None:
    settings = backends["ctranslate2"].encoder_settings
    results, others = (
        WhisperLanguageDetector(encoder, settings).detect_upload(windows()[:1])
        for encoder in (CpuInt8Encoder(whisper_folder, 1), backends["ctranslate2"].encoder)
    )
    for one, other in zip(results, others, strict=True):
        pairs = zip([one.ranked, *one.segments], [other.ranked, *other.segments], strict=True)
        for own, reference in pairs:
            assert probabilities(own) == pytest.approx(probabilities(reference), abs=0.2)


def test_the_encoder_output_is_shared_only_if_the_settings_say_so(
    backends: WhisperBackends,
) -> None:
    settings = backends["ctranslate2"].encoder_settings
    encoder = backends["ctranslate2"].encoder
    for share in (True, False):
        own = settings.model_copy(update={"share_encoder_output": share})
        [result] = WhisperLanguageDetector(encoder, own).detect_upload(windows()[:1])
        assert (result.encoder_output is not None) == share


def test_the_most_probable_language_is_detected() -> None:
    assert decide(RANKED, (), min_confidence=0.4).language == "en"


def test_detection_abstains_below_the_minimum_confidence() -> None:
    detection = decide(RANKED, (), min_confidence=0.6)
    assert detection.abstained
    assert detection.language is None
    assert detection.ranked[0].language == "en"


def test_probabilities_of_candidates_sum_to_1() -> None:
    detection = decide(RANKED, ("de", "nl"), min_confidence=0.6)
    assert detection.language == "de"
    assert [each.confidence for each in detection.ranked] == pytest.approx([2 / 3, 1 / 3])


def test_a_single_candidate_is_certain() -> None:
    assert decide(RANKED, ("nl",), min_confidence=0.5).ranked == (LanguageProbability("nl", 1.0),)


def test_detection_abstains_if_the_model_knows_no_candidate() -> None:
    detection = decide(RANKED, ("fr",), min_confidence=0.5)
    assert detection.abstained
    assert detection.ranked == (LanguageProbability("fr", 0.0),)


def test_the_expected_language_is_detected_if_probabilities_are_close() -> None:
    detection = decide(RANKED, (), min_confidence=0.5, expected="de")
    assert detection.language == "de"
    assert detection.ranked[0].confidence == pytest.approx(3.0 / 3.6)


def test_a_certain_language_is_detected_whichever_is_expected() -> None:
    assert decide(CERTAIN, (), min_confidence=0.5, expected="de").language == "fr"


def test_confidence_grows_with_the_length_of_speech() -> None:
    confidences = [
        decide(RANKED, (), 0.5, speech_s=seconds).ranked[0].confidence
        for seconds in (0.0, 1.0, 4.0, 5.0, 30.0)
    ]
    assert confidences == sorted(confidences)
    low, higher, high, *enough = confidences
    assert low < higher < high < enough[0] == enough[1] == pytest.approx(0.5)


def test_the_second_language_is_an_alternative_if_it_is_probable_enough() -> None:
    assert runner_up(decide(RANKED, (), min_confidence=0.5)) == "de"
    assert runner_up(decide(RANKED, ("nl",), min_confidence=0.5)) is None
    assert runner_up(decide(CERTAIN, (), min_confidence=0.5)) is None
