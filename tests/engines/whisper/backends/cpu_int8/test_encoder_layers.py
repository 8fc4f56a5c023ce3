"""Our own encoder beside CTranslate2's, with the embedded weights."""

from __future__ import annotations

import ctranslate2
import numpy as np
import pytest
import torch

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.cpu_int8 import encoder_layers as int8_encoder
from sentivox.engines.whisper.backends.cpu_int8.encoder_layers import Int8Encoder
from sentivox.engines.whisper.features import Features, log_mel
from sentivox.weights.ctranslate2_file import read_tensors
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

FOLDER = resolve("embedded:whisper-base")


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def encoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Int8Encoder:
    """As processors have it that multiply one or the other faster."""
    monkeypatch.setattr(int8_encoder, "fastest_dtype", lambda: request.param)
    return Int8Encoder(read_tensors(FOLDER / "model.bin", "encoder/"))


@pytest.fixture(scope="module")
def sentence() -> Features:
    return log_mel(spoken_pcm("Your order has been shipped and will arrive tomorrow."), 700)


def by_ctranslate2(features: Features, compute_type: str) -> Floats:
    model = ctranslate2.models.Whisper(str(FOLDER), compute_type=compute_type)
    encoded = model.encode(ctranslate2.StorageView.from_array(features[None]))
    return np.asarray(encoded, dtype=np.float32)[0]


def test_it_is_as_near_to_single_precision_as_ctranslate2_in_int8(
    encoder: Int8Encoder, sentence: Features
) -> None:
    exact = by_ctranslate2(sentence, "float32")
    theirs = by_ctranslate2(sentence, "int8")
    ours = encoder(sentence).numpy()
    assert ours.shape == exact.shape == (350, 512)
    assert encoder.mels == len(sentence)
    assert np.abs(ours - exact).mean() < 1.2 * np.abs(theirs - exact).mean()


def test_it_doesnt_matter_how_many_positions_are_at_hand(
    encoder: Int8Encoder, sentence: Features, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = encoder(sentence).numpy()
    monkeypatch.setattr(int8_encoder, "POSITIONS_AT_ONCE", 48)
    assert encoder(sentence).numpy() == pytest.approx(together, abs=0.15)
