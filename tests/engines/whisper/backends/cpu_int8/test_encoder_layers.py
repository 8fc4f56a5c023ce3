"""The int8 encoder, compared with CTranslate2's in int8 and in float32."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.cpu_int8.encoder_layers import Int8Encoder
from sentivox.engines.whisper.features import Features, log_mel
from sentivox.weights.ctranslate2_file import read_tensors
from tests.voices import spoken_pcm


@pytest.fixture(scope="module")
def sentence() -> Features:
    """Log-mel features of 1.2 s: without VNNI the int8 encoder takes seconds for them."""
    return log_mel(spoken_pcm("Please hold the line."), 120)


def by_ctranslate2(folder: Path, features: Features, compute_type: str) -> Floats:
    model = ctranslate2.models.Whisper(str(folder), compute_type=compute_type)
    encoded = model.encode(ctranslate2.StorageView.from_array(features[None]))
    return np.asarray(encoded, dtype=np.float32)[0]


@pytest.fixture(scope="module")
def exact(whisper_folder: Path, sentence: Features) -> Floats:
    return by_ctranslate2(whisper_folder, sentence, "float32")


@pytest.fixture(scope="module")
def reference_error(whisper_folder: Path, sentence: Features, exact: Floats) -> float:
    """Mean error of CTranslate2's encoder in int8."""
    return float(np.abs(by_ctranslate2(whisper_folder, sentence, "int8") - exact).mean())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def test_it_is_as_exact_as_ctranslate2_in_int8(
    dtype: torch.dtype,
    whisper_folder: Path,
    sentence: Features,
    exact: Floats,
    reference_error: float,
) -> None:
    encoder = Int8Encoder(read_tensors(whisper_folder / "model.bin", "encoder/"), dtype)
    states = encoder(sentence).numpy()
    assert states.shape == exact.shape == (60, 512)
    assert encoder.mels == len(sentence)
    assert np.abs(states - exact).mean() < 1.2 * reference_error
