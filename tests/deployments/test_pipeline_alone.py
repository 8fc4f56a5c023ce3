"""A file that comes alone, with fakes where the handles of Ray would be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.listening import HeardInOneCall
from deployments.pipeline import Pipeline
from deployments.stages import Stages
from deployments.stored_audio import ListenedWindow, StoredAudio, WindowRef
from sentivox.errors import Overloaded, SpeechError, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.types import (
    AudioInfo,
    LanguageDetection,
    LanguageGuess,
    Recognition,
    RecognitionOptions,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import LONG, FakeHandle

GERMANIC, ROMANCE = LanguageFamily.GERMANIC, LanguageFamily.ROMANCE
INFO = AudioInfo(4.0, "wav", "pcm_s16le", 16_000, 1, -3.0)
DUTCH = LanguageDetection((LanguageGuess("nl", 0.8), LanguageGuess("af", 0.2)))


class Graph:
    """Writes down who was asked."""

    def __init__(self, *, ear: bool = True, error: SpeechError | None = None) -> None:
        self.asked: list[str] = []
        self._ear = ear
        self._error = error

    async def decode(self, count: int) -> StoredAudio:
        windows = (WindowRef(number, 4.0 * number, 4.0, number) for number in range(count))  # type: ignore[arg-type]
        return StoredAudio(INFO, tuple(windows))

    async def listen(self, *arguments: Any) -> ListenedWindow:
        self.asked.append("language_id")
        return ListenedWindow(DUTCH, (), "sound")  # type: ignore[arg-type]

    async def transcribe(
        self, number: int, options: RecognitionOptions, sound: str | None
    ) -> Recognition:
        self.asked.append(f"asr {options.language} {options.otherwise}")
        await asyncio.sleep(0.05)
        return said("Among others.")

    async def hear_and_transcribe(
        self,
        number: int,
        options: RecognitionOptions,
        candidates: Sequence[str],
        second: bool,
    ) -> HeardInOneCall | None:
        self.asked.append("both")
        await asyncio.sleep(0.05)
        if self._error:
            raise self._error
        if not self._ear:
            return None
        told = replace(options, language="nl", otherwise="af" if second else None)
        return HeardInOneCall(ListenedWindow(DUTCH, ()), told, said("Alone."), 0.02)

    def pipeline(
        self,
        *families: LanguageFamily,
        windows: int = 1,
        hedge_below: float | None = None,
        one_call: bool = True,
    ) -> Pipeline:
        recognizer = SimpleNamespace(
            transcribe=FakeHandle(self.transcribe),
            hear_and_transcribe=FakeHandle(self.hear_and_transcribe),
        )
        stages = Stages(
            decoder=FakeHandle(lambda *_: self.decode(windows)),  # type: ignore[arg-type]
            language_id=FakeHandle(self.listen),  # type: ignore[arg-type]
            recognizers=dict.fromkeys(families or (GERMANIC,), recognizer),  # type: ignore[arg-type]
            fallback_family=GERMANIC,
            sentiment=FakeHandle(self.listen),  # type: ignore[arg-type]
        )
        return Pipeline(
            stages, windows_in_flight=8, hedge_below=hedge_below, alone_in_one_call=one_call
        )


def said(text: str) -> Recognition:
    return Recognition((TranscribedSegment(0.0, 1.0, text, "nl"),))


async def heard(pipeline: Pipeline, **options: Any) -> Transcript:
    async with asyncio.timeout(5):
        return await pipeline.transcribe(LONG, TranscriptionOptions(sentiment=False, **options))


async def test_it_is_heard_and_recognised_in_one_call() -> None:
    graph = Graph()
    transcript = await heard(graph.pipeline())
    assert graph.asked == ["both"]
    assert (transcript.text, transcript.language) == ("Alone.", "nl")
    assert transcript.detection == DUTCH


async def test_the_time_of_that_call_is_told_apart() -> None:
    timings = (await heard(Graph().pipeline())).timings
    assert timings["language_id"] == pytest.approx(0.02)
    assert timings["asr"] > 0


async def test_whoever_comes_beside_another_takes_the_way_of_all() -> None:
    graph = Graph()
    pipeline = graph.pipeline()
    texts = [each.text for each in await asyncio.gather(heard(pipeline), heard(pipeline))]
    assert texts == ["Among others.", "Among others."]
    assert "both" not in graph.asked
    assert (await heard(pipeline)).text == "Alone."


@pytest.mark.parametrize(
    ("families", "settings"),
    [
        ((GERMANIC, ROMANCE), {}),
        ((GERMANIC,), {"windows": 2}),
        ((GERMANIC,), {"hedge_below": 0.1}),
        ((GERMANIC,), {"one_call": False}),
    ],
    ids=["families", "windows", "hedging", "not asked for"],
)
async def test_so_does_whoever_may_be_heard_otherwise(
    families: tuple[LanguageFamily, ...], settings: dict[str, Any]
) -> None:
    graph = Graph()
    await heard(graph.pipeline(*families, **settings))
    assert "both" not in graph.asked


async def test_a_language_that_is_known_needs_no_ear() -> None:
    graph = Graph()
    await heard(graph.pipeline(), language="nl")
    assert graph.asked == ["asr nl None"]


@pytest.mark.parametrize(
    "graph",
    [
        Graph(ear=False),
        Graph(error=StageUnavailable("The asr stage failed.")),
        Graph(error=Overloaded("Too much.", None, 5)),
    ],
    ids=["no ear", "failed", "full"],
)
async def test_what_cannot_be_heard_so_is_heard_as_others_are(graph: Graph) -> None:
    assert (await heard(graph.pipeline())).text == "Among others."
    assert graph.asked == ["both", "language_id", "asr nl af"]


async def test_a_text_in_another_language_than_was_told_in_the_end_is_not_used() -> None:
    graph = Graph()
    pipeline = graph.pipeline()
    hear = graph.hear_and_transcribe

    async def in_german(*arguments: Any) -> HeardInOneCall | None:
        found = await hear(*arguments)
        return found and replace(found, options=replace(found.options, language="de"))

    [recognizer] = pipeline._stages.recognizers.values()
    recognizer.hear_and_transcribe = FakeHandle(in_german)  # type: ignore[attr-defined]
    assert (await heard(pipeline)).text == "Among others."
    assert graph.asked == ["both", "asr nl af"]
