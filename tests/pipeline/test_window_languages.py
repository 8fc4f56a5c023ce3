"""Files in several languages, with fakes where the handles of Ray would be."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from deployments.handles import Stages
from deployments.object_store import ListenedWindow, StoredAudio, WindowRef
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.pipeline.upload import Pipeline
from sentivox.types import (
    AudioInfo,
    LanguageDetection,
    LanguageProbability,
    Recognition,
    RecognitionOptions,
    SpeechSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import LONG, FakeHandle

INFO = AudioInfo(60.0, "wav", "pcm_s16le", 16_000, 1, -3.0)


class Graph:
    """Windows of 30 s, and the languages of the stretches of speech in each."""

    def __init__(self, *heard: str | SpeechError, seconds: float = 30.0) -> None:
        """A window that is heard as "en es" has two stretches of speech, in its two halves."""
        self.heard = heard
        self.listened: list[tuple[int, str]] = []
        self.sounds: list[str | None] = []
        self.recognized: list[tuple[str, str, tuple[float, float] | None]] = []
        self._windows = tuple(
            WindowRef(number, 30.0 * number, seconds, number)  # type: ignore[arg-type]
            for number in range(len(heard))
        )

    async def decode(self, *arguments: Any) -> StoredAudio:
        return StoredAudio(INFO, self._windows)

    async def listen(self, number: int, candidates: tuple[str, ...]) -> ListenedWindow:
        stretches = await self.stretches(number, candidates, "together")
        guesses = stretches[0].ranked if number else (LanguageProbability("en", 0.9),)
        return ListenedWindow(LanguageDetection(guesses), stretches, f"sound {number}")  # type: ignore[arg-type]

    async def stretches(
        self, number: int, candidates: tuple[str, ...], how: str = "alone"
    ) -> tuple[SegmentLanguages, ...]:
        self.listened.append((number, how))
        heard = self.heard[number]
        if isinstance(heard, SpeechError):
            raise heard
        languages = heard.split()
        step = 30.0 / len(languages)
        return tuple(
            SegmentLanguages(
                SpeechSegment(30.0 * number + step * place, 30.0 * number + step * place + step),
                (LanguageProbability(language, 0.98),),
            )
            for place, language in enumerate(languages)
        )

    def recognizer(self, family: LanguageFamily) -> FakeHandle:
        async def recognize(
            number: int, options: RecognitionOptions, sound: str | None
        ) -> Recognition:
            await asyncio.sleep(0.02 - 0.01 * number)
            self.recognized.append((family.value, options.language, options.part))
            self.sounds.append(sound)
            start, end = options.part or (30.0 * number, 30.0 * number + 30.0)
            text = f" {options.language}{number}"
            return Recognition((TranscribedSegment(start, end, text, options.language),))

        return FakeHandle(recognize)

    async def transcribe(self, **options: Any) -> Transcript:
        families = (LanguageFamily.GERMANIC, LanguageFamily.ROMANCE)
        stages = Stages(
            decoder=FakeHandle(self.decode),  # type: ignore[arg-type]
            language_id=SimpleNamespace(  # type: ignore[arg-type]
                listen=FakeHandle(self.listen), stretches=FakeHandle(self.stretches)
            ),
            recognizers={each: self.recognizer(each) for each in families},  # type: ignore[misc]
            fallback_family=LanguageFamily.GERMANIC,
            sentiment=FakeHandle(self.decode),  # type: ignore[arg-type]
        )
        async with asyncio.timeout(5):
            pipeline = Pipeline(stages, windows_in_flight=8, decode_group_size=2)
            return await pipeline.transcribe(LONG, TranscriptionOptions(sentiment=False, **options))


async def test_every_stretch_goes_to_the_family_of_its_language() -> None:
    graph = Graph("en es", "es")
    transcript = await graph.transcribe()
    assert transcript.text == "en0 es0 es1"
    assert set(graph.recognized) == {
        ("germanic", "en", (0.0, 15.0)),
        ("romance", "es", (15.0, 30.0)),
        ("romance", "es", None),
    }
    assert [segment.language for segment in transcript.segments] == ["en", "es", "es"]
    assert transcript.language == "es"


async def test_a_window_is_listened_to_once_and_recognised_from_what_was_heard() -> None:
    graph = Graph("en en", "en en")
    assert (await graph.transcribe()).text == "en0 en1"
    assert graph.listened == [(0, "together"), (1, "together")]
    assert sorted(map(str, graph.sounds)) == ["sound 0", "sound 1"]


async def test_where_the_language_may_change_stretches_are_heard_alone_and_those_to_come() -> None:
    graph = Graph("en en en", "en es es", "es es", "es es")
    assert (await graph.transcribe()).text == "en0 en1 es1 es2 es3"
    alone = [number for number, how in graph.listened if how == "alone"]
    together = [number for number, how in graph.listened if how == "together"]
    assert alone == [1, 2, 3]
    assert together == [0, 1, 2, 3]


async def test_a_language_that_is_given_is_not_looked_for() -> None:
    graph = Graph("en es")
    assert (await graph.transcribe(language="en")).text == "en0"
    assert graph.listened == []


async def test_a_short_clip_is_told_by_its_first_hearing() -> None:
    graph = Graph("en es", seconds=4.0)
    assert (await graph.transcribe()).text == "en0"
    assert graph.listened == [(0, "together")]


async def test_a_language_that_cannot_be_told_goes_on_with_a_warning() -> None:
    graph = Graph("en es", StageUnavailable("The language_id stage is down."))
    transcript = await graph.transcribe()
    assert transcript.text == "en0 es0 es1"
    [warning] = transcript.warnings
    assert warning.code == "language_unchecked"
    assert warning.message.startswith("From 30.0 s on")
