"""One script in uploads and in live speech, for the user and for the sentiment alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sentivox.engines.protocols import SentimentText
from sentivox.language_tags import RequestedLanguages
from sentivox.languages import LanguageFamily
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest
from sentivox.pipeline.stages import WindowRef
from sentivox.pipeline.upload import UploadPipeline
from sentivox.types import (
    Priority,
    Recognition,
    RecognitionOptions,
    Script,
    Sentiment,
    SpeechWindow,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
    Word,
)
from tests.pipeline.fake_stages import GERMANIC_ONLY, FakeStages, detects, file_of

MIXED = "我們在这里"
"""Whisper's text: Traditional and Simplified characters together."""


class Speaker:
    """A recogniser that writes MIXED, in two words, and a sentiment classifier that keeps it."""

    def __init__(self) -> None:
        self.classified: list[str] = []
        self.stages = FakeStages(
            file_of([(0.0, 5.0, None)]),
            self.recognize,
            detects(zh=0.9),
            classifying=self.classify,
        )

    async def recognize(
        self, _: LanguageFamily, window: WindowRef, options: RecognitionOptions, output: object
    ) -> Recognition:
        words = tuple(Word(each, 0.0, 1.0, 0.9) for each in (MIXED[:2], MIXED[2:]))
        return Recognition((TranscribedSegment(0.0, 1.0, MIXED, options.language, words=words),))

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        self.classified += [text.text for text in texts]
        return [Sentiment(0.1, 0.8, 0.1) for _ in texts]

    async def upload(self, options: TranscriptionOptions, default: Script) -> Transcript:
        pipeline = UploadPipeline(self.stages, GERMANIC_ONLY, chinese_script=default)
        async with asyncio.timeout(10):
            return await pipeline.transcribe(b"audio", options)


def options(language: str, **others: Any) -> TranscriptionOptions:
    requested = RequestedLanguages.parse(language, ())
    scripts: Mapping[str, Script] = requested.scripts
    return TranscriptionOptions(language=requested.language, scripts=scripts, **others)


@pytest.mark.parametrize(
    ("requested", "default", "text"),
    [
        (options("zh"), Script.HANS, "我们在这里"),
        (options("zh"), Script.HANT, "我們在這裡"),
        (options("zh-TW"), Script.HANS, "我們在這裡"),
        (options("zh-HK"), Script.HANS, "我們在這裏"),
        (options("zh-CN"), Script.HANT, "我们在这里"),
        (options("yue"), Script.HANS, "我們在這裏"),
        (TranscriptionOptions(), Script.HANS, "我们在这里"),
        (
            TranscriptionOptions(candidates=("zh", "en"), scripts={"zh": Script.HANT}),
            Script.HANS,
            "我們在這裡",
        ),
    ],
)
async def test_an_upload_has_one_script(
    requested: TranscriptionOptions, default: Script, text: str
) -> None:
    speaker = Speaker()
    transcript = await speaker.upload(requested, default)
    assert transcript.text == text
    assert "".join(word.word for word in transcript.segments[0].words) == text
    assert speaker.classified == [text]


async def test_a_translation_stays_as_it_is() -> None:
    transcript = await Speaker().upload(options("zh-TW", task="translate"), Script.HANS)
    assert transcript.text == MIXED


@pytest.mark.parametrize("priority", [Priority.INTERIM, Priority.FINAL])
async def test_live_text_has_the_script_of_the_session(priority: Priority) -> None:
    speaker = Speaker()
    request = LiveRequest(
        turn=1,
        window=SpeechWindow(0, 0.0, np.zeros(16_000, np.int16)),
        priority=priority,
        language="zh",
        expected=None,
        prefix=(),
        draft_tokens=(),
        word_times=True,
        said="之前。",
    )
    pipeline = LivePipeline(speaker.stages, GERMANIC_ONLY, Script.HANT)
    result = await pipeline.recognize(request, options("zh"))
    [segment] = result.recognition.segments
    assert segment.text == "我們在這裡"
    assert [word.word for word in segment.words] == ["我們", "在這裡"]
    assert speaker.classified == (["之前。我們在這裡"] if priority is Priority.FINAL else [])
