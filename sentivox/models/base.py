"""What a stage asks of a model: a batch in, a batch of the same length out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from sentivox.errors import SpeechError
from sentivox.types import LanguageGuess, Priority, Recognition, RecognitionOptions, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class EncodedSound:
    """A window as an encoder heard it: whoever has the same weights needn't hear it again."""

    encoder: str
    """Names the weights and how they are computed with."""
    context_s: float
    """How long the window was with the silence after it."""
    states: npt.NDArray[np.floating]
    """(positions, width), 50 positions a second."""


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionItem:
    window: SpeechWindow
    options: RecognitionOptions
    sound: EncodedSound | None = None
    """Of the whole window, if somebody heard it before."""


@dataclass(frozen=True, slots=True)
class SentimentText:
    """A sentence, or a few that belong together."""

    text: str
    language: str
    """A code from `sentivox.languages`."""
    logprob: float = 0.0
    """How sure its words are: their mean log-probability per token, 0 for text that was given."""


class Recognizer(Protocol):
    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """One answer an item, in order; an item that fails is its own error's value."""

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """How much audio a window of `seconds` costs once padded."""


@runtime_checkable
class EagerRecognizer(Recognizer, Protocol):
    """A recogniser of whose items some are answered earlier than others."""

    def answers(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """As `transcribe`: each item's number and answer, as soon as it's known."""


@runtime_checkable
class AdaptiveRecognizer(Recognizer, Protocol):
    """A recogniser that has something of its own for each language, beside what they share."""

    def knows(self, language: str) -> bool:
        """Whether it has it for the language of that code."""

    def adapted(self, language: str) -> Recognizer:
        """The recogniser of one language that it knows. It stays warm while somebody holds it."""


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """What a window was heard as. Guesses are every language the model knows, likeliest first,
    their probabilities summing to 1.
    """

    guesses: tuple[LanguageGuess, ...]
    stretches: tuple[tuple[LanguageGuess, ...], ...]
    """Of each of the window's stretches of speech."""
    sound: EncodedSound | None
    """What it was heard from, if that's kept for somebody."""


class LanguageIdentifier(Protocol):
    def identify(self, windows: Sequence[SpeechWindow]) -> list[tuple[LanguageGuess, ...]]:
        """The first impression of each, which will do where it will be asked for again."""

    def listen(self, windows: Sequence[SpeechWindow]) -> list[Listened]:
        """With as much context as a recogniser hears them with."""

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """How much audio a window of `seconds` costs once padded."""
