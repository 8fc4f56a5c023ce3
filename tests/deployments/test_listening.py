"""A recogniser's own ear, with the embedded weights and without Ray."""

from __future__ import annotations

from typing import Any, cast

import pytest

from deployments.asr import SpeechRecognition
from deployments.listening import Ear, HeardInOneCall
from sentivox.models.loading import load_recognizer
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import RecognitionOptions, SpeechWindow
from tests.voices import spoken_pcm

REPLICA: Any = cast("Any", SpeechRecognition).func_or_class
"""What Serve makes replicas of."""
SAID = "The weather is lovely today, and I am very happy about it."
WEIGHTS: dict[str, Any] = {
    "model": "embedded:whisper-base+short-context",
    "encoder": "torch_int8",
    "threads": 1,
    "context_margin_s": 1.0,
}


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear(LanguageIdSettings(hands_on=True, **WEIGHTS))


def heard(ear: Ear, *candidates: str, second: bool = False) -> HeardInOneCall:
    recognizer = load_recognizer(RecognitionSettings(decoder="torch_int8", **WEIGHTS))
    window = SpeechWindow(0, 0.0, spoken_pcm(SAID))
    return ear.hear_and_transcribe(
        recognizer, window, RecognitionOptions("", words=True), candidates, second
    )


def test_a_window_is_written_in_the_language_that_it_is_heard_as(ear: Ear) -> None:
    found = heard(ear)
    assert "".join(segment.text for segment in found.recognition.segments).strip() == SAID
    assert {segment.language for segment in found.recognition.segments} == {"en"}
    assert found.options == RecognitionOptions("en", words=True)
    assert found.listened.detection.guesses[0].language == "en"
    assert found.listened.sound is None
    assert found.listening_s > 0


def test_only_candidates_are_told_and_the_second_of_them_may_be_tried(ear: Ear) -> None:
    found = heard(ear, "nl", "de", second=True)
    told = [guess.language for guess in found.listened.detection.guesses]
    assert told == ["de", "nl"]
    assert (found.options.language, found.options.otherwise) == ("de", "nl")


def test_the_second_is_not_tried_where_hardly_anything_speaks_for_it(ear: Ear) -> None:
    found = heard(ear, "en", "nl", second=True)
    assert (found.options.language, found.options.otherwise) == ("en", None)


async def test_a_recogniser_that_has_others_takes_nobody_as_alone(ear: Ear) -> None:
    replica = REPLICA("multilingual")
    replica._ear = ear
    window = SpeechWindow(0, 0.0, spoken_pcm(SAID))
    async with replica._gate.turn():
        assert await replica.hear_and_transcribe(window, RecognitionOptions(""), (), False) is None


async def test_so_does_one_without_an_ear() -> None:
    replica = REPLICA("multilingual")
    window = SpeechWindow(0, 0.0, spoken_pcm(SAID))
    assert await replica.hear_and_transcribe(window, RecognitionOptions(""), (), False) is None
