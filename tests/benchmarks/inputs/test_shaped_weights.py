"""Random weights: their shape, and the number of tokens that they predict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.capacity.ceiling import TOKEN, encoder_flops
from benchmarks.gpu_engine import POSITIONS, window_flops
from benchmarks.inputs.shaped_weights import BASE, TURBO, write_weights
from sentivox.engines.loading import load_language_detector, load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import SAMPLE_RATE, Recognition, RecognitionOptions, SpeechWindow

SMALL = replace(BASE, width=256, encoder_layers=1, decoder_layers=1)
TOKENS = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_weights(folder, SMALL, TOKENS, torch.float32)
    return folder


def noise(seconds: float) -> SpeechWindow:
    samples = np.random.default_rng(0).normal(size=round(seconds * SAMPLE_RATE)) * 1000
    return SpeechWindow(0, 0.0, samples.astype(np.int16))


@pytest.mark.parametrize("seconds", [4.0, 28.0])
def test_the_number_of_tokens_is_the_same_for_any_audio(folder: Path, seconds: float) -> None:
    recognizer = load_recognizer(
        RecognitionSettings(engine="torch", model=str(folder), compute_type="float32")
    )
    [result] = recognizer.transcribe([RecognitionItem(noise(seconds), RecognitionOptions("en"))])
    assert isinstance(result, Recognition)
    [segment] = result.segments
    assert len(segment.tokens) == TOKENS - 2  # without the timestamps at both ends
    assert segment.avg_logprob > -0.1
    assert segment.temperature == 0


def test_the_detected_language_is_english(folder: Path) -> None:
    detector = load_language_detector(
        LanguageIdSettings(engine="torch", model=str(folder), compute_type="float32")
    )
    [languages] = detector.detect_upload([noise(3.0)])
    assert languages.ranked[0].language == "en"


def test_a_larger_vocabulary_has_cantonese(tmp_path: Path) -> None:
    write_weights(tmp_path, replace(SMALL, vocabulary=TURBO.vocabulary), TOKENS, torch.float32)
    tokens = WhisperTokenizer(tmp_path)
    known = tokens.languages()
    assert len(known) == 100
    assert known["yue"] == known["su"] + 1
    assert tokens.first_timestamp == TURBO.vocabulary - 1501


def test_operations_are_counted_as_in_the_ceiling() -> None:
    encoder = window_flops(BASE, 0)
    assert encoder == pytest.approx(encoder_flops(30.0))
    token = window_flops(BASE, 1) - encoder
    assert token == pytest.approx(TOKEN + 2 * BASE.decoder_layers * 2 * BASE.width * POSITIONS)
