"""The stages in this process, without Ray: for the library, the command line, tests, benchmarks.

Batches form by the same scheduling policy as in the graph. Models run in threads, and audio is
decoded in child processes, as in the deployments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

from sentivox.audio.background_reader import BackgroundReader
from sentivox.engines.isolation import in_order, transcribe_isolated
from sentivox.engines.language_id.decision import decide, segment_languages
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.loading import (
    load_language_detector,
    load_recognizer,
    load_sentiment_classifier,
)
from sentivox.engines.protocols import (
    RecognitionItem,
    Recognizer,
    SentimentText,
    SharedEncoderOutput,
    WindowLanguages,
)
from sentivox.errors import SpeechError
from sentivox.languages import LanguageFamily
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import (
    DecodedFile,
    DetectedWindow,
    LiveDetectionOptions,
    WindowRef,
)
from sentivox.scheduling.policy import BatchLimits
from sentivox.scheduling.scheduler import Scheduler
from sentivox.settings import (
    AudioDecoderSettings,
    LanguageIdSettings,
    RecognitionSettings,
    SentimentSettings,
    Settings,
)
from sentivox.types import (
    DecodeOptions,
    LanguageDetection,
    Priority,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechWindow,
)

_SHORT_CONTEXT = "embedded:whisper-base+short-context"
_SIX_LANGUAGES = "embedded:whisper-base+six-languages"
_SHORT_CONTEXT_LANGUAGES = (
    *("bg", "cs", "de", "el", "en", "es", "fr", "it"),
    *("ja", "ko", "nl", "pt", "ro", "ru", "zh"),
)


class InProcessSettings(Settings):
    """Settings of each stage. The defaults are those of `serve_config.local.yaml`."""

    audio_decoder: AudioDecoderSettings = AudioDecoderSettings(
        max_seconds=3600, processes=2, threads=1
    )
    language_id: LanguageIdSettings = LanguageIdSettings(
        engine="cpu_int8",
        model=_SHORT_CONTEXT,
        threads=1,
        share_encoder_output=True,
    )
    recognition: RecognitionSettings = RecognitionSettings(
        engine="cpu_int8",
        model=_SHORT_CONTEXT,
        threads=1,
        workers=3,
        beam_size=5,
        language_models={"cs": _SIX_LANGUAGES, "ru": _SIX_LANGUAGES},
        short_context_languages=_SHORT_CONTEXT_LANGUAGES,
        max_live_batch_seconds=12,
    )
    sentiment: SentimentSettings = SentimentSettings(threads=1)


ROUTING = Routing((LanguageFamily.MULTILINGUAL,), LanguageFamily.MULTILINGUAL)
"""One recogniser for all languages."""


class InProcessStages:
    """A `sentivox.pipeline.stages.Stages` with one recogniser for all languages."""

    def __init__(self, settings: InProcessSettings | None = None) -> None:
        """Loads all models. Raises WeightsError, and StageUnavailable without a decoder process."""
        settings = settings or InProcessSettings()
        self._min_confidence = settings.language_id.min_confidence
        self._live_min_confidence = settings.language_id.live_min_confidence
        self._reader = BackgroundReader(settings.audio_decoder)
        self._detector = load_language_detector(settings.language_id)
        self._recognizer = load_recognizer(settings.recognition)
        self._classifier = load_sentiment_classifier(settings.sentiment)
        most = settings.language_id.max_batch_seconds
        self._detection = Scheduler(BatchLimits(most, most, settings.language_id.workers))
        recognition = settings.recognition
        self._recognition = Scheduler(
            BatchLimits(
                recognition.max_batch_seconds,
                recognition.max_live_batch_seconds,
                recognition.workers,
            )
        )
        self._sentiment = Scheduler(BatchLimits(settings.sentiment.max_batch_size, padded=False))
        # Batches run in threads of their scheduler.
        self._detect_live = partial(self._detection.run, self._detector.detect_live)
        self._detect_upload = partial(self._detection.run, self._detector.detect_upload)
        self._transcribe = partial(self._recognition.run, _transcribe, self._recognizer)
        self._classify = partial(self._sentiment.run, _classify, self._classifier.classify)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the decoder's child processes."""
        self._reader.close()

    async def decode(self, audio: bytes, options: DecodeOptions) -> DecodedFile:
        """See Stages."""
        windows: list[SpeechWindow] = []
        file = await self._reader.cut(audio, options, windows.append)
        windows.sort(key=lambda window: window.start)
        refs = tuple(
            replace(WindowRef.of(window), index=index) for index, window in enumerate(windows)
        )
        return DecodedFile(file.info, refs, file.suppressed, file.warnings)

    async def detect_language(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> DetectedWindow:
        """See Stages."""
        content = _content(window)
        languages = await self._detect(content)
        return DetectedWindow.decide(content, languages, candidates, self._min_confidence)

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        """See Stages."""
        content = _content(window)
        parts = [content.part(speech.start, speech.end) for speech in content.speech]
        languages = await asyncio.gather(*(self._detect(part) for part in parts))
        ranked = [each.ranked for each in languages]
        return segment_languages(content, ranked, candidates)

    async def detect_live(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        """See Stages."""
        cost = self._detector.padded_seconds(window.seconds, options.priority)
        async with self._detection.slot(options.priority, cost) as slot:
            ranked = await slot.run(window, self._detect_live)
        return decide(ranked, options.candidates, self._live_min_confidence, options.expected)

    async def recognize(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None = None,
    ) -> Recognition:
        """See Stages."""
        content = _content(window)
        if options.time_range:
            content = content.part(*options.time_range)
        shared = encoder_output if isinstance(encoder_output, SharedEncoderOutput) else None
        item = RecognitionItem(content, options, shared)
        cost = self._recognizer.padded_seconds(item)
        async with self._recognition.slot(
            options.priority, cost, waits_for_group=options.waits_for_group
        ) as slot:
            result = await slot.run(item, self._transcribe)
        if isinstance(result, SpeechError):
            raise result
        return result

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """See Stages."""
        async with self._sentiment.slot(cost=len(texts)) as slot:
            return await slot.run(texts, self._classify)

    async def _detect(self, window: SpeechWindow) -> WindowLanguages:
        cost = self._detector.padded_seconds(window.seconds, Priority.UPLOAD)
        async with self._detection.slot(Priority.UPLOAD, cost) as slot:
            return await slot.run(window, self._detect_upload)


def _content(window: WindowRef) -> SpeechWindow:
    if not isinstance(window.content, SpeechWindow):
        raise TypeError("The windows of these stages hold their samples.")
    return window.content


def _transcribe(
    recognizer: Recognizer, items: Sequence[RecognitionItem]
) -> list[Recognition | SpeechError]:
    return in_order(transcribe_isolated(recognizer, items))


def _classify(
    classify: Callable[[Sequence[SentimentText]], list[Sentiment]],
    batch: Sequence[Sequence[SentimentText]],
) -> list[list[Sentiment]]:
    found = iter(classify([text for texts in batch for text in texts]))
    return [[next(found) for _ in texts] for texts in batch]
