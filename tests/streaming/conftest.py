from __future__ import annotations

from collections.abc import Callable

import pytest

from sentivox.audio.vad import VadModel
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, Sentiment

Ears = Callable[[LiveRequest], LiveResult]


@pytest.fixture(scope="session")
def voices() -> VadModel:
    return VadModel()


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return load_recognizer(RecognitionSettings())


@pytest.fixture
def ears(recognizer: Recognizer) -> Ears:
    """Answers as the stages do, on the spot."""

    def hear(request: LiveRequest) -> LiveResult:
        [answer] = recognizer.transcribe([RecognitionItem(*request.to_recognize("en"))])
        assert isinstance(answer, Recognition)
        return LiveResult("en", None, answer, Sentiment(0.1, 0.2, 0.7) if request.final else None)

    return hear
