"""The warning where a requested language contradicts the speech."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sentivox.errors import Overloaded
from sentivox.languages import LanguageFamily
from sentivox.pipeline.stages import DetectedWindow, WindowRef
from sentivox.types import (
    Recognition,
    RecognitionOptions,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import Detect, FakeStages, detects, file_of, upload_pipeline


class Requests:
    """Requests for one file; `encoder_outputs` are those that its windows were recognised from."""

    def __init__(self, detect: Detect, *seconds: float) -> None:
        self.file = file_of([(30.0 * index, each, None) for index, each in enumerate(seconds)])
        self.detected: list[int] = []
        self.candidates: list[tuple[str, ...]] = []
        self.encoder_outputs: dict[int, object | None] = {}
        self._detect = detect

    async def detect(self, window: WindowRef, candidates: tuple[str, ...]) -> DetectedWindow:
        self.detected.append(window.index)
        self.candidates.append(candidates)
        return await self._detect(window, candidates)

    async def recognize(
        self, _: LanguageFamily, window: WindowRef, options: RecognitionOptions, output: object
    ) -> Recognition:
        self.encoder_outputs[window.index] = output
        segment = TranscribedSegment(
            window.start, window.start + window.seconds, f" {options.language}", options.language
        )
        return Recognition((segment,))

    async def transcribe(self, **options: Any) -> Transcript:
        stages = FakeStages(self.file, self.recognize, self.detect)
        async with asyncio.timeout(5):
            return await upload_pipeline(stages).transcribe(
                b"audio", TranscriptionOptions(sentiment=False, **options)
            )


async def test_speech_in_another_language_has_a_warning_that_names_it() -> None:
    transcript = await Requests(detects(nl=0.97, de=0.001), 6.0).transcribe(language="de")
    [warning] = transcript.warnings
    assert warning.code == "language_mismatch"
    assert warning.language is not None
    assert f"'{warning.language}'" in warning.message
    assert "likely Dutch" in warning.message
    assert "recognised as German" in warning.message
    assert "'nl'" in warning.message
    assert (transcript.text, transcript.language, transcript.detection) == ("de", "de", None)


async def test_speech_in_the_requested_language_has_none() -> None:
    transcript = await Requests(detects(de=0.9, nl=0.05), 6.0).transcribe(language="de")
    assert transcript.warnings == ()


async def test_only_the_longest_of_the_first_windows_is_detected_and_its_encoding_is_shared() -> (
    None
):
    requests = Requests(detects(de=0.9), 5.0, 9.0, 7.0, 30.0)
    await requests.transcribe(language="de", family="germanic")
    assert requests.detected == [1]
    assert requests.candidates == [()]
    assert requests.encoder_outputs == {0: None, 1: "encoder output 1", 2: None, 3: None}


@pytest.mark.parametrize(
    ("seconds", "options"), [(2.0, {}), (6.0, {"partial": False})], ids=["short", "no warnings"]
)
async def test_nothing_is_detected_where_no_warning_is_possible(
    seconds: float, options: dict[str, Any]
) -> None:
    requests = Requests(detects(nl=0.97), seconds)
    assert (await requests.transcribe(language="de", **options)).warnings == ()
    assert requests.detected == []


async def test_a_translation_is_checked_against_the_language_of_its_speech() -> None:
    translated = await Requests(detects(de=0.97), 6.0).transcribe(language="de", task="translate")
    assert translated.warnings == ()
    wrong = await Requests(detects(de=0.97), 6.0).transcribe(language="es", task="translate")
    assert [warning.code for warning in wrong.warnings] == ["language_mismatch"]


async def test_candidates_have_no_mismatch() -> None:
    requests = Requests(detects(nl=0.97), 5.0)
    transcript = await requests.transcribe(candidates=("de", "nl"))
    assert transcript.warnings == ()
    assert requests.candidates == [("de", "nl")]


async def test_a_check_that_fails_doesnt_fail_the_request() -> None:
    async def fail(window: WindowRef, candidates: tuple[str, ...]) -> DetectedWindow:
        raise Overloaded("Too much is being transcribed right now.", None, 7.0)

    transcript = await Requests(fail, 6.0).transcribe(language="de")
    assert (transcript.text, transcript.warnings) == ("de", ())
