"""What is asked of a machine before weights are loaded."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from sentivox.engines import processor
from sentivox.engines.loading import (
    load_language_detector,
    load_recognizer,
    load_sentiment_classifier,
)
from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder
from sentivox.engines.whisper.backends.ctranslate2.encoder import CTranslate2Encoder
from sentivox.errors import StageUnavailable
from sentivox.settings import LanguageIdSettings, RecognitionSettings, SentimentSettings

ON_GPU: dict[str, Any] = {"device": "cuda", "compute_type": "bfloat16"}
BY_TORCH = ON_GPU | {"engine": "torch"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_said() -> None:
    said = "torch finds none on this machine. Set its device to cpu"
    with pytest.raises(StageUnavailable, match=said):
        load_recognizer(RecognitionSettings(**BY_TORCH))
    with pytest.raises(StageUnavailable, match=said):
        load_language_detector(LanguageIdSettings(**BY_TORCH))
    with pytest.raises(StageUnavailable, match=said):
        load_sentiment_classifier(SentimentSettings(device="cuda", gpu_memory_share=0.1))


@pytest.mark.parametrize("settings", [RecognitionSettings, LanguageIdSettings])
def test_torch_doesnt_compute_in_int8_on_a_gpu(settings: type[Any]) -> None:
    with pytest.raises(ValueError, match="set compute_type to one of float32, bfloat16, float16"):
        settings(**BY_TORCH | {"compute_type": "int8"})


@pytest.mark.parametrize(
    ("there", "compute_type", "ear"),
    [
        (True, "int8", CpuInt8Encoder),
        (False, "int8", CTranslate2Encoder),
        (True, "float32", CTranslate2Encoder),
    ],
)
def test_an_encoder_of_our_own_is_taken_where_it_can_be_had(
    there: bool, compute_type: str, ear: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "HAS_VNNI", there)
    settings = LanguageIdSettings(encoder="torch_int8", compute_type=compute_type, threads=1)
    assert isinstance(load_language_detector(settings)._ear, ear)
