"""The order of the calls for live speech."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from sentivox.engines.protocols import SentimentText
from sentivox.languages import LanguageFamily
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.pipeline.stages import LiveDetectionOptions, WindowRef
from sentivox.types import (
    LanguageDetection,
    LanguageProbability,
    Priority,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechWindow,
    TranscribedSegment,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import GERMANIC_ONLY, FakeStages

POSITIVE = Sentiment(0.0, 0.1, 0.9, True)


class Speaker:
    """Stages that record their calls; a text names the language it was recognised in."""

    def __init__(self, spoken: str = "en", *, abstained: bool = False) -> None:
        self.detection = LanguageDetection((LanguageProbability(spoken, 0.8),), abstained)
        self.calls: list[str] = []
        self.finished: list[str] = []
        self.classified: list[str] = []

    async def detect(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        self.calls.append("language_id")
        await asyncio.sleep(0.01)
        return self.detection

    async def recognize(
        self, family: LanguageFamily, window: WindowRef, options: RecognitionOptions, _: object
    ) -> Recognition:
        self.calls.append(options.language)
        await asyncio.sleep(0.02)
        self.finished.append(options.language)
        return Recognition((TranscribedSegment(0, 1, f" In {options.language}", options.language),))

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        self.classified += [text.text for text in texts]
        return [POSITIVE]

    async def request(
        self,
        language: str | None = None,
        expected: str | None = None,
        priority: Priority = Priority.FINAL,
    ) -> LiveResult:
        stages = FakeStages(
            recognizing=self.recognize, detecting_live=self.detect, classifying=self.classify
        )
        request = LiveRequest(
            turn=1,
            window=SpeechWindow(0, 0.0, np.zeros(16_000, np.int16)),
            priority=priority,
            language=language,
            expected=expected,
            prefix=(),
            draft_tokens=(),
            word_times=True,
            said="Before.",
        )
        async with asyncio.timeout(5):
            return await LivePipeline(stages, GERMANIC_ONLY).recognize(
                request, TranscriptionOptions()
            )


async def test_a_known_language_is_not_detected() -> None:
    speaker = Speaker()
    result = await speaker.request(language="de")
    assert speaker.calls == ["de"]
    assert (result.language, result.detection) == ("de", None)


async def test_a_final_result_has_the_sentiment_of_the_whole_turn() -> None:
    speaker = Speaker()
    assert (await speaker.request(language="de")).sentiment == POSITIVE
    assert speaker.classified == ["Before. In de"]
    assert (await speaker.request(language="de", priority=Priority.INTERIM)).sentiment is None


async def test_recognition_in_the_expected_language_starts_beside_detection() -> None:
    speaker = Speaker("de")
    result = await speaker.request(expected="de")
    assert sorted(speaker.calls) == ["de", "language_id"]
    assert result.language == "de"
    assert result.recognition.segments[0].text == " In de"


async def test_another_language_than_expected_is_recognised_again() -> None:
    speaker = Speaker("nl")
    result = await speaker.request(expected="de")
    assert sorted(speaker.calls) == ["de", "language_id", "nl"]
    assert speaker.finished == ["nl"]
    assert result.recognition.segments[0].text == " In nl"


async def test_an_uncertain_detection_keeps_the_expected_language() -> None:
    result = await Speaker("nl", abstained=True).request(expected="de")
    assert (result.language, result.recognition.segments[0].language) == ("de", "de")


@pytest.mark.parametrize(
    ("priority", "calls"),
    [(Priority.INTERIM, ["language_id"]), (Priority.FINAL, ["language_id", "nl"])],
)
async def test_only_final_text_is_recognised_in_an_uncertain_language(
    priority: Priority, calls: list[str]
) -> None:
    speaker = Speaker("nl", abstained=True)
    result = await speaker.request(priority=priority)
    assert speaker.calls == calls
    assert result.language == "nl"
