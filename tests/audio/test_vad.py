from __future__ import annotations

import numpy as np
import pytest

from preprocessing.nonspeech.synthetic import drums
from sentivox.audio.vad import FRAME_SAMPLES, Probabilities, VadModel, VoiceActivityDetector
from sentivox.audio.window_extractor import WindowExtractor
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection, SpeechWindow
from tests.voices import spoken_pcm


def probabilities(model: VadModel, pcm: Pcm, piece: int = 10**9) -> Probabilities:
    vad = VoiceActivityDetector(model)
    pieces = [vad.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece)]
    return np.concatenate([*pieces, vad.flush()])


def windows(model: VadModel, pcm: Pcm) -> list[SpeechWindow]:
    extractor = WindowExtractor(model, SpeechDetection())
    return [*extractor.feed(pcm), *extractor.finish()]


def noise(level: float, seconds: float = 5) -> Pcm:
    samples = np.random.default_rng(0).normal(0, level, int(seconds * SAMPLE_RATE))
    return np.clip(samples, -32_768, 32_767).astype(np.int16)


def test_speech_has_a_high_probability_and_silence_a_low_one(
    vad_model: VadModel, sentence: Pcm
) -> None:
    found = probabilities(vad_model, sentence)
    assert len(found) == -(-len(sentence) // FRAME_SAMPLES)
    assert found[20:-25].mean() > 0.9
    assert found[:12].max() < 0.2


@pytest.mark.parametrize("piece", [160, 512, 3_000])
def test_pieces_of_any_length_give_the_same_probabilities(
    piece: int, vad_model: VadModel, sentence: Pcm
) -> None:
    whole = probabilities(vad_model, sentence)
    assert np.allclose(probabilities(vad_model, sentence, piece), whole, atol=1e-3)


def test_reset_returns_to_the_first_state(vad_model: VadModel, sentence: Pcm) -> None:
    vad = VoiceActivityDetector(vad_model)
    first = vad.feed(sentence)
    vad.reset()
    assert np.array_equal(vad.feed(sentence), first)


@pytest.mark.parametrize("level", [0, 1, 10, 100, 3_000, 20_000])
def test_silence_and_noise_give_no_windows(level: float, vad_model: VadModel) -> None:
    assert windows(vad_model, noise(level)) == []


@pytest.mark.parametrize("decibels", [0, -20, -40, -50])
@pytest.mark.parametrize("words", ["Activated.", "Yes.", "Stop."])
def test_short_and_quiet_words_are_detected(
    words: str, decibels: float, vad_model: VadModel
) -> None:
    silence = np.zeros(8_000)
    word = spoken_pcm(words) * 10 ** (decibels / 20)
    clip = np.concatenate([silence, word, silence]) + noise(2, 1 + len(word) / SAMPLE_RATE)
    (window,) = windows(vad_model, clip.astype(np.int16))
    assert window.start < 0.5
    assert window.start + window.seconds > 0.5 + 0.8 * len(word) / SAMPLE_RATE


def test_a_word_has_more_confidence_than_a_drum(vad_model: VadModel) -> None:
    silence = np.zeros(8_000, np.int16)
    drum = (0.5 * 32_767 * drums(8.5, np.random.default_rng((1, 0)))).astype(np.int16)
    (word,) = windows(vad_model, np.concatenate([silence, spoken_pcm("Hello."), silence]))
    assert word.vad_confidence > 0.7
    assert all(window.vad_confidence < 0.6 for window in windows(vad_model, drum))
