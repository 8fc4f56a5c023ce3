"""The stages as the pipeline calls them: requests, results, and the protocol.

`deployments/handles.py` implements the protocol over Ray Serve, and
`sentivox/pipeline/in_process.py` without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sentivox.engines.language_id.decision import decide, segment_languages
from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.engines.protocols import SentimentText, WindowLanguages
from sentivox.languages import LanguageFamily
from sentivox.types import (
    AudioInfo,
    DecodeOptions,
    LanguageDetection,
    Priority,
    Recognition,
    RecognitionOptions,
    Sentiment,
    SpeechWindow,
    SuppressedSegment,
    TranscriptionWarning,
)


@dataclass(frozen=True, slots=True, eq=False)
class WindowRef:
    """A window of a file. Its samples stay where the stages keep them."""

    index: int
    """Position among the file's windows, in order of their starts."""
    start: float
    """Seconds from the start of the file."""
    seconds: float
    content: object
    """A SpeechWindow, or the stages' own reference to one."""
    channel: int | None = None
    """None when all channels were mixed."""

    @classmethod
    def of(cls, window: SpeechWindow) -> WindowRef:
        """A window with its samples."""
        return cls(window.index, window.start, window.seconds, window, window.channel)


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """A decoded file."""

    info: AudioInfo
    windows: tuple[WindowRef, ...]
    """In order of their starts; empty without speech."""
    suppressed: tuple[SuppressedSegment, ...] = ()
    """Speech on one channel that belongs to another."""
    warnings: tuple[TranscriptionWarning, ...] = ()
    """About a file that is cut off, or has several audio tracks."""

    @property
    def channels(self) -> int:
        """Number of channels with speech of their own."""
        return len({window.channel for window in self.windows})


@dataclass(frozen=True, slots=True)
class DetectedWindow:
    """The languages of a window."""

    detection: LanguageDetection
    segments: tuple[SegmentLanguages, ...]
    """The languages of each of its speech segments, in order."""
    encoder_output: object | None = None
    """A SharedEncoderOutput, the stages' own reference to one, or None where it isn't shared."""

    @classmethod
    def decide(
        cls,
        window: SpeechWindow,
        languages: WindowLanguages,
        candidates: Sequence[str],
        min_confidence: float,
    ) -> DetectedWindow:
        """The decision among `candidates`, or among all languages when there are none."""
        return cls(
            decide(languages.ranked, candidates, min_confidence, speech_s=window.speech_s),
            segment_languages(window, languages.segments, candidates),
            languages.encoder_output,
        )


@dataclass(frozen=True, slots=True)
class LiveDetectionOptions:
    """How the language of live speech is detected."""

    candidates: tuple[str, ...]
    """The languages to choose from; empty for all."""
    priority: Priority
    expected: str | None
    """The language of the speech before, which is more probable than others."""


class Stages(Protocol):
    """Every method raises SpeechError and nothing else on purpose."""

    async def decode(self, audio: bytes, options: DecodeOptions) -> DecodedFile:
        """Decodes a file and cuts it into windows of speech."""

    async def detect_language(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> DetectedWindow:
        """The language of a window and of each of its speech segments."""

    async def detect_segments(
        self, window: WindowRef, candidates: tuple[str, ...]
    ) -> tuple[SegmentLanguages, ...]:
        """The language of each speech segment of a window, each encoded by itself."""

    async def detect_live(
        self, window: SpeechWindow, options: LiveDetectionOptions
    ) -> LanguageDetection:
        """The language of a window of live speech."""

    async def recognize(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None = None,
    ) -> Recognition:
        """The text of a window, by the recogniser of that language family."""

    async def classify(self, texts: list[SentimentText]) -> list[Sentiment]:
        """One sentiment per text, in order."""
