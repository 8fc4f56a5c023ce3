"""Files in several languages, with fakes where the handles of Ray would be."""

from __future__ import annotations

import asyncio
from typing import Any

from deployments.pipeline import Pipeline
from deployments.stages import Stages
from deployments.stored_audio import StoredAudio, WindowRef
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.types import (
    AudioInfo,
    LanguageDetection,
    LanguageGuess,
    LanguageSpan,
    Recognition,
    RecognitionOptions,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import FakeHandle

INFO = AudioInfo(60.0, "wav", "pcm_s16le", 16_000, 1, -3.0)


class Graph:
    """Windows of 30 s, and the spans that each is heard as."""

    def __init__(
        self, *spans: tuple[LanguageSpan, ...] | SpeechError, seconds: float = 30.0
    ) -> None:
        self.spans = spans
        self.expected: list[str | None] = []
        self.habits: list[int] = []
        self.recognized: list[tuple[str, str, tuple[float, float] | None]] = []
        self._windows = tuple(
            WindowRef(number, 30.0 * number, seconds, number)  # type: ignore[arg-type]
            for number in range(len(spans))
        )

    async def decode(self, *arguments: Any) -> StoredAudio:
        return StoredAudio(INFO, self._windows)

    async def tell(self, number: int, candidates: tuple[str, ...], *before: Any) -> Any:
        """Of the file without anything before, else of a window's stretches of speech."""
        if not before:
            return LanguageDetection((LanguageGuess("en", 0.9),))
        expected, habit = before
        self.expected.append(expected)
        self.habits.append(habit.changes)
        found = self.spans[number]
        if isinstance(found, SpeechError):
            raise found
        return found, habit.after([span.language for span in found], expected)

    def recognizer(self, family: LanguageFamily) -> FakeHandle:
        async def recognize(number: int, options: RecognitionOptions) -> Recognition:
            await asyncio.sleep(0.02 - 0.01 * number)
            self.recognized.append((family.value, options.language, options.part))
            start, end = options.part or (30.0 * number, 30.0 * number + 30.0)
            text = f" {options.language}{number}"
            return Recognition((TranscribedSegment(start, end, text, options.language),))

        return FakeHandle(recognize)

    async def transcribe(self, **options: Any) -> Transcript:
        families = (LanguageFamily.GERMANIC, LanguageFamily.ROMANCE)
        stages = Stages(
            decoder=FakeHandle(self.decode),  # type: ignore[arg-type]
            language_id=FakeHandle(self.tell),  # type: ignore[arg-type]
            recognizers={each: self.recognizer(each) for each in families},  # type: ignore[misc]
            fallback_family=LanguageFamily.GERMANIC,
            sentiment=FakeHandle(self.decode),  # type: ignore[arg-type]
        )
        async with asyncio.timeout(5):
            pipeline = Pipeline(stages, windows_in_flight=8)
            return await pipeline.transcribe(b"", TranscriptionOptions(sentiment=False, **options))


def whole(number: int, language: str) -> tuple[LanguageSpan, ...]:
    return (LanguageSpan(30.0 * number, 30.0 * number + 30.0, language, 0.9),)


MIXED = (LanguageSpan(0.0, 12.0, "en", 0.9), LanguageSpan(12.0, 30.0, "es", 0.8))


async def test_every_stretch_goes_to_the_family_of_its_language() -> None:
    graph = Graph(MIXED, whole(1, "es"))
    transcript = await graph.transcribe()
    assert transcript.text == "en0 es0 es1"
    assert set(graph.recognized) == {
        ("germanic", "en", (0.0, 12.0)),
        ("romance", "es", (12.0, 30.0)),
        ("romance", "es", None),
    }
    assert [segment.language for segment in transcript.segments] == ["en", "es", "es"]
    assert transcript.language == "es"


async def test_every_window_expects_the_language_and_the_habits_of_those_before() -> None:
    graph = Graph(MIXED, whole(1, "es"), whole(2, "en"))
    await graph.transcribe()
    assert graph.expected == ["en", "es", "es"]
    assert graph.habits == [1, 2, 2]


async def test_a_language_that_is_given_is_not_looked_for() -> None:
    graph = Graph(MIXED)
    assert (await graph.transcribe(language="en")).text == "en0"
    assert graph.expected == []


async def test_a_short_clip_is_told_by_its_first_hearing() -> None:
    graph = Graph(MIXED, seconds=4.0)
    assert (await graph.transcribe()).text == "en0"
    assert graph.expected == []


async def test_a_language_that_cannot_be_told_goes_on_with_a_warning() -> None:
    graph = Graph(whole(0, "es"), StageUnavailable("The language_id stage is down."))
    transcript = await graph.transcribe()
    assert transcript.text == "es0 es1"
    [warning] = transcript.warnings
    assert warning.code == "language_unchecked"
    assert warning.message.startswith("From 30.0 s on")
