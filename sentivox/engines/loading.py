"""The one place that chooses which code runs a model's weights.

Imports are inside: a recogniser's replica shouldn't pay for torch, nor a classifier's for
CTranslate2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sentivox.engines.gpu import use_gpu
from sentivox.engines.protocols import Recognizer
from sentivox.settings import LanguageIdSettings, RecognitionSettings, SentimentSettings
from sentivox.weights.resolve import resolve

if TYPE_CHECKING:
    from sentivox.engines.language_id.detector import WhisperLanguageDetector
    from sentivox.engines.sentiment.classifier import SentimentClassifier
    from sentivox.engines.whisper.backends.ctranslate2.engine import TextDecoder
    from sentivox.engines.whisper.encoder import WhisperEncoder
    from sentivox.engines.whisper.recognizer import WhisperEngine
    from sentivox.engines.whisper.tokenizer import WhisperTokenizer


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
            from sentivox.engines.ctc.recognizer import load_ctc

            return load_ctc(folder, settings)


def _prepare(settings: RecognitionSettings | LanguageIdSettings) -> None:
    """CTranslate2 finds the GPU by itself."""
    if settings.device == "cuda" and settings.engine != "ctranslate2_whisper":
        use_gpu(settings.gpu_memory_share)


def _whisper(
    folder: Path,
    settings: RecognitionSettings,
    engine: Callable[[Path, WhisperTokenizer, RecognitionSettings], WhisperEngine],
) -> Recognizer:
    from sentivox.engines.whisper.recognizer import WhisperRecognizer
    from sentivox.engines.whisper.tokenizer import WhisperTokenizer

    tokens = WhisperTokenizer(folder)
    return WhisperRecognizer(engine(folder, tokens, settings), tokens, settings)


def _ctranslate2(
    folder: Path, tokens: WhisperTokenizer, settings: RecognitionSettings
) -> WhisperEngine:
    from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine

    hearing = None
    if _hears_by_torch(settings):
        from sentivox.engines.whisper.backends.cpu_int8.encoder import Int8EncoderPass

        hearing = Int8EncoderPass(folder, settings.threads)
    decoder = _decoder(folder, tokens, settings)
    return CTranslate2Engine(folder, tokens, settings, decoder, hearing)


def _hears_by_torch(settings: RecognitionSettings | LanguageIdSettings) -> bool:
    """Whether it was asked for, and can be had."""
    asked_for = (settings.encoder, settings.device, settings.compute_type)
    if asked_for != ("torch_int8", "cpu", "int8"):
        return False
    from sentivox.engines.processor import HAS_VNNI

    return HAS_VNNI


def _transformers(
    folder: Path, tokens: WhisperTokenizer, settings: RecognitionSettings
) -> WhisperEngine:
    from sentivox.engines.whisper.backends.torch.engine import TransformersEngine

    return TransformersEngine(folder, tokens, settings)


def _decoder(
    folder: Path, tokens: WhisperTokenizer, settings: RecognitionSettings
) -> TextDecoder | None:
    match settings.decoder:
        case "ctranslate2":
            return None
        case "torch_int8":
            from sentivox.engines.whisper.backends.cpu_int8.engine import CpuInt8Decoder

            return CpuInt8Decoder(folder, tokens, settings)


def load_language_detector(settings: LanguageIdSettings) -> WhisperLanguageDetector:
    """Raises WeightsError when the weights can't be had or aren't what they should be."""
    from sentivox.engines.language_id.detector import WhisperLanguageDetector

    _prepare(settings)
    return WhisperLanguageDetector(_ear(resolve(settings.model), settings), settings)


def _ear(folder: Path, settings: LanguageIdSettings) -> WhisperEncoder:
    match settings.engine:
        case "ctranslate2_whisper" if _hears_by_torch(settings):
            from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder

            return CpuInt8Encoder(folder, settings.threads)
        case "ctranslate2_whisper":
            from sentivox.engines.whisper.backends.ctranslate2.encoder import CTranslate2Encoder

            return CTranslate2Encoder(folder, settings)
        case "transformers_whisper":
            from sentivox.engines.whisper.backends.torch.language_encoder import TorchEncoder

            return TorchEncoder(folder, settings)


def load_sentiment_classifier(settings: SentimentSettings) -> SentimentClassifier:
    """Raises WeightsError when the weights can't be had or aren't what they should be."""
    from sentivox.engines.sentiment.classifier import SentimentClassifier

    if settings.device == "cuda":
        use_gpu(settings.gpu_memory_share)
    return SentimentClassifier(settings)
