from __future__ import annotations

from collections.abc import Callable

import pytest

from sentivox.audio.vad import VadModel
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, Sentiment

Recognize = Callable[[LiveRequest], LiveResult]


@pytest.fixture(scope="session")
def vad() -> VadModel:
    return VadModel()


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return load_recognizer(RecognitionSettings())


@pytest.fixture
def recognize(recognizer: Recognizer) -> Recognize:
    """The result of a request from the real recogniser, with a fixed language and sentiment."""

    def recognize(request: LiveRequest) -> LiveResult:
        [recognition] = recognizer.transcribe([RecognitionItem(*request.recognition_input("en"))])
        assert isinstance(recognition, Recognition)
        sentiment = Sentiment(0.1, 0.2, 0.7) if request.final else None
        return LiveResult("en", None, recognition, sentiment)

    return recognize
