"""The engine interface: a stage passes a batch and gets a batch of the same length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from sentivox.errors import SpeechError
from sentivox.types import (
    LanguageProbability,
    Priority,
    Recognition,
    RecognitionOptions,
    SpeechWindow,
)


@dataclass(frozen=True, slots=True, eq=False)
class SharedEncoderOutput:
    """A window's encoder output, for another stage with the same encoder weights."""

    encoder: str
    """Name of the encoder weights and of the way they are computed; see `encoder_name`."""
    context_s: float
    """Length of the window with its context padding, in seconds."""
    states: npt.NDArray[np.floating]
    """Shape (positions, width), 50 positions per second."""


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionItem:
    """One window to recognise."""

    window: SpeechWindow
    options: RecognitionOptions
    encoder_output: SharedEncoderOutput | None = None
    """Encoder output of the whole window, if another stage has encoded it."""


@dataclass(frozen=True, slots=True)
class SentimentText:
    """A sentence, or a few that belong together."""

    text: str
    language: str
    """A code from `sentivox.languages`."""
    logprob: float = 0.0
    """Mean log-probability per token of the recognised text; 0 for text that is certain."""


class Recognizer(Protocol):
    """Speech recognition: windows to text."""

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """One result per item, in order; the result of an item that fails is its error."""

    def padded_seconds(self, item: RecognitionItem) -> float:
        """Length of the item's window with its context padding: the cost of encoding it."""


@runtime_checkable
class AsCompletedRecognizer(Recognizer, Protocol):
    """A recogniser that finishes some items of a batch before the others."""

    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """Each item's index and result, as soon as the result is known."""


@runtime_checkable
class AdapterRecognizer(Recognizer, Protocol):
    """A recogniser with an adapter for each language over shared weights."""

    def has_adapter(self, language: str) -> bool:
        """Whether there is an adapter for that language code."""

    def with_adapter(self, language: str) -> Recognizer:
        """The recogniser of one language. The adapter stays loaded while the result is held."""


RankedLanguages = tuple[LanguageProbability, ...]
"""Every language that the model knows, most probable first; probabilities sum to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowLanguages:
    """Language probabilities of a window and of each of its speech segments."""

    ranked: RankedLanguages
    segments: tuple[RankedLanguages, ...]
    """One entry per speech segment of the window, in order."""
    encoder_output: SharedEncoderOutput | None
    """The window's encoder output, where `share_encoder_output` is set."""


class LanguageDetector(Protocol):
    """Language identification: windows to language probabilities."""

    def detect_live(self, windows: Sequence[SpeechWindow]) -> list[RankedLanguages]:
        """One result per window, with the short context padding of live speech."""

    def detect_upload(self, windows: Sequence[SpeechWindow]) -> list[WindowLanguages]:
        """One result per window, with the context padding that recognisers use."""

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """Length of a window of `seconds` with its context padding: the cost of encoding it."""
