"""Whisper base by each backend, loaded once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest
import torch

from sentivox.engines.loading import load_whisper_encoder, load_whisper_engine
from sentivox.engines.whisper.encoder import WhisperEncoder
from sentivox.engines.whisper.engine import WhisperEngine
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import LanguageIdSettings, RecognitionSettings

WHISPER = "embedded:whisper-base"
ON_GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
]


class Whisper:
    """Whisper base by one backend: `ctranslate2`, `cpu_int8`, `torch` or `torch_cuda`."""

    def __init__(self, name: str, tokenizer: WhisperTokenizer) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.options: dict[str, Any] = {
            "engine": name.removesuffix("_cuda"),
            "compute_type": "float32" if name.startswith("torch") else "int8",
            "device": "cuda" if name.endswith("_cuda") else "cpu",
            "threads": 1,
        }

    def settings(self, **others: Any) -> RecognitionSettings:
        """Settings of a recogniser with this backend."""
        return RecognitionSettings.model_validate(self.options | others)

    @cached_property
    def engine(self) -> WhisperEngine:
        return load_whisper_engine(self.settings(), self.tokenizer)

    @cached_property
    def encoder_settings(self) -> LanguageIdSettings:
        return LanguageIdSettings.model_validate(self.options | {"share_encoder_output": True})

    @cached_property
    def encoder(self) -> WhisperEncoder:
        return load_whisper_encoder(self.encoder_settings)

    def recognizer(self, **others: Any) -> WhisperRecognizer:
        """A recogniser with other settings over the loaded engine."""
        return WhisperRecognizer(self.engine, self.tokenizer, self.settings(**others))


class WhisperBackends:
    """The backends by name."""

    def __init__(self, tokenizer: WhisperTokenizer) -> None:
        self._tokenizer = tokenizer
        self._backends: dict[str, Whisper] = {}

    def __getitem__(self, name: str) -> Whisper:
        return self._backends.setdefault(name, Whisper(name, self._tokenizer))
