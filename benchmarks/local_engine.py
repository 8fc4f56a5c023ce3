"""The models of the local config in this process, without a graph: several files at once.

Everything that an upload goes through is done here as the server does it, with the settings of the
same config: decoding, voice detection, identification of the language of the file and of its
windows, recognition in batches of padded seconds, sentiment of sentences. What is missing is Ray,
HTTP and the queues.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from benchmarks.shipped import identification, recognition, user_configs
from benchmarks.system import Answer, Sound
from deployments.handles import Progress, Stages
from deployments.object_store import WindowRef
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.language_id.detector import decide, runner_up, segment_languages
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.loading import (
    load_language_detector,
    load_recognizer,
    load_sentiment_classifier,
)
from sentivox.engines.protocols import RecognitionItem, SentimentText, WindowLanguages
from sentivox.pipeline.channels import language_probe_window
from sentivox.pipeline.window_languages import SpokenLanguages, told_as_a_whole
from sentivox.settings import (
    AudioDecoderSettings,
    SentimentSettings,
)
from sentivox.transcript.sentences import mean_logprob, sentence_groups
from sentivox.types import (
    LanguageProbability,
    Priority,
    RecognitionOptions,
    SpeechDetection,
    SpeechWindow,
    TranscribedSegment,
    TranscriptionOptions,
)

FILES_AT_ONCE = 16
"""By one worker."""
UNLIMITED_S = 1e6

T = TypeVar("T")


@dataclass(slots=True)
class _File:
    windows: Sequence[SpeechWindow]
    language: str = ""
    alternative_language: str | None = None
    listened: dict[int, WindowLanguages] = field(default_factory=dict)
    """By a window's number, until it is recognised."""
    segments: list[TranscribedSegment] = field(default_factory=list)

    def answer(self) -> Answer:
        """With the language that is spoken for longest."""
        seconds: Counter[str] = Counter()
        for segment in self.segments:
            # Of hundredths, since a counter holds whole numbers.
            seconds[segment.language] += round(100 * (segment.end - segment.start))
        language = seconds.most_common(1)[0][0] if seconds else self.language
        return Answer("".join(segment.text for segment in self.segments).strip(), language)


class Engine:
    """As many batches at once as the config gives a recogniser workers."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        """That each of the server's stages took here so far."""
        told = user_configs()
        decoder = AudioDecoderSettings.model_validate(
            told["audio_decoder"] | {"max_seconds": UNLIMITED_S, "decode_timeout_s": UNLIMITED_S}
        )
        self._recognition, self._identification = recognition(), identification()
        self._reader = ClipReader(decoder)
        self._recognizer = load_recognizer(self._recognition)
        self._identifier = load_language_detector(self._identification)
        self._classifier = load_sentiment_classifier(
            SentimentSettings.model_validate(told["sentiment"])
        )

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return self.files([sound.audio for sound in sounds])

    def files(self, files: Sequence[bytes]) -> list[Answer]:
        """One answer a file, in order."""
        workers = self._recognition.workers
        size = min(FILES_AT_ONCE, -(-len(files) // workers))
        with ThreadPoolExecutor(workers) as pool:
            return [answer for part in pool.map(self._batch, parts(files, size)) for answer in part]

    def _batch(self, files: Sequence[bytes]) -> list[Answer]:
        with self._counted("audio_decoder"):
            heard = [_File(self._reader.read(file, SpeechDetection()).windows) for file in files]
        with self._counted("language_id"):
            self._tell([file for file in heard if file.windows])
        with self._counted("asr"):
            self._recognize(heard)
        with self._counted("sentiment"):
            self._feel(heard)
        return [file.answer() for file in heard]

    @contextmanager
    def _counted(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - began

    def _tell(self, files: Sequence[_File]) -> None:
        """The language of every file, from the window that the server takes."""
        windows = [
            cast("SpeechWindow", language_probe_window(_refs(file.windows)).ref) for file in files
        ]
        for file, window, heard in zip(
            files, windows, self._identifier.listen(windows), strict=True
        ):
            file.listened[window.index] = heard
            detection = decide(
                heard.ranked, (), self._identification.min_confidence, speech_s=window.speech_s
            )
            file.language = detection.ranked[0].language
            if told_as_a_whole(_refs(file.windows)):
                file.alternative_language = runner_up(detection)

    def _recognize(self, files: Sequence[_File]) -> None:
        items = [(file, item) for file in files for item in asyncio.run(self._items(file))]
        for batch in self._batches(items):
            answers = self._recognizer.transcribe([item for _, item in batch])
            for (file, _), answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    raise answer
                file.segments += answer.segments
        for file in files:
            file.segments.sort(key=lambda segment: segment.start)

    async def _items(self, file: _File) -> list[RecognitionItem]:
        """The windows, and those in several languages in parts."""
        items = []
        refs = _refs(file.windows)
        stages = cast("Stages", _Listening(self, file))
        languages = SpokenLanguages(stages, TranscriptionOptions(), Progress(), refs, file.language)
        for window, ref in zip(file.windows, refs, strict=True):
            spans = await languages.of(ref)
            if len(spans) == 1:
                heard = file.listened.pop(window.index, None)
                sound = heard.sound if heard else None
                options = RecognitionOptions(
                    spans[0].language, alternative_language=file.alternative_language
                )
                items.append(RecognitionItem(window, options, sound))
                continue
            for span in spans:
                part = window.part(span.start, span.end)
                items.append(RecognitionItem(part, RecognitionOptions(span.language)))
        return items

    def _batches(
        self, items: Iterable[tuple[_File, RecognitionItem]]
    ) -> list[list[tuple[_File, RecognitionItem]]]:
        """Those alike in length together, each batch no longer than the config allows, padded."""
        batches: list[list[tuple[_File, RecognitionItem]]] = []
        for each in sorted(items, key=lambda item: item[1].window.seconds):
            longest = self._recognizer.padded_seconds(each[1].window.seconds, Priority.UPLOAD)
            room = self._recognition.max_batch_seconds
            if batches and (len(batches[-1]) + 1) * longest <= room:
                batches[-1].append(each)
            else:
                batches.append([each])
        return batches

    def _feel(self, files: Sequence[_File]) -> None:
        """Nobody looks at it, but the server does it too."""
        self._classifier.classify(
            [
                SentimentText(
                    "".join(segment.text for segment in sentence).strip(),
                    sentence[0].language,
                    mean_logprob(sentence),
                )
                for file in files
                for sentence in (
                    [file.segments[place] for place in group]
                    for group in sentence_groups(file.segments)
                )
            ]
        )

    def together(self, file: _File, window: SpeechWindow) -> tuple[SegmentLanguages, ...]:
        """The stretches of a window that is listened to once."""
        if window.index not in file.listened:
            [file.listened[window.index]] = self._identifier.listen([window])
        return self._told(window, file.listened[window.index].stretches)

    def alone(self, window: SpeechWindow) -> tuple[SegmentLanguages, ...]:
        """The same, each heard by itself."""
        parts_alone = [window.part(each.start, each.end) for each in window.speech]
        heard = self._identifier.listen(parts_alone)
        return self._told(window, [each.ranked for each in heard])

    def _told(
        self, window: SpeechWindow, heard: Sequence[tuple[LanguageProbability, ...]]
    ) -> tuple[SegmentLanguages, ...]:
        return segment_languages(window, heard, (), self._identification.min_confidence)


@dataclass(frozen=True, slots=True)
class _Listened:
    stretches: tuple[SegmentLanguages, ...]


class _Listening:
    """What language_probe_window a file's languages asks of the stages, and of their handle."""

    def __init__(self, engine: Engine, file: _File) -> None:
        self._engine = engine
        self._file = file
        self.language_id = self
        self.stretches = self

    async def listen(self, window: WindowRef, *_: object) -> _Listened:
        return _Listened(self._engine.together(self._file, cast("SpeechWindow", window.ref)))

    def remote(self, window: SpeechWindow, *_: object) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answer.set_result(self._engine.alone(window))
        return answer


def _refs(windows: Sequence[SpeechWindow]) -> list[WindowRef]:
    """Windows themselves where references to them would be."""
    return [
        WindowRef(window.index, window.start, window.seconds, cast("Any", window), window.channel)
        for window in windows
    ]


def parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
