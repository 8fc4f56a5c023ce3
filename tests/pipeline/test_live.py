"""What a live request asks of the stages, with fakes where the handles of Ray would be."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from deployments.handles import Stages
from sentivox.languages import LanguageFamily
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
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
from tests.deployments.fake_handle import FakeHandle

HAPPY = Sentiment(0.0, 0.1, 0.9, True)


class Graph:
    """Stages that note what they are asked, and answer with the language they were told."""

    def __init__(self, spoken: str = "en", *, abstained: bool = False) -> None:
        self.detection = LanguageDetection((LanguageProbability(spoken, 0.8),), abstained)
        self.asked: list[str] = []
        self.finished: list[str] = []
        self.felt: list[str] = []

    async def identify(self, *arguments: Any) -> LanguageDetection:
        self.asked.append("language_id")
        await asyncio.sleep(0.01)
        return self.detection

    async def recognize(self, window: SpeechWindow, options: RecognitionOptions) -> Recognition:
        self.asked.append(options.language)
        await asyncio.sleep(0.02)
        self.finished.append(options.language)
        return Recognition((TranscribedSegment(0, 1, f" In {options.language}", options.language),))

    async def classify(self, texts: Any) -> list[Sentiment]:
        self.felt += [text.text for text in texts]
        return [HAPPY]

    async def hear(
        self,
        language: str | None = None,
        expected: str | None = None,
        priority: Priority = Priority.FINAL,
    ) -> LiveResult:
        stages = Stages(
            decoder=FakeHandle(self.identify),  # type: ignore[arg-type]
            language_id=FakeHandle(self.identify),  # type: ignore[arg-type]
            recognizers={LanguageFamily.GERMANIC: FakeHandle(self.recognize)},  # type: ignore[dict-item]
            fallback_family=LanguageFamily.GERMANIC,
            sentiment=FakeHandle(self.classify),  # type: ignore[arg-type]
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
            return await LivePipeline(stages).hear(request, TranscriptionOptions())


async def test_a_language_that_is_known_is_not_looked_for() -> None:
    graph = Graph()
    heard = await graph.hear(language="de")
    assert graph.asked == ["de"]
    assert (heard.language, heard.detection) == ("de", None)


async def test_a_final_tells_how_everything_said_in_the_turn_feels() -> None:
    graph = Graph()
    assert (await graph.hear(language="de")).sentiment == HAPPY
    assert graph.felt == ["Before. In de"]
    assert (await graph.hear(language="de", priority=Priority.INTERIM)).sentiment is None


async def test_words_in_the_expected_language_do_not_wait_for_its_name() -> None:
    graph = Graph("de")
    heard = await graph.hear(expected="de")
    assert sorted(graph.asked) == ["de", "language_id"]
    assert heard.language == "de"
    assert heard.recognition.segments[0].text == " In de"


async def test_another_language_than_the_expected_one_is_heard_again() -> None:
    graph = Graph("nl")
    heard = await graph.hear(expected="de")
    assert sorted(graph.asked) == ["de", "language_id", "nl"]
    assert graph.finished == ["nl"]
    assert heard.recognition.segments[0].text == " In nl"


async def test_an_unsure_guess_leaves_the_expected_language() -> None:
    heard = await Graph("nl", abstained=True).hear(expected="de")
    assert (heard.language, heard.recognition.segments[0].language) == ("de", "de")


@pytest.mark.parametrize(
    ("priority", "asked"),
    [(Priority.INTERIM, ["language_id"]), (Priority.FINAL, ["language_id", "nl"])],
)
async def test_only_a_final_is_recognised_by_an_unsure_guess(
    priority: Priority, asked: list[str]
) -> None:
    graph = Graph("nl", abstained=True)
    heard = await graph.hear(priority=priority)
    assert graph.asked == asked
    assert heard.language == "nl"
