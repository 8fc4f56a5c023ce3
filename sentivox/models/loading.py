"""The one place that chooses which code runs a model's weights.

Imports are inside: a recogniser's replica shouldn't pay for torch, nor a classifier's for
CTranslate2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sentivox.models.base import Recognizer
from sentivox.models.gpu import use_gpu
from sentivox.models.weights import resolve
from sentivox.settings import LanguageIdSettings, RecognitionSettings, SentimentSettings

if TYPE_CHECKING:
    from sentivox.models.language_id import WhisperLanguageIdentifier
    from sentivox.models.sentiment import SentimentClassifier
    from sentivox.models.whisper import WhisperEngine
    from sentivox.models.whisper_ctranslate2 import Decoder
    from sentivox.models.whisper_ear import Ear
    from sentivox.models.whisper_tokens import WhisperTokens


def load_recognizer(settings: RecognitionSettings) -> Recognizer:
    """Raises WeightsError when the weights can't be had or aren't what they should be."""
    folder = resolve(settings.model)
    _prepare(settings)
    match settings.engine:
        case "ctranslate2_whisper":
            return _whisper(folder, settings, _ctranslate2)
        case "transformers_whisper":
            return _whisper(folder, settings, _transformers)
        case "transformers_ctc":
            from sentivox.models.ctc import load_ctc

            return load_ctc(folder, settings)


def _prepare(settings: RecognitionSettings | LanguageIdSettings) -> None:
    """CTranslate2 finds the GPU by itself."""
    if settings.device == "cuda" and settings.engine != "ctranslate2_whisper":
        use_gpu(settings.gpu_memory_share)


def _whisper(
    folder: Path,
    settings: RecognitionSettings,
    engine: Callable[[Path, WhisperTokens, RecognitionSettings], WhisperEngine],
) -> Recognizer:
    from sentivox.models.whisper import WhisperRecognizer
    from sentivox.models.whisper_tokens import WhisperTokens

    tokens = WhisperTokens(folder)
    return WhisperRecognizer(engine(folder, tokens, settings), tokens, settings)


def _ctranslate2(
    folder: Path, tokens: WhisperTokens, settings: RecognitionSettings
) -> WhisperEngine:
    from sentivox.models.whisper_ctranslate2 import CTranslate2Engine

    hearing = None
    if _hears_by_torch(settings):
        from sentivox.models.whisper_ear_int8 import Int8Hearing

        hearing = Int8Hearing(folder, settings.threads)
    decoder = _decoder(folder, tokens, settings)
    return CTranslate2Engine(folder, tokens, settings, decoder, hearing)


def _hears_by_torch(settings: RecognitionSettings | LanguageIdSettings) -> bool:
    """Whether it was asked for, and can be had."""
    asked_for = (settings.encoder, settings.device, settings.compute_type)
    if asked_for != ("torch_int8", "cpu", "int8"):
        return False
    from sentivox.models.processor import EIGHT_BITS

    return EIGHT_BITS


def _transformers(
    folder: Path, tokens: WhisperTokens, settings: RecognitionSettings
) -> WhisperEngine:
    from sentivox.models.whisper_transformers import TransformersEngine

    return TransformersEngine(folder, tokens, settings)


def _decoder(folder: Path, tokens: WhisperTokens, settings: RecognitionSettings) -> Decoder | None:
    match settings.decoder:
        case "ctranslate2":
            return None
        case "torch_int8":
            from sentivox.models.whisper_torch_decoder import TorchDecoder

            return TorchDecoder(folder, tokens, settings)


def load_language_identifier(settings: LanguageIdSettings) -> WhisperLanguageIdentifier:
    """Raises WeightsError when the weights can't be had or aren't what they should be."""
    from sentivox.models.language_id import WhisperLanguageIdentifier

    _prepare(settings)
    return WhisperLanguageIdentifier(_ear(resolve(settings.model), settings), settings)


def _ear(folder: Path, settings: LanguageIdSettings) -> Ear:
    match settings.engine:
        case "ctranslate2_whisper" if _hears_by_torch(settings):
            from sentivox.models.whisper_ear_int8 import Int8Ear

            return Int8Ear(folder, settings.threads)
        case "ctranslate2_whisper":
            from sentivox.models.whisper_ear_ctranslate2 import CTranslate2Ear

            return CTranslate2Ear(folder, settings)
        case "transformers_whisper":
            from sentivox.models.whisper_ear_torch import TorchEar

            return TorchEar(folder, settings)


def load_sentiment_classifier(settings: SentimentSettings) -> SentimentClassifier:
    """Raises WeightsError when the weights can't be had or aren't what they should be."""
    from sentivox.models.sentiment import SentimentClassifier

    if settings.device == "cuda":
        use_gpu(settings.gpu_memory_share)
    return SentimentClassifier(settings)
