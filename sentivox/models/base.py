"""What a stage asks of a model: a batch in, a batch of the same length out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sentivox.errors import SpeechError
from sentivox.types import LanguageGuess, Priority, Recognition, RecognitionOptions, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionItem:
    window: SpeechWindow
    options: RecognitionOptions


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
class AdaptiveRecognizer(Recognizer, Protocol):
    """A recogniser that has something of its own for each language, beside what they share."""

    def knows(self, language: str) -> bool:
        """Whether it has it for the language of that code."""

    def adapted(self, language: str) -> Recognizer:
        """The recogniser of one language that it knows. It stays warm while somebody holds it."""


@dataclass(frozen=True, slots=True, eq=False)
class LanguageIdItem:
    window: SpeechWindow
    thorough: bool = True
    """False when the first impression will do, since it will be asked for again."""


class LanguageIdentifier(Protocol):
    def identify(self, items: Sequence[LanguageIdItem]) -> list[tuple[LanguageGuess, ...]]:
        """Every language the model knows, likeliest first, probabilities summing to 1."""
