"""A `Stages` of plain functions, for tests of the order of the calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.protocols import SentimentText
from sentivox.languages import LanguageFamily
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import (
    DecodedFile,
    DetectedWindow,
    LiveDetectionOptions,
    WindowRef,
)
from sentivox.pipeline.upload import UploadPipeline
from sentivox.pipeline.window_recognition import WindowLimits
from sentivox.types import (
    AudioInfo,
    DecodeOptions,
    LanguageDetection,
    LanguageProbability,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechSegment,
    SpeechWindow,
)

INFO = AudioInfo(90.0, "wav", "pcm_s16le", 16_000, 1, -3.0)

Recognize = Callable[
    [LanguageFamily, WindowRef, RecognitionOptions, object | None], Awaitable[Recognition]
]
Detect = Callable[[WindowRef, tuple[str, ...]], Awaitable[DetectedWindow]]
DetectSegments = Callable[[WindowRef, tuple[str, ...]], Awaitable[tuple[SegmentLanguages, ...]]]
DetectLive = Callable[[SpeechWindow, LiveDetectionOptions], Awaitable[LanguageDetection]]
Classify = Callable[[list[SentimentText]], Awaitable[list[Sentiment]]]


async def unexpected(*arguments: object) -> object:
    raise AssertionError("This stage shouldn't have been called.")


def detects(**probabilities: float) -> Detect:
    """A detection with these probabilities, most probable first; all of the window is speech."""
    ranked = tuple(LanguageProbability(*each) for each in probabilities.items())

    async def detect(window: WindowRef, candidates: tuple[str, ...]) -> DetectedWindow:
        speech = SpeechSegment(window.start, window.start + window.seconds)
        segments = (SegmentLanguages(speech, ranked),)
        return DetectedWindow(LanguageDetection(ranked), segments, f"encoder output {window.index}")

    return detect


@dataclass(slots=True)
class FakeStages:
    """A stage that a test doesn't set must not be called."""

    file: DecodedFile = field(default_factory=lambda: DecodedFile(INFO, ()))
    recognizing: Recognize = unexpected  # type: ignore[assignment]
    detecting: Detect = unexpected  # type: ignore[assignment]
    detecting_segments: DetectSegments = unexpected  # type: ignore[assignment]
    detecting_live: DetectLive = unexpected  # type: ignore[assignment]
    classifying: Classify = unexpected  # type: ignore[assignment]

    async def decode(self, audio: bytes, options: DecodeOptions) -> DecodedFile:
        return self.file

    async def detect_language(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> DetectedWindow:
        return await self.detecting(window, candidates)

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        return await self.detecting_segments(window, candidates)

    async def detect_live(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        return await self.detecting_live(window, options)

    async def recognize(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None = None,
    ) -> Recognition:
        return await self.recognizing(family, window, options, encoder_output)

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        return await self.classifying(texts)


GERMANIC_ONLY = Routing((LanguageFamily.GERMANIC,), LanguageFamily.GERMANIC)


def upload_pipeline(stages: FakeStages, routing: Routing = GERMANIC_ONLY) -> UploadPipeline:
    return UploadPipeline(stages, routing, WindowLimits(windows_in_flight=8))


def windows_of(count: int, seconds: float = 30.0) -> DecodedFile:
    """A file of windows in a row, each 30 s after the last."""
    return file_of([(30.0 * index, seconds, None) for index in range(count)])


def file_of(windows: Sequence[tuple[float, float, int | None]]) -> DecodedFile:
    """A file of windows by start, length and channel; the content of a window is its index."""
    return DecodedFile(
        INFO,
        tuple(
            WindowRef(index, start, seconds, index, channel)
            for index, (start, seconds, channel) in enumerate(windows)
        ),
    )
