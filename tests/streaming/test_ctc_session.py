"""A live session with a CTC model."""

from __future__ import annotations

from pathlib import Path

import jiwer
import numpy as np
import pytest

from sentivox.audio.vad import VadModel
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import RecognitionSettings, StreamingSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import Recognition, SpeechDetection, TranscriptionOptions
from tests.letters import random_words, spoken
from tests.streaming.conversation import Conversation

OPTIONS = TranscriptionOptions(language="nl", detection=SpeechDetection(threshold=0.1))


@pytest.fixture(scope="module")
def recognizer(letters_model: Path) -> Recognizer:
    return load_recognizer(
        RecognitionSettings(
            engine="ctc",
            model=str(letters_model),
            compute_type="float32",
            threads=1,
        )
    )


def test_additions_are_exactly_the_final_text(vad: VadModel, recognizer: Recognizer) -> None:
    def recognize(request: LiveRequest) -> LiveResult:
        [recognition] = recognizer.transcribe([RecognitionItem(*request.recognition_input("nl"))])
        assert isinstance(recognition, Recognition)
        return LiveResult("nl", None, recognition, None)

    chance = np.random.default_rng(1)
    said = spoken(random_words(10, chance), chance)
    session = StreamingSession(vad, OPTIONS, StreamingSettings(), automatic=False)
    talk = Conversation(session, recognize)
    talk.feed(said.pcm)
    added_before_the_end = "".join(talk.added(turn) for turn in range(2))
    talk.commit()
    [turn] = talk.turns
    assert talk.added(turn.turn) == turn.text
    assert turn.text.startswith(added_before_the_end.strip())
    assert len(added_before_the_end.split()) >= 3
    assert jiwer.cer(said.text("nl"), turn.text) < 0.1
