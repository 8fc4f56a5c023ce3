"""The one place that chooses the code that runs a model's weights.

Imports are inside the functions: a replica of a recogniser needs no sentiment classifier, and one
that runs CTranslate2 needs no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentivox.engines.gpu import use_gpu
from sentivox.engines.protocols import LanguageDetector, Recognizer
from sentivox.settings import LanguageIdSettings, RecognitionSettings, SentimentSettings
from sentivox.weights.resolve import resolve

if TYPE_CHECKING:
    from sentivox.engines.sentiment.classifier import SentimentClassifier
    from sentivox.engines.whisper.encoder import WhisperEncoder
    from sentivox.engines.whisper.engine import WhisperEngine
    from sentivox.engines.whisper.tokenizer import WhisperTokenizer


def load_recognizer(settings: RecognitionSettings) -> Recognizer:
    """Raises WeightsError when the weights are missing or altered."""
    if settings.language_models:
        return _load_by_language(settings)
    folder = resolve(settings.model)
    _prepare_gpu(settings)
    if settings.engine == "ctc":
        from sentivox.engines.ctc.recognizer import load_ctc

        return load_ctc(folder, settings)
    from sentivox.engines.whisper.recognizer import WhisperRecognizer
    from sentivox.engines.whisper.tokenizer import WhisperTokenizer

    tokenizer = WhisperTokenizer(folder)
    return WhisperRecognizer(load_whisper_engine(settings, tokenizer), tokenizer, settings)


def _load_by_language(settings: RecognitionSettings) -> Recognizer:
    from sentivox.engines.by_language import RecognizerByLanguage

    def load(model: str) -> Recognizer:
        return load_recognizer(settings.model_copy(update={"model": model, "language_models": {}}))

    languages = settings.language_models
    loaded = {model: load(model) for model in sorted({*languages.values(), settings.model})}
    own = {language: loaded[model] for language, model in languages.items()}
    return RecognizerByLanguage(own, loaded[settings.model])


def load_whisper_engine(
    settings: RecognitionSettings, tokenizer: WhisperTokenizer
) -> WhisperEngine:
    """The Whisper backend that the settings name. Raises WeightsError, and ValueError for `ctc`."""
    folder = resolve(settings.model)
    match settings.engine:
        case "ctranslate2":
            from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine

            return CTranslate2Engine(folder, tokenizer, settings)
        case "cpu_int8":
            from sentivox.engines.whisper.backends.cpu_int8.engine import CpuInt8Engine

            return CpuInt8Engine(folder, tokenizer, settings)
        case "torch":
            from sentivox.engines.whisper.backends.torch.engine import TorchEngine

            return TorchEngine(folder, tokenizer, settings)
        case "ctc":
            raise ValueError("The engine ctc doesn't run Whisper.")


def load_language_detector(settings: LanguageIdSettings) -> LanguageDetector:
    """Raises WeightsError when the weights are missing or altered."""
    from sentivox.engines.language_id.detector import WhisperLanguageDetector

    _prepare_gpu(settings)
    return WhisperLanguageDetector(load_whisper_encoder(settings), settings)


def load_whisper_encoder(settings: LanguageIdSettings) -> WhisperEncoder:
    """The encoder of the Whisper backend that the settings name. Raises WeightsError."""
    folder = resolve(settings.model)
    match settings.engine:
        case "cpu_int8" if _has_vnni():
            from sentivox.engines.whisper.backends.cpu_int8.encoder import CpuInt8Encoder

            return CpuInt8Encoder(folder, settings.threads)
        case "ctranslate2" | "cpu_int8":
            from sentivox.engines.whisper.backends.ctranslate2.encoder import CTranslate2Encoder

            return CTranslate2Encoder(folder, settings)
        case "torch":
            from sentivox.engines.whisper.backends.torch.encoder import TorchEncoder

            return TorchEncoder(folder, settings)


def load_sentiment_classifier(settings: SentimentSettings) -> SentimentClassifier:
    """Raises WeightsError when the weights are missing or altered."""
    from sentivox.engines.sentiment.classifier import SentimentClassifier

    if settings.device == "cuda":
        use_gpu(settings.gpu_memory_share)
    return SentimentClassifier(settings)


def _prepare_gpu(settings: RecognitionSettings | LanguageIdSettings) -> None:
    """Prepares torch for a GPU, if the settings name one; CTranslate2 needs no preparation."""
    if settings.device == "cuda" and settings.engine != "ctranslate2":
        use_gpu(settings.gpu_memory_share)


def _has_vnni() -> bool:
    from sentivox.engines.processor import HAS_VNNI

    return HAS_VNNI
