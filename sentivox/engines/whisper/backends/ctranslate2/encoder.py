"""The encoder of `ctranslate2` for language detection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctranslate2 import StorageView

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.ctranslate2.model import (
    Model,
    encode,
    encoder_states,
    load_whisper,
)
from sentivox.engines.whisper.encoder import EncoderSpan, LanguageProbabilities
from sentivox.settings import LanguageIdSettings
from sentivox.types import Pcm


class CTranslate2Encoder:
    """A `WhisperEncoder`."""

    def __init__(self, folder: Path, settings: LanguageIdSettings) -> None:
        self._model = load_whisper(folder, settings)

    def encode(self, clips: Sequence[Pcm], context_s: float) -> _Output:
        return _Output(self._model, encode(self._model, clips, context_s))


class _Output:
    """An `EncoderOutput`."""

    def __init__(self, model: Model, encoded: StorageView) -> None:
        self._model = model
        self._encoded = encoded

    def languages(self) -> list[LanguageProbabilities]:
        return self._detect(self._encoded)

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        states = self.states()
        return [
            self._detect(StorageView.from_array(states[clip, None, first:end].copy()))[0]
            for clip, first, end in parts
        ]

    def states(self) -> Floats:
        return encoder_states(self._encoded)

    def _detect(self, encoded: StorageView) -> list[LanguageProbabilities]:
        return [
            {token.strip("<|>"): probability for token, probability in row}
            for row in self._model.detect_language(encoded)
        ]
