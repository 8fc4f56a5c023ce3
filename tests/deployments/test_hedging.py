"""A short file in an unsure language is heard twice, with fakes where Ray's handles would be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deployments.hedging import score
from deployments.pipeline import Pipeline
from deployments.stages import Stages
from deployments.stored_audio import ListenedWindow, StoredAudio, WindowRef
from sentivox.errors import InvalidRequest, SpeechError, StageUnavailable
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

INFO = AudioInfo(2.0, "wav", "pcm_s16le", 16_000, 1, -3.0)
UNSURE = LanguageDetection(
    (LanguageGuess("ru", 0.4), LanguageGuess("nl", 0.35), LanguageGuess("en", 0.1)), True
)
SURE = LanguageDetection((LanguageGuess("ru", 0.9), LanguageGuess("nl", 0.05)))


class Graph:
    """One window, and how likely its text is in each language; None says nothing."""

    def __init__(
        self,
        logprobs: dict[str, float | SpeechError | None],
        detection: LanguageDetection = UNSURE,
        seconds: float = 2.0,
    ) -> None:
        self.heard: list[tuple[str, str]] = []
        self.at_once = 0
        self.otherwise: str | None = None
        self._logprobs = logprobs
        self._detection = detection
        self._window = WindowRef(0, 0.0, seconds, 0)  # type: ignore[arg-type]

    async def decode(self, *arguments: Any) -> StoredAudio:
        return StoredAudio(INFO, (self._window,))

    async def tell(self, *arguments: Any) -> ListenedWindow:
        return ListenedWindow(self._detection, (), "sound")  # type: ignore[arg-type]

    def recognizer(self, family: LanguageFamily) -> FakeHandle:
        async def recognize(number: int, options: RecognitionOptions, sound: str) -> Recognition:
            self.heard.append((options.language, family.value))
            self.otherwise = options.otherwise
            await asyncio.sleep(0.01)
            self.at_once = max(self.at_once, len(self.heard))
            likely = self._logprobs[options.language]
            if isinstance(likely, SpeechError):
                raise likely
            return said(likely, options.language)

        return FakeHandle(recognize)

    async def transcribe(self, below: float | None = 0.5, **options: Any) -> Transcript:
        families = (LanguageFamily.GERMANIC, LanguageFamily.SLAVIC)
        stages = Stages(
            decoder=FakeHandle(self.decode),  # type: ignore[arg-type]
            language_id=FakeHandle(self.tell),  # type: ignore[arg-type]
            recognizers={each: self.recognizer(each) for each in families},  # type: ignore[misc]
            fallback_family=LanguageFamily.GERMANIC,
            sentiment=FakeHandle(self.decode),  # type: ignore[arg-type]
        )
        async with asyncio.timeout(5):
            pipeline = Pipeline(stages, windows_in_flight=8, hedge_below=below)
            return await pipeline.transcribe(LONG, TranscriptionOptions(sentiment=False, **options))


def said(logprob: float | None, language: str = "ru") -> Recognition:
    if logprob is None:
        return Recognition(())
    segment = TranscribedSegment(0, 2, f" {language}!", language, (1, 2), avg_logprob=logprob)
    return Recognition((segment,))


async def test_the_likelier_text_stays_and_both_are_told() -> None:
    graph = Graph({"ru": -1.4, "nl": -0.3})
    transcript = await graph.transcribe()
    assert (transcript.text, transcript.language) == ("nl!", "nl")
    assert transcript.routing == {"nl": "germanic"}
    told = [(each.language, each.family, each.text) for each in transcript.alternatives]
    assert told == [("ru", "slavic", "ru!"), ("nl", "germanic", "nl!")]
    assert transcript.alternatives[1].score > transcript.alternatives[0].score  # type: ignore[operator]
    assert "recognised as Dutch" in transcript.warnings[0].message


async def test_both_are_heard_side_by_side_each_by_its_family() -> None:
    graph = Graph({"ru": -0.4, "nl": -0.4})
    transcript = await graph.transcribe()
    assert sorted(graph.heard) == [("nl", "germanic"), ("ru", "slavic")]
    assert graph.at_once == 2
    assert transcript.text == "ru!"


async def test_text_counts_for_more_than_silence_and_silence_for_the_likeliest() -> None:
    assert (await Graph({"ru": None, "nl": -2.0}).transcribe()).text == "nl!"
    silent = await Graph({"ru": None, "nl": None}).transcribe()
    assert (silent.text, silent.language) == ("", "ru")
    assert [each.score for each in silent.alternatives] == [None, None]


@pytest.mark.parametrize(
    ("below", "detection", "seconds", "options"),
    [
        (None, UNSURE, 2.0, {}),
        (0.5, SURE, 2.0, {}),
        (0.5, UNSURE, 9.0, {}),
        (0.5, UNSURE, 2.0, {"language": "ru"}),
        (0.5, LanguageDetection((LanguageGuess("ru", 0.4),), True), 2.0, {}),
    ],
)
async def test_one_hearing_does_where_nothing_is_unsure_or_hedging_is_off(
    below: float | None, detection: LanguageDetection, seconds: float, options: dict[str, Any]
) -> None:
    graph = Graph({"ru": -1.4}, detection, seconds)
    transcript = await graph.transcribe(below, **options)
    assert graph.heard == [("ru", "slavic")]
    assert (transcript.text, transcript.alternatives) == ("ru!", ())


async def test_what_a_short_file_may_be_in_instead_is_told_to_a_recogniser_that_serves_it() -> None:
    kin = LanguageDetection((LanguageGuess("ru", 0.4), LanguageGuess("cs", 0.3)), True)
    for detection, seconds, options, otherwise in (
        (kin, 2.0, {}, "cs"),
        (kin, 9.0, {}, None),
        (kin, 2.0, {"language": "ru"}, None),
        (UNSURE, 2.0, {}, None),
    ):
        graph = Graph({"ru": -1.4}, detection, seconds)
        await graph.transcribe(None, **options)
        assert graph.otherwise == otherwise


async def test_a_language_that_is_surer_than_abstaining_may_be_unsure_too() -> None:
    graph = Graph({"ru": -1.4, "nl": -0.3}, SURE)
    assert len((await graph.transcribe(0.95)).alternatives) == 2


async def test_the_less_likely_language_may_fail() -> None:
    transcript = await Graph({"ru": -1.4, "nl": InvalidRequest("No such adapter.")}).transcribe()
    assert transcript.text == "ru!"
    assert [each.language for each in transcript.alternatives] == ["ru"]


async def test_the_likeliest_language_may_not() -> None:
    with pytest.raises(StageUnavailable):
        await Graph({"ru": StageUnavailable("Down."), "nl": -0.1}).transcribe()


def test_a_score_does_not_favour_short_texts() -> None:
    segment = said(-0.5).segments[0]
    long = Recognition(
        (segment, TranscribedSegment(2, 4, " more", "ru", (1,) * 9, avg_logprob=-0.5))
    )
    assert score(0.5, said(-0.5)) == pytest.approx(score(0.5, long))
    assert score(0.0, said(-0.5)) is not None
