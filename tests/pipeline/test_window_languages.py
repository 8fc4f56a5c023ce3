"""Files in several languages."""

from __future__ import annotations

import asyncio
from typing import Any

from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import DetectedWindow, WindowRef
from sentivox.pipeline.upload import UploadPipeline
from sentivox.pipeline.window_recognition import WindowLimits
from sentivox.types import (
    LanguageDetection,
    LanguageProbability,
    Recognition,
    RecognitionOptions,
    SpeechSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import FakeStages, windows_of

ROUTING = Routing((LanguageFamily.GERMANIC, LanguageFamily.ROMANCE), LanguageFamily.GERMANIC)


class SpokenFile:
    """Windows of 30 s. A window "en es" has two speech segments, in its two halves."""

    def __init__(
        self, *languages: str | SpeechError, seconds: float = 30.0, fails: str = ""
    ) -> None:
        """Recognition in the language `fails` is an error."""
        self.languages = languages
        self.fails = fails
        self.file = windows_of(len(languages), seconds)
        self.detections: list[tuple[int, str]] = []
        self.encoder_outputs: list[object | None] = []
        self.recognitions: list[tuple[str, str, tuple[float, float] | None]] = []
        self.alternatives: set[tuple[str, str | None]] = set()

    async def detect(self, window: WindowRef, candidates: tuple[str, ...]) -> DetectedWindow:
        segments = await self._segments(window, "whole")
        ranked = segments[0].ranked if window.index else (LanguageProbability("en", 0.9),)
        return DetectedWindow(
            LanguageDetection(tuple(ranked)), segments, f"encoder output {window.index}"
        )

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        return await self._segments(window, "segments")

    async def recognize(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None,
    ) -> Recognition:
        await asyncio.sleep(0.02 - 0.01 * window.index)
        self.recognitions.append((family.value, options.language, options.time_range))
        self.encoder_outputs.append(encoder_output)
        self.alternatives.add((options.language, options.alternative_language))
        if options.language == self.fails:
            raise StageUnavailable("The recogniser is down.")
        start, end = options.time_range or (window.start, window.start + 30.0)
        text = f" {options.language}{window.index}"
        return Recognition((TranscribedSegment(start, end, text, options.language),))

    async def transcribe(self, **options: Any) -> Transcript:
        stages = FakeStages(self.file, self.recognize, self.detect, self.detect_segments)
        pipeline = UploadPipeline(stages, ROUTING, WindowLimits(8, decode_group_size=2))
        async with asyncio.timeout(5):
            return await pipeline.transcribe(
                b"audio", TranscriptionOptions(sentiment=False, **options)
            )

    async def _segments(self, window: WindowRef, how: str) -> tuple[SegmentLanguages, ...]:
        self.detections.append((window.index, how))
        languages = self.languages[window.index]
        if isinstance(languages, SpeechError):
            raise languages
        codes = languages.split()
        step = 30.0 / len(codes)
        return tuple(
            SegmentLanguages(
                SpeechSegment(window.start + step * place, window.start + step * (place + 1)),
                (LanguageProbability(code, 0.98),),
            )
            for place, code in enumerate(codes)
        )


async def test_every_span_goes_to_the_family_of_its_language() -> None:
    spoken = SpokenFile("en es", "es")
    transcript = await spoken.transcribe()
    assert transcript.text == "en0 es0 es1"
    assert set(spoken.recognitions) == {
        ("germanic", "en", (0.0, 15.0)),
        ("romance", "es", (15.0, 30.0)),
        ("romance", "es", None),
    }
    assert [segment.language for segment in transcript.segments] == ["en", "es", "es"]
    assert transcript.language == "es"
    assert transcript.routing == {"en": "germanic", "es": "romance"}


async def test_improbable_text_in_a_new_language_is_decoded_in_the_usual_one_too() -> None:
    spoken = SpokenFile("en en", "en de", "es es")
    await spoken.transcribe()
    # Spanish has another recogniser, which may not know English.
    assert spoken.alternatives == {("en", None), ("de", "en"), ("es", None)}


async def test_a_span_that_fails_leaves_the_text_of_the_others() -> None:
    spoken = SpokenFile("en es", "es", fails="es")
    transcript = await spoken.transcribe()
    assert transcript.text == "en0"
    warning, _ = transcript.warnings
    assert warning.code == "window_0_es_failed"
    assert "15.0" in warning.message


async def test_a_window_is_detected_once_and_recognised_from_its_encoder_output() -> None:
    spoken = SpokenFile("en en", "en en")
    assert (await spoken.transcribe()).text == "en0 en1"
    assert spoken.detections == [(0, "whole"), (1, "whole")]
    assert sorted(map(str, spoken.encoder_outputs)) == ["encoder output 0", "encoder output 1"]


async def test_where_the_language_may_change_segments_are_detected_by_themselves() -> None:
    spoken = SpokenFile("en en en", "en es es", "es es", "es es")
    assert (await spoken.transcribe()).text == "en0 en1 es1 es2 es3"
    by_themselves = [index for index, how in spoken.detections if how == "segments"]
    whole = [index for index, how in spoken.detections if how == "whole"]
    assert by_themselves == [1, 2, 3]
    assert whole == [0, 1, 2, 3]


async def test_a_requested_language_is_that_of_every_window_and_checked_in_one() -> None:
    spoken = SpokenFile("en es", "es")
    assert (await spoken.transcribe(language="en")).text == "en0 en1"
    assert spoken.detections == [(0, "whole")]


async def test_a_short_file_is_detected_once() -> None:
    spoken = SpokenFile("en es", seconds=4.0)
    assert (await spoken.transcribe()).text == "en0"
    assert spoken.detections == [(0, "whole")]


async def test_when_detection_fails_the_language_continues_with_a_warning() -> None:
    spoken = SpokenFile("en es", StageUnavailable("The language_id stage is down."))
    transcript = await spoken.transcribe()
    assert transcript.text == "en0 es0 es1"
    [warning] = transcript.warnings
    assert warning.code == "language_unchecked"
    assert warning.message.startswith("From 30.0 s on")
