"""The choice of an engine for settings and machine."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch

from sentivox.engines import processor
from sentivox.engines.loading import (
    load_language_detector,
    load_recognizer,
    load_sentiment_classifier,
    load_whisper_encoder,
)
from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder
from sentivox.engines.whisper.backends.ctranslate2.encoder import CTranslate2Encoder
from sentivox.errors import StageUnavailable
from sentivox.settings import LanguageIdSettings, RecognitionSettings, SentimentSettings

ON_GPU: dict[str, Any] = {"device": "cuda", "compute_type": "bfloat16"}
BY_TORCH = ON_GPU | {"engine": "torch"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_an_error() -> None:
    message = "torch finds none on this machine. Set its device to cpu"
    with pytest.raises(StageUnavailable, match=message):
        load_recognizer(RecognitionSettings(**BY_TORCH))
    with pytest.raises(StageUnavailable, match=message):
        load_language_detector(LanguageIdSettings(**BY_TORCH))
    with pytest.raises(StageUnavailable, match=message):
        load_sentiment_classifier(SentimentSettings(device="cuda", gpu_memory_share=0.1))


@pytest.mark.parametrize("settings", [RecognitionSettings, LanguageIdSettings])
def test_torch_has_no_int8_on_a_gpu(settings: type[Any]) -> None:
    with pytest.raises(ValueError, match="set compute_type to one of float32, bfloat16, float16"):
        settings(**BY_TORCH | {"compute_type": "int8"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("has_vnni", "engine", "encoder"),
    [
        (True, "cpu_int8", CpuInt8Encoder),
        (False, "cpu_int8", CTranslate2Encoder),
        (True, "ctranslate2", CTranslate2Encoder),
    ],
)
def test_the_int8_encoder_is_for_cpus_with_vnni(
    has_vnni: bool,
    engine: Literal["cpu_int8", "ctranslate2"],
    encoder: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processor, "HAS_VNNI", has_vnni)
    settings = LanguageIdSettings(engine=engine, threads=1)
    assert isinstance(load_whisper_encoder(settings), encoder)
