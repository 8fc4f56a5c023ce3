"""One request on its way through the pipeline: its options, its stages, its warnings."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.protocols import SentimentText
from sentivox.errors import SpeechError
from sentivox.languages import LanguageFamily
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import DecodedFile, DetectedWindow, Stages, WindowRef
from sentivox.transcript.scripts import Scripts
from sentivox.types import (
    DecodeOptions,
    Recognition,
    RecognitionOptions,
    Sentiment,
    Task,
    TranscriptionOptions,
    TranscriptionWarning,
)

T = TypeVar("T")


class Warnings:
    """The warnings of one request, one per code: what fails for every window is reported once."""

    def __init__(self) -> None:
        self._by_code: dict[str, TranscriptionWarning] = {}

    def add(self, code: str, message: str, language: str | None = None) -> None:
        self._by_code.setdefault(code, TranscriptionWarning(code, message, language))

    def all(self) -> tuple[TranscriptionWarning, ...]:
        return tuple(self._by_code.values())


class StageTimings:
    """Seconds in which a request waited for each stage; calls at the same time count once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._waiting: dict[str, int] = defaultdict(int)
        self._since: dict[str, float] = {}

    @contextmanager
    def waiting(self, stage: str) -> Iterator[None]:
        """Around one call to a stage."""
        if not self._waiting[stage]:
            self._since[stage] = time.perf_counter()
        self._waiting[stage] += 1
        try:
            yield
        finally:
            self._waiting[stage] -= 1
            if not self._waiting[stage]:
                self.seconds[stage] += time.perf_counter() - self._since[stage]

    async def timed(self, stage: str, call: Awaitable[T]) -> T:
        """The result of the call, whose time is counted."""
        with self.waiting(stage):
            return await call


@dataclass(slots=True)
class UploadRequest:
    """One request for the transcript of a file."""

    stages: Stages
    routing: Routing
    options: TranscriptionOptions
    scripts: Scripts = field(default_factory=Scripts)
    warnings: Warnings = field(default_factory=Warnings)
    timings: StageTimings = field(default_factory=StageTimings)
    delivered: bool = False
    """Whether part of the transcript was sent: then the client can't be asked to try again."""

    def forget_attempt(self) -> None:
        """Begins anew: what is reported is of the last attempt."""
        self.warnings, self.timings = Warnings(), StageTimings()

    async def decode(self, audio: bytes) -> DecodedFile:
        asked = self.options
        options = DecodeOptions(asked.detection, asked.split_channels, asked.audio_track)
        file = await self.timings.timed("audio_decoder", self.stages.decode(audio, options))
        for warning in file.warnings:
            self.warnings.add(warning.code, warning.message, warning.language)
        return file

    async def detect_language(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> DetectedWindow:
        call = self.stages.detect_language(window, candidates)
        return await self.timings.timed("language_id", call)

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        call = self.stages.detect_segments(window, candidates)
        return await self.timings.timed("language_id", call)

    async def recognize(
        self, window: WindowRef, options: RecognitionOptions, encoder_output: object | None
    ) -> Recognition:
        call = self.stages.recognize(self.family(options.language), window, options, encoder_output)
        recognition = await self.timings.timed("asr", call)
        return await in_scripts(recognition, options.language, self.options.task, self.scripts)

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """One sentiment per text; none, and a warning, when the stage fails."""
        with self.timings.waiting("sentiment"):
            return await classify_or_warn(self.stages, texts, self.warnings)

    def family(self, language: str) -> LanguageFamily:
        return self.routing.family(language, self.options)


async def in_scripts(
    recognition: Recognition, language: str, task: Task, scripts: Scripts
) -> Recognition:
    """The recognition with its text in the scripts of the request; a translation as it is."""
    if task == "translate" or not scripts.concern(recognition, language):
        return recognition
    # In a thread: the first text waits for its dictionary.
    return await asyncio.to_thread(scripts.convert, recognition, language)


async def classify_or_warn(
    stages: Stages, texts: list[SentimentText], warnings: Warnings
) -> list[Sentiment]:
    """One sentiment per text; none, and a warning, when the stage fails."""
    try:
        return await stages.classify(texts)
    except SpeechError as exc:
        warnings.add("sentiment_unavailable", f"No sentiment this time: {exc.detail}")
        return []
