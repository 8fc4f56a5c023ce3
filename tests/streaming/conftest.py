from __future__ import annotations

from collections.abc import Callable

import pytest

from sentivox.audio.vad import VoiceModel
from sentivox.models.base import RecognitionItem, Recognizer
from sentivox.models.loading import load_recognizer
from sentivox.settings import RecognitionSettings
from sentivox.streaming.hearing import Hearing, HearingRequest
from sentivox.types import Recognition, Sentiment

Ears = Callable[[HearingRequest], Hearing]


@pytest.fixture(scope="session")
def voices() -> VoiceModel:
    return VoiceModel()


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return load_recognizer(RecognitionSettings())


@pytest.fixture
def ears(recognizer: Recognizer) -> Ears:
    """Answers as the stages do, on the spot."""

    def hear(request: HearingRequest) -> Hearing:
        [answer] = recognizer.transcribe([RecognitionItem(*request.to_recognize("en"))])
        assert isinstance(answer, Recognition)
        return Hearing("en", None, answer, Sentiment(0.1, 0.2, 0.7) if request.final else None)

    return hear
