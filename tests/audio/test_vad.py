from __future__ import annotations

import numpy as np
import pytest

from preprocessing.made_sounds import drums
from sentivox.audio.vad import FRAME_SAMPLES, Probabilities, VadModel, VoiceActivityDetector
from sentivox.audio.window_extractor import WindowExtractor
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection, SpeechWindow
from tests.voices import spoken_pcm


def probabilities(model: VadModel, pcm: Pcm, piece: int = 10**9) -> Probabilities:
    voices = VoiceActivityDetector(model)
    found = [voices.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece)]
    return np.concatenate([*found, voices.flush()])


def windows(model: VadModel, pcm: Pcm) -> list[SpeechWindow]:
    listener = WindowExtractor(model, SpeechDetection())
    return [*listener.feed(pcm), *listener.finish()]


def noise(level: float, seconds: float = 5) -> Pcm:
    samples = np.random.default_rng(0).normal(0, level, int(seconds * SAMPLE_RATE))
    return np.clip(samples, -32_768, 32_767).astype(np.int16)


def test_speech_is_likely_where_it_is_and_unlikely_around_it(
    voice_model: VadModel, sentence: Pcm
) -> None:
    found = probabilities(voice_model, sentence)
    assert len(found) == -(-len(sentence) // FRAME_SAMPLES)
    assert found[20:-25].mean() > 0.9
    assert found[:12].max() < 0.2


@pytest.mark.parametrize("piece", [160, 512, 3_000])
def test_pieces_of_any_length_give_the_same(
    piece: int, voice_model: VadModel, sentence: Pcm
) -> None:
    whole = probabilities(voice_model, sentence)
    assert np.allclose(probabilities(voice_model, sentence, piece), whole, atol=1e-3)


def test_reset_forgets_what_was_heard(voice_model: VadModel, sentence: Pcm) -> None:
    voices = VoiceActivityDetector(voice_model)
    first = voices.feed(sentence)
    voices.reset()
    assert np.array_equal(voices.feed(sentence), first)


@pytest.mark.parametrize("level", [0, 1, 10, 100, 3_000, 20_000])
def test_silence_and_noise_give_no_windows(level: float, voice_model: VadModel) -> None:
    assert windows(voice_model, noise(level)) == []


@pytest.mark.parametrize("decibels", [0, -20, -40, -50])
@pytest.mark.parametrize("words", ["Activated.", "Yes.", "Stop."])
def test_short_and_faint_words_are_heard(
    words: str, decibels: float, voice_model: VadModel
) -> None:
    silence = np.zeros(8_000)
    word = spoken_pcm(words) * 10 ** (decibels / 20)
    clip = np.concatenate([silence, word, silence]) + noise(2, 1 + len(word) / SAMPLE_RATE)
    (window,) = windows(voice_model, clip.astype(np.int16))
    assert window.start < 0.5
    assert window.start + window.seconds > 0.5 + 0.8 * len(word) / SAMPLE_RATE


def test_words_are_a_surer_voice_than_a_drum(voice_model: VadModel) -> None:
    silence = np.zeros(8_000, np.int16)
    drum = (0.5 * 32_767 * drums(8.5, np.random.default_rng((1, 0)))).astype(np.int16)
    (word,) = windows(voice_model, np.concatenate([silence, spoken_pcm("Hello."), silence]))
    assert word.voice > 0.7
    assert all(window.voice < 0.6 for window in windows(voice_model, drum))
