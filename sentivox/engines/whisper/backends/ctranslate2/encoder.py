"""Whisper's ear, run by CTranslate2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctranslate2 import StorageView
from ctranslate2.models import Whisper

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.ctranslate2.engine import encode, load_whisper, states_of
from sentivox.engines.whisper.encoder import EncoderSpan, LanguageProbabilities
from sentivox.settings import LanguageIdSettings
from sentivox.types import Pcm


class CTranslate2Encoder:
    def __init__(self, folder: Path, settings: LanguageIdSettings) -> None:
        self._model = load_whisper(folder, settings, settings.workers)

    def hear(self, clips: Sequence[Pcm], context_s: float) -> _Heard:
        return _Heard(self._model, encode(self._model, clips, context_s))


class _Heard:
    def __init__(self, model: Whisper, encoded: StorageView) -> None:
        self._model = model
        self._encoded = encoded

    def languages(self) -> list[LanguageProbabilities]:
        return self._told(self._encoded)

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        states = self.states()
        return [
            self._told(StorageView.from_array(states[clip, None, first:end].copy()))[0]
            for clip, first, end in parts
        ]

    def states(self) -> Floats:
        return states_of(self._encoded)

    def _told(self, encoded: StorageView) -> list[LanguageProbabilities]:
        return [
            {token.strip("<|>"): probability for token, probability in row}
            for row in self._model.detect_language(encoded)
        ]
